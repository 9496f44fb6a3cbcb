"""The one door to the test split: it asks for a reason, and writes a line to a ledger before it opens."""

import os
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cnnsearch.data.store import map_split, read_summary
from cnnsearch.data.summary import Split
from cnnsearch.errors import DataError


class Opening(BaseModel):
    """One line of the ledger.

    Attributes:
        time: Seconds since 1970.
        reason: What the test split was opened for.
        fingerprint: The dataset's.
        examples: How many test examples were seen.
    """

    model_config = ConfigDict(frozen=True)

    time: float
    reason: str
    fingerprint: str
    examples: int


def open_test(folder: Path, *, reason: str, ledger: Path) -> Split:
    """Opens the sealed test split of a stored dataset, on the record.

    Args:
        folder: What `Dataset.store` returned.
        reason: What for; it stands in the ledger and the report.
        ledger: The study's file of JSON lines; one is added, and safe on disk, before this returns.

    Raises:
        DataError: No reason is given, or there is no stored dataset in the folder.
    """
    if not reason.strip():
        raise DataError(
            f"{folder}: the test split is opened for a stated reason only, but reason is {reason!r}."
        )
    summary = read_summary(folder)
    split = map_split(folder, "test")
    line = Opening(time=time.time(), reason=reason, fingerprint=summary.fingerprint, examples=len(split))
    _append(ledger, line)
    return split


def read_ledger(ledger: Path) -> tuple[Opening, ...]:
    """Every opening so far, oldest first; none where the ledger is not there yet."""
    if not ledger.exists():
        return ()
    lines = ledger.read_text(encoding="utf-8").splitlines()
    return tuple(Opening.model_validate_json(line) for line in lines)


def _append(ledger: Path, opening: Opening) -> None:
    with ledger.open("a", encoding="utf-8") as file:
        file.write(opening.model_dump_json() + "\n")
        file.flush()
        os.fsync(file.fileno())
