"""Trial load of a model of unknown origin, in a separate process with limited memory."""

import resource
from dataclasses import dataclass
from pathlib import Path

from cnnsearch.bundle.model_checks import check_model_file, refusal

FRAMEWORK_BYTES = 2 * 2**30
"""Memory for Keras and its backend, which use 0.45 GB with TensorFlow and 0.41 GB with JAX on two cores."""
MULTIPLE = 10
"""Memory as a multiple of the file size; a network of one large layer used 7.8 times its size at the peak."""


@dataclass(frozen=True)
class ProbeRequest:
    """The file to load."""

    path: Path


def probe(request: ProbeRequest) -> None:
    """Check and load a file with the backend set in the environment.

    Raises:
        StudyError: The file is refused.
    """
    limit_memory(request.path)
    check_model_file(request.path)
    _load(request.path)


def limit_memory(path: Path) -> None:
    """Limit the memory of this process to the needs of a model file of this size."""
    size = path.stat().st_size if path.is_file() else 0
    limit = FRAMEWORK_BYTES + MULTIPLE * size
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _load(path: Path) -> None:
    import keras  # imported late: a file that fails the checks is refused without loading Keras

    try:
        keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise refusal(path, f"Keras cannot load it: {type(error).__name__}: {error}") from None
