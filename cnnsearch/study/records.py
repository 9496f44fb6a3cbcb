"""A study's records, the one truth about it: runs/STUDY/trials/NNNN/{candidate,curve,result}.json.

The driver alone writes them, each file whole. Everything else (the sampler's study, study.db, MLflow,
the report) is a projection of what stands here.
"""

import math
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from cnnsearch.space import Candidate
from cnnsearch.study.storage import CANDIDATE, CURVE, RESULT, read_as, write_json
from cnnsearch.training.fidelity import Fidelity

TIME_LIMIT = "the time limit was reached"
"""The reason of a trial that the search's own end stopped; such a trial can still be the best."""


class TrialState(StrEnum):
    """What became of a trial; `running` holds for an interrupted one too, until it is resumed."""

    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    INFEASIBLE = "infeasible"
    FAILED = "failed"


class Record(BaseModel):
    """A frozen record that goes to JSON and back."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EpochRecord(Record):
    """What an epoch ended with. `fold` counts from 0, `epoch` from 1 in each fold; `time` is in seconds since
    1970."""

    fold: int = 0
    epoch: int
    time: float
    metrics: dict[str, float]


class Rung(Record):
    """Where a trial of a planned search is compared with others.

    Attributes:
        number: From 0, the fewest examples; -1 for a first training that only measures the machine.
        is_last: Whether candidates are not trained on more.
        origin: The number of its candidate's first trial; the candidate's others are promotions.
    """

    number: int
    is_last: bool
    origin: int


class Trial(Record):
    """What was known when a trial began.

    Attributes:
        counts: What the candidate costs, as `describe` prints it.
        started: Seconds since 1970.
        baseline: The baseline that it was, if one.
        retries: How often it was begun again because its worker died.
        fidelity: How much training it gets in a planned search; None: as many epochs as the settings say.
        rung: Its rung in a planned search.
    """

    number: int
    seed: int
    candidate: Candidate
    counts: dict[str, int] = {}
    started: float
    baseline: str = ""
    retries: int = 0
    fidelity: Fidelity | None = None
    rung: Rung | None = None

    @property
    def candidate_number(self) -> int:
        """The number of the first trial of the same candidate, of which later ones are promotions."""
        return self.rung.origin if self.rung else self.number


class Result(Record):
    """How a trial ended.

    Attributes:
        value: The objective at its best epoch; with folds, their mean after as many epochs.
        metrics: All metrics at that epoch.
        diverged: Whether it ended because a figure was no finite number any more.
        violation: By how much an infeasible network broke its limit.
        reused: The trial whose result this is, where that had trained the same network in the same way.
    """

    state: TrialState
    ended: float
    value: float | None = None
    best_epoch: int = 0
    metrics: dict[str, float] = {}
    reason: str = ""
    limit: str = ""
    violation: float = 0.0
    reused: int | None = None
    diverged: bool = False


_TRIAL, _RESULT = TypeAdapter(Trial), TypeAdapter(Result)
_CURVE = TypeAdapter(tuple[EpochRecord, ...])


class TrialRecord(Record):
    """Everything recorded of one trial."""

    trial: Trial
    curve: tuple[EpochRecord, ...] = ()
    result: Result | None = None

    @property
    def number(self) -> int:
        """The trial's number, from 0."""
        return self.trial.number

    @property
    def lengths(self) -> list[int]:
        """How long the trial had been trained at each point of its curve: in epochs, one fold's after the
        other's; in a planned search in examples seen, so that trials of different fidelity compare."""
        size = self.trial.fidelity.round_examples if self.trial.fidelity else 1
        return [size * place for place in range(1, len(self.curve) + 1)]

    @property
    def length(self) -> int:
        """How long the trial has been trained, as `lengths` counts."""
        return self.lengths[-1] if self.curve else 0

    @property
    def state(self) -> TrialState:
        """What became of it."""
        return self.result.state if self.result else TrialState.RUNNING

    @property
    def ended(self) -> float:
        """When it ended, or last reported."""
        if self.result:
            return self.result.ended
        return self.curve[-1].time if self.curve else self.trial.started

    @property
    def value(self) -> float | None:
        """The objective at its best epoch, once it has ended."""
        return self.result.value if self.result else None

    @property
    def params(self) -> dict[str, Any]:
        """The sampled values by parameter name."""
        return self.trial.candidate.params

    @property
    def reason(self) -> str:
        """Why it ended as it did."""
        return self.result.reason if self.result else ""

    @property
    def can_be_best(self) -> bool:
        """Whether it was trained as far as it was meant to be."""
        done = self.state == TrialState.COMPLETE or self.reason == TIME_LIMIT
        return done and self.value is not None and not self.is_reused

    @property
    def is_reused(self) -> bool:
        """Whether its result is another trial's, which had trained the same."""
        return self.result is not None and self.result.reused is not None


