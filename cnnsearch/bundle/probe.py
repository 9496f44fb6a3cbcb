"""The process that loads a model of unknown origin first: `python -m cnnsearch.bundle.probe FILE`.

It may allocate so much memory and no more. Exit status 0: the file is a model; 1: it is none, and the last
line of standard output has the reason. Anything else: it has ended the process.
"""

import resource
import sys
from pathlib import Path

from cnnsearch.bundle.model_checks import check_model_file, refusal
from cnnsearch.errors import StudyError

FRAMEWORK_BYTES = 2 * 2**30
"""For Keras and its backend, which take 0.45 GB with TensorFlow and 0.41 GB with JAX on two cores."""
MULTIPLE = 10
"""Of the file's size; loading a network of one large layer took 7.8 times its size at its peak."""


def main(path: Path) -> int:
    """Checks a file and loads it, with the backend that the environment names."""
    limit_memory(path)
    try:
        check_model_file(path)
        _load(path)
    except StudyError as error:
        print(error)
        return 1
    return 0


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


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
