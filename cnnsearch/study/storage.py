"""How a study's files are named, and how its JSON is written and read. `cnnsearch.files` does the writing."""

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
TRIALS, CANDIDATE, CURVE, RESULT = "trials", "candidate.json", "curve.json", "result.json"
"""The folder of all trials, and the files of each."""
FINALISTS, FINISH, CHOICE, RETRAINING = "finalists", "plan.json", "choice.json", "retraining.json"
"""The folder of the finish, its files, and what begins a retraining's."""
BEST, METRICS = "best", "metrics.json"
"""The folder of the bundle, and the file that is there once it is whole."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Replace a JSON file in one step."""
    write_text(path, json.dumps(value, indent=1), durable=durable)


def check_disk(failure: str) -> None:
    """Checks that what failed in a worker did not fail for want of room on the disk: no network's fault.

    Args:
        failure: The reason that the worker gave.

    Raises:
        OSError: It did.
    """
    if any(f"[Errno {number}]" in failure for number in _NO_ROOM):
        raise OSError(failure)


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        StudyError: The file cannot be read, or holds no JSON.
    """
    return read_as(path, _ANYTHING)


def read_as(path: Path, kind: TypeAdapter[T]) -> T:
    """What a JSON file holds, as a value of a type.

    Raises:
        StudyError: The file cannot be read, or holds something else.
    """
    try:
        return kind.validate_json(path.read_bytes())
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        found = f"{place}: {fault['msg']}" if place else fault["msg"]
        raise StudyError(
            f"{path}: is not as the search wrote it ({found}); put a copy of it back, or remove the folder "
            "that it is in"
        ) from None


_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
