"""The budget of a search with a time limit: its plan, what is trained next, and for how long."""

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
from cnnsearch.search.planning import AUGMENTED_FROM, AUGMENTED_FROM_GREY, Plan, plan_rungs, seconds_of
from cnnsearch.search.rates import Rates
from cnnsearch.search.training_costs import Sample, TrainingCosts
from cnnsearch.search.training_time import TOO_LONG
from cnnsearch.study.records import Record, Records, Rung, Trial, TrialRecord, TrialState
from cnnsearch.study.settings import Settings
from cnnsearch.study.storage import PLAN, read_as, write_json
from cnnsearch.training.fidelity import Fidelity

CALIBRATION_EXAMPLES = 2_560
"""Examples of a first training that only measures the machine: 40 steps of 64."""
SHORT = 12.0
"""Seconds of training below which there is no time for such a first training."""
ENOUGH_KNOWN = 8
"""Networks whose steps have been clocked on this machine with which none is clocked first."""
SHARED_UP_TO = 0.45
"""Share of one training in the time up to which several trials may share the cores."""
LENGTHENED_BY, LENGTHENED_SECONDS = 0.05, 5.0
"""Share of its length, and seconds, by which a last training has to become longer for the change to be worth
it: the step is traced anew."""
LEAST_SECONDS = 2.0
"""Seconds that are planned for where none are left: one small training at least."""


class Planned(Record):
    """A plan as it stands in runs/STUDY/plan.json.

    Attributes:
        timeout: The time limit that it was made for; for another one it is made anew.
        workers: Trials at a time.
        is_measured: Whether the machine's speed had been measured.
    """

    timeout: float
    workers: int
    plan: Plan
    is_measured: bool


_PLANNED = TypeAdapter(Planned)


class Budget:
    """Spends a study's time limit.

    Args:
        settings: The limit, and how trials are trained.
        file: Keeps the plan, for a resume; None: nothing does.
        summary: The dataset's.
        records: The trials.
        samples: Candidates that stand for the space.
        rates: What is known of this machine.
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
        """Whether there are no new candidates that are fast enough."""
        self._is_measured = self.costs.num_known >= ENOUGH_KNOWN
        self._resume()

    def _resume(self) -> None:
        """Takes up the plan of the search so far."""
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
        """The plan as it stands; `make` has been called."""
        assert self._plan is not None
        return self._plan

    def make(self, seconds: float) -> Plan:
        """Makes the plan, unless one is being followed already.

        Args:
            seconds: There are for training candidates.
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
        """The settings, with one trial at a time where one training is to have most of the time.

        With `--workers auto` the first trial finds out how many trials share the cores best: for many short
        trainings that is right, but one long training is done sooner with all the cores.
        """
        if self._settings.workers != "auto" or self.plan.largest_share <= SHARED_UP_TO:
            return self._settings
        return self._settings.model_copy(update={"workers": 1})

    def revise(self, seconds: float) -> Plan | None:
        """Makes the plan anew once the first training has measured the machine; None at all other times."""
        rungs = [record.trial.rung.number for record in self._records if record.result and record.trial.rung]
        if self._is_measured or not self.costs.has_learned or CALIBRATION not in rungs:
            return None
        self._is_measured = True
        return self._make_anew(seconds)

    def settle(self, trial: Trial, workers: int, step_seconds: float, seconds: float) -> Plan | None:
        """Sets how many trials share the cores from now on.

        Args:
            trial: The one that was measured for it.
            workers: Trials at a time.
            step_seconds: How long a step of this one takes then.
            seconds: There are for training candidates.

        Returns:
            The plan, where it is made anew for that.
        """
        before = self.costs.workers
        self.costs.settle(trial, workers, step_seconds)
        return self._make_anew(seconds) if self.costs.workers != before else None

    def _make_anew(self, seconds: float) -> Plan:
        """Makes the plan anew; the lowest rung stays where candidates have been compared on it already."""
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
        """The size of a last training under way where its speed turned out to be another than predicted.

        It is shortened where it would not end in time, and lengthened where that is worth something and
        the time is enough for no other last training.

        Args:
            record: After a report.
            remaining: Seconds until training has to end.
            grace: Seconds by which it may be late.

        Returns:
            None where it stays as it is.
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
        """Passes where a candidate's training at the last rung would end in its share of the time.

        Raises:
            InfeasibleArchitectureError: It would take longer.
        """
        if self._plan is None:
            return
        seconds, limit = self.costs.predicted(candidate), self._plan.most_example_seconds
        if seconds > limit:
            examples = self._plan.rungs[-1]
            raise InfeasibleArchitectureError(
                f"would train for about {rough_duration(seconds * examples)} on {examples:,} examples; the "
                f"plan has {rough_duration(limit * examples)} for that",
                limit=TOO_LONG,
                violation=seconds / limit - 1.0,
            )

    # What is trained next

    def next(self, remaining: float, *, is_last: bool = False) -> NewCandidate | Promotion | None:
        """What a free worker trains; None where nothing more fits into the time.

        Args:
            remaining: Seconds until training has to end.
            is_last: Whether no further trial may begin after it.
        """
        plan, trainings = self.plan, self._trainings()
        if any(training.rung == CALIBRATION and training.value is None for training in trainings):
            return None  # the plan is made anew in a moment
        if not is_last and not self.is_exhausted and self._is_to_be_measured():
            return NewCandidate(CALIBRATION_EXAMPLES, CALIBRATION)
        may_draw = not self.is_exhausted
        return next_training(plan, trainings, remaining, self.costs.start, is_last=is_last, may_draw=may_draw)

    def _is_to_be_measured(self) -> bool:
        """Whether a first short training is to measure the machine, for which there has to be time."""
        has_time = self.plan.seconds >= SHORT and self.plan.rungs[0] > CALIBRATION_EXAMPLES
        return has_time and not self._is_measured and not len(self._records)

    def sized(self, trial: Trial, chosen: NewCandidate | Promotion, remaining: float) -> Trial:
        """A trial with the size of the training that was chosen for it.

        A new candidate that is trained on the last rung at once gets the time that is left, as one that is
        promoted to it does.

        Args:
            trial: A candidate's.
            chosen: What was chosen.
            remaining: Seconds until training has to end.
        """
        batch_size = trial.candidate.training.batch_size
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
        """What a training reached, larger being better."""
        if record.result is None:
            return None
        if record.value is None or record.state != TrialState.COMPLETE:
            return -math.inf
        return record.value if self._settings.direction == "maximize" else -record.value


def planned_in(study: Path) -> Plan | None:
    """The plan that a study's search follows; None where it is not planned.

    Args:
        study: The study's folder.
    """
    file = study / PLAN
    return read_as(file, _PLANNED).plan if file.exists() else None


def progress_by_rung(plan: Plan, records: Iterable[TrialRecord]) -> str:
    """Return how many trainings have ended at each rung of a plan, in a line.

    A rung that the plan has no time for is shown once a training has ended there.

    Args:
        plan: The plan that the search follows.
        records: The trials so far.
    """
    known = (record for record in records if record.result and not record.is_reused)
    ended = Counter(record.trial.rung.number for record in known if record.trial.rung)
    return ", ".join(
        f"{ended[rung]}{f' of about {count}' if count else ''} on {size:,} examples"
        for rung, (count, size) in enumerate(zip(plan.candidates, plan.rungs, strict=True))
        if count or ended[rung]
    )
