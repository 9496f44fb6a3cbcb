"""The tables of recorded curves: JSON lines, first what holds for all, then a trial in each."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

TABLES = Path(__file__).resolve().parent / "tables"


class Line(BaseModel):
    """A line of a table's file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Origin(Line):
    """Where a table comes from; a file's first line.

    Attributes:
        examples: Of the training split.
        validation_examples: Of the validation split; one of them more is the least that an accuracy can gain.
        seed: The random search's.
        infeasible: The candidates that were drawn and could not be trained.
    """

    space: str
    data: str
    fingerprint: str
    examples: int
    validation_examples: int
    epochs: int
    seed: int
    infeasible: int
    versions: dict[str, str]
    processor: str


class Curve(Line):
    """A trial: what was drawn, what it cost, and how it went.

    Attributes:
        batch_size: Examples in a step.
        first_seconds: From the trial's beginning to the end of its first epoch: with building and tracing,
            and now and then with the start of a worker.
        epoch_seconds: The median of the later epochs; one only, because other work ran on the machine.
        validation_accuracy, validation_loss: By epoch; fewer than all where training diverged.
    """

    number: int
    params: dict[str, Any]
    batch_size: int
    weights: int
    macs: int
    first_seconds: float
    epoch_seconds: float
    validation_accuracy: tuple[float, ...]
    validation_loss: tuple[float, ...]

    @property
    def value(self) -> float:
        """What a search takes it for: its accuracy at its best epoch."""
        return max(self.validation_accuracy)

    @property
    def has_batch_normalization(self) -> bool:
        """Whether its validation figures are those of moving statistics, which lag behind the weights."""
        return self.params.get("normalization") == "batch"


class Table(Line):
    """A table whole; only trials that did not diverge can be the best of it."""

    name: str
    origin: Origin
    curves: tuple[Curve, ...]

    def is_whole(self, curve: Curve) -> bool:
        """Whether a trial was trained to its end."""
        return len(curve.validation_accuracy) == self.origin.epochs

    @property
    def whole(self) -> list[Curve]:
        """The trials that were trained to their end."""
        return [curve for curve in self.curves if self.is_whole(curve)]


def write_table(path: Path, origin: Origin, curves: Iterable[Curve]) -> None:
    """Writes a table, sorted by number."""
    lines: list[Line] = [origin, *sorted(curves, key=lambda curve: curve.number)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line.model_dump_json()}\n" for line in lines))


def read_table(path: Path) -> Table:
    """Reads a table."""
    first, *rest = path.read_text().splitlines()
    curves = tuple(Curve.model_validate_json(line) for line in rest)
    return Table(name=path.stem, origin=Origin.model_validate_json(first), curves=curves)


def rounded(values: Sequence[float]) -> tuple[float, ...]:
    """As a table holds them; one more correct answer among a few thousand is still to be seen."""
    return tuple(round(value, 4) for value in values)
