"""The one door through which a saved model is loaded."""

from pathlib import Path

import keras

from cnnsearch.bundle.model_checks import check_model_file, refusal
from cnnsearch.bundle.probe import ProbeRequest
from cnnsearch.durations import duration
from cnnsearch.errors import ProcessError
from cnnsearch.rpc import NO_ANSWER, Call
from cnnsearch.training.backend import environment

MOST_SECONDS = 300
"""What the trial load may take; Keras comes up within 5 to 10."""
_NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}


def load_model(path: str | Path, *, trusted: bool = False) -> keras.Model:
    """Loads a saved model; nothing in the file is executed.

    A `.keras` file may name any Python module, hold byte code, lead to other files, or ask for more memory
    than there is. Only networks of Keras's own layers are loaded, and not before another process, limited in
    memory and time, has loaded them: that takes as long as Keras's start.

    Args:
        path: A `.keras` file.
        trusted: Whether this machine wrote the file, so that its content is checked but not tried elsewhere.

    Raises:
        StudyError: The file is refused; the message names it and the reason.
    """
    path = Path(path)
    if trusted:
        check_model_file(path)
    else:
        _try_elsewhere(path)
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # of whatever kind: what is wrong is the file
        raise refusal(path, f"Keras cannot load it: {type(error).__name__}: {error}") from None


def _try_elsewhere(path: Path) -> None:
    """Load the file in a process that may crash.

    Raises:
        StudyError: The file is refused.
    """
    settings = environment(keras.backend.backend(), threads=1) | _NO_GPU
    try:
        Call(
            "cnnsearch.bundle.probe:probe",
            ProbeRequest(path),
            NO_ANSWER,
            environment=settings,
            timeout=MOST_SECONDS,
        ).result()
    except TimeoutError:
        raise refusal(path, f"it was not loaded within {duration(MOST_SECONDS)}") from None
    except ProcessError as error:
        reason = f"loading it ended another process ({error.ending}); it may need too much memory"
        raise refusal(path, reason) from None
