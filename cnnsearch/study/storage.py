"""Names of a study's files, and reading and writing of its JSON. `cnnsearch.files` writes them atomically."""

import errno
import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from cnnsearch.errors import StudyError
from cnnsearch.files import write_text

T = TypeVar("T")

SETTINGS, SPACE, DATA, PROGRESS, PLAN = "study.yaml", "space.yaml", "data.json", "progress.json", "plan.json"
LOG, LEDGER, DATABASE = "log.txt", "test_ledger.jsonl", "study.db"
REPORT, FIGURES = "report.html", "figures"
"""Files and folders of a study's folder."""
DATASETS = ".data"
"""The folder of all stored datasets, in the runs folder."""
TRIALS, CANDIDATE, CURVE, RESULT = "trials", "candidate.json", "curve.json", "result.json"
"""The folder of all trials, and the files of each."""
FINALISTS, FINISH, CHOICE, RETRAINING = "finalists", "plan.json", "choice.json", "retraining.json"
"""The folder of the finish, its files, and the first file of a retraining."""
BEST, METRICS = "best", "metrics.json"
"""The folder of the bundle, and the file that exists once the bundle is complete."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Replace a JSON file atomically."""
    write_text(path, json.dumps(value, indent=1), durable=durable)


def check_disk(failure: str) -> None:
    """Raise if a failure in a worker was caused by a full disk and not by the network.

    Args:
        failure: The reason given by the worker.

    Raises:
        OSError: The disk is full.
    """
    if any(f"[Errno {number}]" in failure for number in _NO_ROOM):
        raise OSError(failure)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        StudyError: The file cannot be read, or is not JSON.
    """
    return read_as(path, _ANYTHING)


def read_as(path: Path, kind: TypeAdapter[T]) -> T:
    """Return the content of a JSON file as a value of a type.

    Raises:
        StudyError: The file cannot be read, or has other content.
    """
    try:
        return kind.validate_json(path.read_bytes())
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        detail = f"{place}: {fault['msg']}" if place else fault["msg"]
        raise StudyError(
            f"{path}: is damaged or was edited ({detail}); restore the file from a copy, or remove its folder"
        ) from None


_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
