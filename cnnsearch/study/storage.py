"""Names of a study's files, and reading and writing of its JSON. `cnnsearch.files` writes them atomically."""

import errno
import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from cnnsearch.errors import StudyError
from cnnsearch.files import is_writable, write_text

T = TypeVar("T")

SETTINGS, SPACE, DATA, PROGRESS, PLAN = "study.yaml", "space.yaml", "data.json", "progress.json", "plan.json"
WARM_START, EXPERIENCE = "warm_start.json", "experience.jsonl.gz"
LOG, LEDGER, DATABASE = "log.txt", "test_ledger.jsonl", "study.db"
REPORT, FIGURES = "report.html", "figures"
"""Files and folders of a study's folder."""
DATASETS, MLFLOW, ARTIFACTS = ".data", "mlflow.db", "artifacts"
"""In the runs folder: the folder of all stored datasets, MLflow's database, the folder of its artifacts."""
TRIALS, CANDIDATE, CURVE, RESULT = "trials", "candidate.json", "curve.json", "result.json"
"""The folder of all trials, and the files of each."""
FINALISTS, FINISH, CHOICE, RETRAINING = "finalists", "plan.json", "choice.json", "retraining.json"
"""The folder of the finish, its files, and the first file of a retraining."""
BEST, METRICS = "best", "metrics.json"
"""The folder of the bundle, and the file that exists once the bundle is complete."""

COPY = "copy the runs folder to a place that can be written, and use the copy"
"""What to do about a study that cannot be written, such as one on a read-only mount."""

_SQLITE = "sqlite:///"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def sqlite_uri(file: Path) -> str:
    """Return the address of an SQLite file for MLflow and Optuna."""
    return f"{_SQLITE}{file}"


def sqlite_file(uri: str) -> Path | None:
    """Return the file of an address of `sqlite_uri`; None for an address of another kind."""
    return Path(uri.removeprefix(_SQLITE)) if uri.startswith(_SQLITE) else None


def own_tracking_uri(runs: Path) -> str:
    """Return the tracking URI of a runs folder's own database, used for studies without another one."""
    return sqlite_uri(runs.resolve() / MLFLOW)


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


def check_writable(*paths: Path, remedy: str = COPY) -> None:
    """Check that files and folders can be written, before something is written to any of them.

    Args:
        paths: The files and folders; those that do not exist are created later.
        remedy: What to do if one cannot be written.

    Raises:
        StudyError: One cannot be written; the message names it.
    """
    for path in paths:
        if not is_writable(path):
            raise StudyError(f"{path}: cannot be written; {remedy}")


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
