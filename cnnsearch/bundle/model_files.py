"""Loading of saved models; no other module loads one from a file of unknown origin."""

from pathlib import Path

import keras

from cnnsearch.bundle.model_checks import check_model_file, refusal
from cnnsearch.bundle.probe import ProbeRequest
from cnnsearch.durations import duration
from cnnsearch.errors import ProcessError
from cnnsearch.rpc import NO_ANSWER, Call
from cnnsearch.training.backend import environment

MOST_SECONDS = 300
"""The time limit of the trial load; Keras starts within 5 to 10 s."""
_NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}


def load_model(path: str | Path, *, trusted: bool = False) -> keras.Model:
    """Load a saved model; no code in the file is executed.

    A `.keras` file may name any Python module, contain byte code, refer to other files, or require more
    memory than available. Only networks of Keras layers are loaded, after a trial load in another process
    with limited memory and time, which takes as long as the start of Keras.

    Args:
        path: A `.keras` file.
        trusted: Whether this machine wrote the file; if so, its content is checked without a trial load.

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
    except Exception as error:  # any exception means that the file is invalid
        raise refusal(path, f"Keras cannot load it: {type(error).__name__}: {error}") from None


def _try_elsewhere(path: Path) -> None:
    """Load the file in another process, which may crash.

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
        raise refusal(path, f"loading it took more than {duration(MOST_SECONDS)}") from None
    except ProcessError as error:
        reason = f"the process that loaded it ended ({error.ending}); it may need too much memory"
        raise refusal(path, reason) from None
