"""Loads a model of unknown origin first, in a process of its own whose memory is limited."""

import resource
from dataclasses import dataclass
from pathlib import Path

from cnnsearch.bundle.model_checks import check_model_file, refusal

FRAMEWORK_BYTES = 2 * 2**30
"""For Keras and its backend, which take 0.45 GB with TensorFlow and 0.41 GB with JAX on two cores."""
MULTIPLE = 10
"""Of the file's size; loading a network of one large layer took 7.8 times its size at its peak."""


@dataclass(frozen=True)
class ProbeRequest:
    """The file to load."""

    path: Path


def probe(request: ProbeRequest) -> None:
    """Check a file and load it, with the backend that the environment names.

    Raises:
        StudyError: The file is refused.
    """
    limit_memory(request.path)
    check_model_file(request.path)
    _load(request.path)


def limit_memory(path: Path) -> None:
    """Limits what this process may allocate to what a model file of this size can need."""
    size = path.stat().st_size if path.is_file() else 0
    limit = FRAMEWORK_BYTES + MULTIPLE * size
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _load(path: Path) -> None:
    import keras  # only now: a file that the checks refuse is refused without waiting for it

    try:
        keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise refusal(path, f"Keras cannot load it: {type(error).__name__}: {error}") from None
