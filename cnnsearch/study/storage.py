"""How a study's files are named, written and read. A file is whole or not there: it is written beside its
place, flushed to the disk, then moved into it."""

import errno
import json
import os
import re
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from cnnsearch.errors import StudyError

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


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Replaces a file in one step.

    Args:
        path: The file; its folder has to exist.
        text: What it will hold.
        durable: Whether to wait until the disk has it, so that a power cut cannot take it back.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def unfinished(path: Path) -> Path:
    """The hidden name beside a folder under which it is written until it is whole."""
    return path.with_name(f".{path.name}-{uuid4().hex}")


def is_unfinished(path: Path) -> bool:
    """Whether a folder has such a name."""
    return re.fullmatch(r"\..+-[0-9a-f]{32}", path.name) is not None


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Replaces a JSON file in one step."""
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
