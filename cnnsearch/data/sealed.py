"""Access to the sealed test split: it requires a reason and is recorded in a ledger."""

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
        reason: Why the test split was opened.
        fingerprint: Fingerprint of the dataset.
        examples: Number of test examples.
    """

    model_config = ConfigDict(frozen=True)

    time: float
    reason: str
    fingerprint: str
    examples: int


def open_test(folder: Path, *, reason: str, ledger: Path) -> Split:
    """Open the sealed test split of a stored dataset, and record it in the ledger.

    Args:
        folder: The folder that `Dataset.store` returned.
        reason: The reason, for the ledger and the report.
        ledger: The JSON Lines file of the study; a line is added and synced to disk before this returns.

    Raises:
        DataError: The reason is empty, or the folder has no stored dataset.
    """
    if not reason.strip():
        raise DataError(f"{folder}: opening the test split requires a reason; found reason {reason!r}.")
    summary = read_summary(folder)
    split = map_split(folder, "test")
    line = Opening(time=time.time(), reason=reason, fingerprint=summary.fingerprint, examples=len(split))
    _append(ledger, line)
    return split


def read_ledger(ledger: Path) -> tuple[Opening, ...]:
    """Return all openings, oldest first; empty if the ledger does not exist."""
    if not ledger.exists():
        return ()
    lines = ledger.read_text(encoding="utf-8").splitlines()
    return tuple(Opening.model_validate_json(line) for line in lines)


def _append(ledger: Path, opening: Opening) -> None:
    with ledger.open("a", encoding="utf-8") as file:
        file.write(opening.model_dump_json() + "\n")
        file.flush()
        os.fsync(file.fileno())
