"""A study's records, the single source of truth: runs/STUDY/trials/NNNN/{candidate,curve,result}.json.

Only the driver writes them, each file atomically. Everything else (the sampler's study, study.db, MLflow, the
report) is a projection of the records.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from cnnsearch.space import AnyCandidate
from cnnsearch.study.storage import CANDIDATE, CURVE, RESULT, read_as, write_json
from cnnsearch.training.engine_use import EngineUse
from cnnsearch.training.fidelity import Fidelity

RECOMMENDED = "recommended"
"""The beginning of the names of recommended points, which a number follows."""
TOOK_TOO_LONG = "it took longer than"
"""The beginning of the reason of a trial that exceeded its own time limit."""
TIME_LIMIT = "the time limit was reached"
"""The reason of a trial that was stopped at the end of the search; such a trial can still be the best."""


class TrialState(StrEnum):
    """The state of a trial; an interrupted one is `running` until it is resumed."""

    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    INFEASIBLE = "infeasible"
    FAILED = "failed"


class Record(BaseModel):
    """A frozen record that is written as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EpochRecord(Record):
    """The result of an epoch. `fold` counts from 0, `epoch` from 1 in each fold; `time` is in seconds since
    1970."""

    fold: int = 0
    epoch: int
    time: float
    metrics: dict[str, float]


class Rung(Record):
    """The rung of a planned search at which a trial is compared with others.

    Attributes:
        number: From 0, the rung with the fewest examples; -1 for a first training that measures the machine.
        is_last: Whether it is the rung with the most examples.
        origin: The number of the candidate's first trial; its later trials are promotions.
    """

    number: int
    is_last: bool
    origin: int


class Trial(Record):
    """The record of a trial at its start.

    Attributes:
        counts: The candidate's costs, as `describe` prints them.
        started: Seconds since 1970.
        baseline: The name of its baseline or recommended point, if it is one.
        retries: How often it was restarted because its worker died.
        fidelity: Its length in a planned search; None: the number of epochs in the settings.
        rung: Its rung in a planned search.
        leader: The first trial of its group, trials of one architecture that are trained together; None: it
            is the first one, or trained alone.
    """

    number: int
    seed: int
    candidate: AnyCandidate
    counts: dict[str, int] = {}
    started: float
    baseline: str = ""
    retries: int = 0
    fidelity: Fidelity | None = None
    rung: Rung | None = None
    leader: int | None = None

    @property
    def origin(self) -> str:
        """The known point that it tries, such as ` (baseline small)`; empty if the sampler drew it."""
        if not self.baseline:
            return ""
        return (
            f" ({self.baseline})" if self.baseline.startswith(RECOMMENDED) else f" (baseline {self.baseline})"
        )

    @property
    def group(self) -> int:
        """The number of the first trial of its group; its own if it is trained alone."""
        return self.number if self.leader is None else self.leader

    @property
    def candidate_number(self) -> int:
        """The number of the first trial of the same candidate; later ones are promotions."""
        return self.rung.origin if self.rung else self.number


class Result(Record):
    """The end of a trial.

    Attributes:
        value: The objective at its best epoch; with folds, the mean over them after the same epoch.
        metrics: All metrics at that epoch.
        diverged: Whether it ended because a loss was not finite.
        use: What trained it; None: it was not trained to an end.
        violation: The amount by which an infeasible network exceeds its limit.
        reused: The trial of which this is the result, if it trained the same network in the same way.
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
    use: EngineUse | None = None


_TRIAL, _RESULT = TypeAdapter(Trial), TypeAdapter(Result)
_CURVE = TypeAdapter(tuple[EpochRecord, ...])


class TrialRecord(Record):
    """The complete record of one trial."""

    trial: Trial
    curve: tuple[EpochRecord, ...] = ()
    result: Result | None = None

    @property
    def number(self) -> int:
        """The trial's number, from 0."""
        return self.trial.number

    @property
    def lengths(self) -> list[int]:
        """The length of training at each point of the curve: in epochs, summed over folds; in a planned
        search in examples seen, so that trials of different fidelity are comparable."""
        size = self.trial.fidelity.round_examples if self.trial.fidelity else 1
        return [size * place for place in range(1, len(self.curve) + 1)]

    @property
    def length(self) -> int:
        """The length of training so far, in the unit of `lengths`."""
        return self.lengths[-1] if self.curve else 0

    @property
    def state(self) -> TrialState:
        """The trial's state."""
        return self.result.state if self.result else TrialState.RUNNING

    @property
    def ended(self) -> float:
        """When it ended, or reported last."""
        if self.result:
            return self.result.ended
        return self.curve[-1].time if self.curve else self.trial.started

    @property
    def value(self) -> float | None:
        """The objective at its best epoch, after its end."""
        return self.result.value if self.result else None

    @property
    def params(self) -> dict[str, Any]:
        """The sampled values by parameter name."""
        return self.trial.candidate.params

    @property
    def has_all_params(self) -> bool:
        """Whether no further value will be sampled: a candidate that grows does so before its first epoch."""
        return not self.trial.candidate.grows or bool(self.curve or self.result)

    @property
    def reason(self) -> str:
        """The reason for its end."""
        return self.result.reason if self.result else ""

    @property
    def can_be_best(self) -> bool:
        """Whether it was trained to its planned end."""
        done = self.state == TrialState.COMPLETE or self.reason == TIME_LIMIT
        return done and self.value is not None and not self.is_reused

    @property
    def is_reused(self) -> bool:
        """Whether its result is copied from another trial with the same training."""
        return self.result is not None and self.result.reused is not None