def counted(records: Iterable[TrialRecord]) -> int:
    """The trials that count against a budget: those that were trained and have ended."""
    ended = (record for record in records if record.result is not None and not record.is_reused)
    return sum(record.state != TrialState.INFEASIBLE for record in ended)


def best_first(records: Iterable[TrialRecord], direction: str) -> list[TrialRecord]:
    """The trials that can be the best, in order of their value.

    Accuracies of a small validation split are often equal: of equals the one with the lower validation loss
    comes first, then the smaller network. Of the trainings of one candidate the best one stands for it.
    """
    sign = -1.0 if direction == "maximize" else 1.0

    def rank(record: TrialRecord) -> tuple[float, float, int, int]:
        assert record.result is not None
        loss = record.result.metrics.get("validation_loss", math.inf)
        return sign * (record.value or 0.0), loss, record.trial.counts.get("weights", 0), record.number

    able = sorted((record for record in records if record.can_be_best), key=rank)
    first: dict[int, TrialRecord] = {}
    for record in able:
        first.setdefault(record.trial.candidate_number, record)
    return list(first.values())


class Records:
    """The trials' folder of a study.

    Args:
        folder: `runs/STUDY/trials`; made with the first trial.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[int, TrialRecord] = {}

    def __iter__(self) -> Iterator[TrialRecord]:
        return iter(list(self._known.values()))

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, number: object) -> bool:
        return number in self._known

    def __getitem__(self, number: int) -> TrialRecord:
        return self._known[number]

    def trial_folder(self, number: int) -> Path:
        """Where everything of a trial stands."""
        return self.folder / f"{number:04d}"

    def load(self) -> "Records":
        """Reads all records from the disk; a folder without its candidate was never a trial.

        Raises:
            StudyError: A file is not as it was written; the message names it.
        """
        numbers = (int(path.name) for path in self.folder.glob("[0-9]*") if path.name.isdigit())
        for number in sorted(numbers):
            self.reload(number)
        return self

    def reload(self, number: int) -> TrialRecord | None:
        """Reads one trial again; None where there is none."""
        folder = self.trial_folder(number)
        if not (folder / CANDIDATE).exists():
            return None
        known = self._known.get(number)
        if known is not None and known.trial.candidate.architecture.recipe is not None:
            known = None  # a hypermodel's values come one by one
        curve, result = folder / CURVE, folder / RESULT
        record = TrialRecord(
            trial=known.trial if known else read_as(folder / CANDIDATE, _TRIAL),
            curve=read_as(curve, _CURVE) if curve.exists() else (),
            result=read_as(result, _RESULT) if result.exists() else None,
        )
        self._known[number] = record
        return record

    def begin(self, trial: Trial) -> None:
        """Records that a trial has begun."""
        folder = self.trial_folder(trial.number)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / CANDIDATE, trial.model_dump(mode="json"))
        self._known[trial.number] = TrialRecord(trial=trial)

    def retry(self, number: int) -> Trial:
        """Records that a trial is begun again, from wherever its checkpoint is."""
        record = self._known[number]
        trial = record.trial.model_copy(update={"retries": record.trial.retries + 1})
        self.change(trial)
        return trial

    def change(self, trial: Trial) -> None:
        """Records what is known of a trial under way, in place of what was known when it began."""
        write_json(self.trial_folder(trial.number) / CANDIDATE, trial.model_dump(mode="json"))
        self._known[trial.number] = self._known[trial.number].model_copy(update={"trial": trial})

    def add_epoch(self, number: int, epoch: EpochRecord) -> TrialRecord:
        """Records an epoch; one that was trained again after an interruption takes the old one's place."""
        record = self._known[number]
        place = (epoch.fold, epoch.epoch)
        curve = (*(known for known in record.curve if (known.fold, known.epoch) < place), epoch)
        folder = self.trial_folder(number)
        write_json(folder / CURVE, [e.model_dump() for e in curve], durable=False)
        self._known[number] = record.model_copy(update={"curve": curve})
        return self._known[number]

    def end(self, number: int, result: Result) -> TrialRecord:
        """Records how a trial ended."""
        write_json(self.trial_folder(number) / RESULT, result.model_dump(mode="json"))
        self._known[number] = self._known[number].model_copy(update={"result": result})
        return self._known[number]

    def counts(self) -> dict[str, int]:
        """How many trials are in each state."""
        states = [record.state for record in self]
        return {state.value: states.count(state) for state in TrialState}

    def told_counts(self) -> str:
        """The same in words, for people."""
        return ", ".join(f"{count} {state}" for state, count in self.counts().items() if count) or "no trials"
