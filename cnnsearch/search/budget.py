"""The budget of a search with a time limit: its plan, the next training, and the length of each."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from cnnsearch.data.summary import DatasetSummary
from cnnsearch.durations import rough_duration
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.search.allocation import (
    CALIBRATION,
    NEARLY,
    NewCandidate,
    Promotion,
    Training,
    most_examples_in,
    next_training,
)
from cnnsearch.search.planning import plan_rungs, seconds_of
from cnnsearch.search.rates import Rates
from cnnsearch.search.training_costs import Sample, TrainingCosts
from cnnsearch.search.training_time import TOO_LONG
from cnnsearch.study.plan import AUGMENTED_FROM, AUGMENTED_FROM_GREY, Plan
from cnnsearch.study.records import Record, Records, Rung, Trial, TrialRecord, TrialState
from cnnsearch.study.settings import Settings
from cnnsearch.study.storage import PLAN, read_as, write_json
from cnnsearch.training.fidelity import Fidelity

CALIBRATION_EXAMPLES = 2_560
"""Examples of a first training that measures the machine: 40 steps of 64."""
SHORT = 12.0
"""Seconds of training below which there is no time for this first training."""
ENOUGH_KNOWN = 8
"""Number of networks timed on this machine that makes the first training unnecessary."""
SHARED_UP_TO = 0.45
"""The largest share of the time for one training at which several trials may share the cores."""
LENGTHENED_BY, LENGTHENED_SECONDS = 0.05, 5.0
"""The smallest gain, as a share of its length and in seconds, that justifies a longer last training: the step
is traced again."""
LEAST_SECONDS = 2.0
"""The time to plan for if none remains: enough for one small training."""


class Planned(Record):
    """A plan as written to runs/STUDY/plan.json.

    Attributes:
        timeout: The time limit of the plan; another limit requires a new plan.
        workers: Number of concurrent trials.
        is_measured: Whether the speed of the machine had been measured.
    """

    timeout: float
    workers: int
    plan: Plan
    is_measured: bool


_PLANNED = TypeAdapter(Planned)


class Budget:
    """Divides a study's time limit among trainings.

    Args:
        settings: The limit, and the settings of training.
        file: The file of the plan, for a resume; None: the plan is not written.
        summary: The summary of the dataset.
        records: The trials.
        samples: Candidates that represent the space.
        rates: The measured speeds of this machine.
    """

    def __init__(
        self,
        settings: Settings,
        file: Path | None,
        summary: DatasetSummary,
        records: Records,
        samples: Sequence[Sample],
        rates: Rates,
    ) -> None:
        assert settings.timeout is not None
        self._settings, self._file, self._records = settings, file, records
        self._timeout = settings.timeout
        self._sizes = summary.num_examples("train"), summary.num_examples("validation")
        is_grey = len(summary.input_shape) == 3 and summary.input_shape[-1] == 1
        self._augmented_from = AUGMENTED_FROM_GREY if is_grey else AUGMENTED_FROM
        self.costs = TrainingCosts(rates, samples)
        self.costs.turn_to(settings.num_workers)
        self._plan: Plan | None = None
        self._lowest: int | None = None
        self.is_exhausted = False
        """Whether no new candidates are fast enough."""
        self._is_measured = self.costs.num_known >= ENOUGH_KNOWN
        self._resume()

    def _resume(self) -> None:
        """Load the plan of an earlier run."""
        if self._file is None or not self._file.exists():
            return
        known = read_as(self._file, _PLANNED)
        self.costs.turn_to(known.workers)
        self._is_measured = known.is_measured
        if known.timeout == self._timeout:
            self._plan = known.plan
        else:
            self._lowest = known.plan.rungs[0]

    @property
    def plan(self) -> Plan:
        """The current plan; requires a call of `make`."""
        assert self._plan is not None
        return self._plan

    def make(self, seconds: float) -> Plan:
        """Make the plan, unless there is one.

        Args:
            seconds: The time for training candidates.
        """
        if self._plan is None:
            self._plan = plan_rungs(
                max(seconds, LEAST_SECONDS),
                *self._sizes,
                self.costs.of_space(),
                self.costs.workers,
                self._lowest,
                self._augmented_from,
            )
            self._save()
        return self._plan

    def shared(self) -> Settings:
        """Return the settings, with one trial at a time if one training needs most of the time.

        With `--workers auto` the first trial measures how many trials share the cores best. That is right for
        many short trainings, but one long training finishes sooner with all cores.
        """
        if self._settings.workers != "auto" or self.plan.largest_share <= SHARED_UP_TO:
            return self._settings
        return self._settings.model_copy(update={"workers": 1})

    def revise(self, seconds: float) -> Plan | None:
        """Make a new plan once the first training has measured the machine; return None otherwise."""
        rungs = [record.trial.rung.number for record in self._records if record.result and record.trial.rung]
        if self._is_measured or not self.costs.has_learned or CALIBRATION not in rungs:
            return None
        self._is_measured = True
        return self._make_anew(seconds)

    def settle(self, trial: Trial, workers: int, step_seconds: float, seconds: float) -> Plan | None:
        """Set how many trials share the cores from now on.

        Args:
            trial: The trial in which this was measured.
            workers: Number of concurrent trials.
            step_seconds: The duration of a step of this trial with that number.
            seconds: The time for training candidates.

        Returns:
            The new plan, if the number changes.
        """
        before = self.costs.workers
        self.costs.settle(trial, workers, step_seconds)
        return self._make_anew(seconds) if self.costs.workers != before else None

    def _make_anew(self, seconds: float) -> Plan:
        """Make a new plan; the lowest rung does not change once candidates have been compared at it."""
        if any(record.trial.rung and record.trial.rung.number > CALIBRATION for record in self._records):
            self._lowest = self.plan.rungs[0]
        self._plan = None
        return self.make(seconds)

    def _save(self) -> None:
        planned = Planned(
            timeout=self._timeout, workers=self.costs.workers, plan=self.plan, is_measured=self._is_measured
        )
        if self._file is not None:
            write_json(self._file, planned.model_dump(mode="json"))

    def resized(self, record: TrialRecord, remaining: float, grace: float) -> Fidelity | None:
        """Return a new size for a running last training whose speed differs from the prediction.

        It is shortened if it would not end in time. It is lengthened if the gain is large enough and the time
        does not suffice for another last training.

        Args:
            record: The trial, after a report.
            remaining: Seconds until training must end.
            grace: Seconds by which it may be late.

        Returns:
            None if the size does not change.
        """
        fidelity, rung, done = record.trial.fidelity, record.trial.rung, record.curve[-1].epoch
        if fidelity is None or rung is None or not rung.is_last or done >= fidelity.rounds:
            return None
        if any(done <= length.until for length in fidelity.earlier):  # trained again after an interruption
            return None
        if not self.costs.between_reports(record):
            return None
        spare = remaining - self.costs.seconds_left(record)
        rounds = fidelity.rounds + math.floor(spare / self.costs.round_seconds(record))
        if spare < -grace:
            return fidelity.resized(max(rounds, done + 1), done)
        nearly = int(NEARLY * self.plan.rungs[-1])
        another = seconds_of(nearly, self.costs.example_seconds(record.trial), self.costs.start)
        rounds = min(rounds, self.plan.most_examples // fidelity.round_examples)
        gained = (rounds - fidelity.rounds) * self.costs.round_seconds(record)
        is_worth_it = rounds >= (1.0 + LENGTHENED_BY) * fidelity.rounds and gained >= LENGTHENED_SECONDS
        return fidelity.resized(rounds, done) if is_worth_it and spare < another else None

    def check(self, candidate: Sample) -> None:
        """Check that a candidate's training at the last rung would end within its share of the time.

        Raises:
            InfeasibleArchitectureError: It would take longer.
        """
        if self._plan is None:
            return
        seconds, limit = self.costs.predicted(candidate), self._plan.most_example_seconds
        if seconds > limit:
            examples = self._plan.rungs[-1]
            raise InfeasibleArchitectureError(
                f"training on {examples:,} examples would take about {rough_duration(seconds * examples)}; "
                f"the plan allows {rough_duration(limit * examples)}",
                limit=TOO_LONG,
                violation=seconds / limit - 1.0,
            )

    # The next training

    def next(self, remaining: float, *, is_last: bool = False) -> NewCandidate | Promotion | None:
        """Return what a free worker trains; None if nothing more fits into the time.

        Args:
            remaining: Seconds until training must end.
            is_last: Whether no further trial may begin after it.
        """
        plan, trainings = self.plan, self._trainings()
        if any(training.rung == CALIBRATION and training.value is None for training in trainings):
            return None  # the plan is about to be revised
        if not is_last and not self.is_exhausted and self._is_to_be_measured():
            return NewCandidate(CALIBRATION_EXAMPLES, CALIBRATION)
        may_draw = not self.is_exhausted
        return next_training(plan, trainings, remaining, self.costs.start, is_last=is_last, may_draw=may_draw)

    def _is_to_be_measured(self) -> bool:
        """Return whether a short first training should measure the machine, if there is time for it."""
        has_time = self.plan.seconds >= SHORT and self.plan.rungs[0] > CALIBRATION_EXAMPLES
        return has_time and not self._is_measured and not len(self._records)

    def sized(self, trial: Trial, chosen: NewCandidate | Promotion, remaining: float) -> Trial:
        """Return a trial with the size of the chosen training.

        A new candidate at the last rung gets the remaining time, like a candidate that is promoted to it.

        Args:
            trial: The candidate's trial.
            chosen: The chosen training.
            remaining: Seconds until training must end.
        """
        batch_size = self.costs.sample(trial).batch_size
        seconds, examples = self.costs.example_seconds(trial), chosen.examples
        origin = trial.number
        if isinstance(chosen, Promotion):
            before = self._records[chosen.number].trial
            origin = before.candidate_number
            seconds = self.costs.example_seconds(before)
        elif chosen.rung == self.plan.top:
            examples = max(most_examples_in(self.plan, remaining, seconds, self.costs.start), batch_size)
        rung = Rung(number=chosen.rung, is_last=chosen.rung == self.plan.top, origin=origin)
        fidelity = self.plan.fidelity(examples, chosen.rung, seconds, batch_size)
        return trial.model_copy(update={"rung": rung, "fidelity": fidelity})

    def _trainings(self) -> list[Training]:
        """Return the trainings; of trials trained together the best stands for all."""
        of_groups: dict[int, list[Training]] = {}
        for training in self._all_trainings():
            of_groups.setdefault(self._records[training.number].trial.group, []).append(training)
        return [
            max(group, key=lambda one: math.inf if one.value is None else one.value)
            for group in of_groups.values()
        ]

    def _all_trainings(self) -> list[Training]:
        return [
            Training(
                number=record.number,
                origin=record.trial.candidate_number,
                rung=record.trial.rung.number,
                examples=record.trial.fidelity.examples,
                value=self._value(record),
                example_seconds=self.costs.example_seconds(record.trial),
            )
            for record in self._records
            if record.trial.rung is not None and record.trial.fidelity is not None and not record.is_reused
        ]

    def _value(self, record: TrialRecord) -> float | None:
        """Return the score of a training, larger being better."""
        if record.result is None:
            return None
        if record.value is None or record.state != TrialState.COMPLETE:
            return -math.inf
        return record.value if self._settings.direction == "maximize" else -record.value


def planned_in(study: Path) -> Plan | None:
    """Return the plan of a study's search; None if it is not planned.

    Args:
        study: The study's folder.
    """
    file = study / PLAN
    return read_as(file, _PLANNED).plan if file.exists() else None


def progress_by_rung(plan: Plan, records: Iterable[TrialRecord]) -> str:
    """Describe how many trainings have ended at each rung of a plan, in one line.

    A rung for which the plan has no time is shown only once a training has ended there.

    Args:
        plan: The plan of the search.
        records: The trials so far.
    """
    done = (record for record in records if record.result and not record.is_reused)
    ended = Counter(record.trial.rung.number for record in done if record.trial.rung)
    return ", ".join(
        f"{ended[rung]}{f' of about {count}' if count else ''} on {size:,} examples"
        for rung, (count, size) in enumerate(zip(plan.candidates, plan.rungs, strict=True))
        if count or ended[rung]
    )