def count_states(records: Iterable[TrialRecord]) -> dict[TrialState, int]:
    """Return the number of trials in each state, also of states without any."""
    counts = Counter(record.state for record in records)
    return {state: counts[state] for state in TrialState}


def states_text(records: Iterable[TrialRecord]) -> str:
    """Return the number of trials in each state as text, without states that no trial is in."""
    return ", ".join(f"{count} {state.value}" for state, count in count_states(records).items() if count)


def compile_seconds(records: Iterable[TrialRecord]) -> float:
    """Return the seconds that the compiled engine has spent on compilation."""
    return sum(use.compile_seconds for _, use in _uses(records))


def told_engines(records: Collection[TrialRecord]) -> str:
    """Describe how many trials each engine has trained; empty if `fit` has trained all of them."""
    uses = _uses(records)
    groups = [group for group, use in uses if use.engine == "compiled"]
    if not groups:
        return ""
    seconds, by_fit = compile_seconds(records), len(uses) - len(groups)
    of_groups = f"{len(groups)} trials in {len(set(groups))} groups, {seconds:.0f} s of compilation"
    return f"the compiled engine: {of_groups}" + (f"; by fit: {by_fit}" if by_fit else "")


def _uses(records: Iterable[TrialRecord]) -> list[tuple[int, EngineUse]]:
    """Return the group of each trained trial, and what trained it."""
    ended = ((record.trial, record.result) for record in records if not record.is_reused)
    return [(trial.group, result.use) for trial, result in ended if result and result.use]


def counted(records: Iterable[TrialRecord]) -> int:
    """Return the number of trials that count against a budget: those that were trained and have ended."""
    ended = (record for record in records if record.result is not None and not record.is_reused)
    return sum(record.state != TrialState.INFEASIBLE for record in ended)


def best_first(records: Iterable[TrialRecord], direction: str) -> list[TrialRecord]:
    """Return the trials that can be the best, in order of their value.

    On a small validation split accuracies are often equal: among equals the trial with the lower validation
    loss comes first, then the smaller network. Each candidate is represented by its best training.
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
        folder: `runs/STUDY/trials`; created with the first trial.
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
        """Return the folder of a trial's files."""
        return self.folder / f"{number:04d}"

    def load(self) -> "Records":
        """Read all records from disk; a folder without a candidate is not a trial.

        Raises:
            StudyError: A file is damaged; the message names it.
        """
        numbers = (int(path.name) for path in self.folder.glob("[0-9]*") if path.name.isdigit())
        for number in sorted(numbers):
            self.reload(number)
        return self

    def reload(self, number: int) -> TrialRecord | None:
        """Read one trial again; None if there is none."""
        folder = self.trial_folder(number)
        if not (folder / CANDIDATE).exists():
            return None
        curve, result = folder / CURVE, folder / RESULT
        record = TrialRecord(
            trial=read_as(folder / CANDIDATE, _TRIAL),
            curve=read_as(curve, _CURVE) if curve.exists() else (),
            result=read_as(result, _RESULT) if result.exists() else None,
        )
        self._known[number] = record
        return record

    def begin(self, trial: Trial) -> None:
        """Record the start of a trial."""
        folder = self.trial_folder(trial.number)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / CANDIDATE, trial.model_dump(mode="json"))
        self._known[trial.number] = TrialRecord(trial=trial)

    def retry(self, number: int) -> Trial:
        """Record that a trial is restarted from its checkpoint."""
        record = self._known[number]
        trial = record.trial.model_copy(update={"retries": record.trial.retries + 1})
        self.change(trial)
        return trial

    def change(self, trial: Trial) -> None:
        """Replace the start record of a running trial."""
        write_json(self.trial_folder(trial.number) / CANDIDATE, trial.model_dump(mode="json"))
        self._known[trial.number] = self._known[trial.number].model_copy(update={"trial": trial})

    def add_epoch(self, number: int, epoch: EpochRecord) -> TrialRecord:
        """Record an epoch; one that was trained again after an interruption replaces the old record."""
        record = self._known[number]
        place = (epoch.fold, epoch.epoch)
        curve = (*(known for known in record.curve if (known.fold, known.epoch) < place), epoch)
        folder = self.trial_folder(number)
        write_json(folder / CURVE, [e.model_dump() for e in curve], durable=False)
        self._known[number] = record.model_copy(update={"curve": curve})
        return self._known[number]

    def end(self, number: int, result: Result) -> TrialRecord:
        """Record the end of a trial."""
        write_json(self.trial_folder(number) / RESULT, result.model_dump(mode="json"))
        self._known[number] = self._known[number].model_copy(update={"result": result})
        return self._known[number]

    def counts(self) -> dict[str, int]:
        """Return the number of trials in each state."""
        return {state.value: count for state, count in count_states(self).items()}

    def told_counts(self) -> str:
        """Return the counts as text."""
        return states_text(self) or "no trials"
