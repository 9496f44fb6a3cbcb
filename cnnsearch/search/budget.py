"""The budget of a search with a time limit: its plan, the costs it rests on, what is trained next."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from pydantic import TypeAdapter

from cnnsearch.architecture import Analysis, analyze
from cnnsearch.data.summary import DatasetSummary
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.search.allocation import (
    CALIBRATION,
    NEARLY,
    NewCandidate,
    Promotion,
    Training,
    most_examples_in,
    next_training,
    seconds_of,
)
from cnnsearch.search.cost_model import ClockedStep, CostModel, Workload
from cnnsearch.search.files import read_as, write_json
from cnnsearch.search.pace import TOO_LONG
from cnnsearch.search.planning import AUGMENTED_FROM, AUGMENTED_FROM_GREY, FORWARD, Costs, Plan, make_plan
from cnnsearch.search.rates import Rates
from cnnsearch.search.records import EpochRecord, Record, Records, Rung, Trial, TrialRecord, TrialState
from cnnsearch.search.settings import Settings
from cnnsearch.space import Candidate
from cnnsearch.training.fidelity import Fidelity

CALIBRATION_EXAMPLES = 2_560
"""Examples of a first training that only measures the machine: 40 steps of 64."""
SHORT = 12.0
"""Seconds of training below which there is no time for such a first training."""
ENOUGH_KNOWN = 8
"""Networks whose steps have been clocked on this machine with which none is clocked first."""
SHARED_UP_TO = 0.45
"""Share of one training in the time up to which several trials may share the cores."""
PLAN_FILE = "plan.json"
RECENT = 6
"""Reports of a training from which its present speed is measured."""
LENGTHENED_BY, LENGTHENED_SECONDS = 0.05, 5.0
"""Share of its length, and seconds, by which a last training has to become longer for the change to be worth
it: the step is traced anew."""
LEAST_SECONDS, LEAST_START = 2.0, 0.1
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


@dataclass(frozen=True)
class Sample:
    """A candidate that stands for others of its space: what it costs."""

    workload: Workload
    batch_size: int


def sample_of(candidate: Candidate, analysis: Analysis | None = None) -> Sample:
    """What a candidate costs.

    Args:
        candidate: A network and how it is trained.
        analysis: The network's, where it is at hand.

    Raises:
        InfeasibleArchitectureError: It cannot be built.
    """
    workload = Workload.of(analysis or analyze(candidate.architecture))
    return Sample(workload, candidate.training.batch_size)


def predicted_costs(model: CostModel, samples: Sequence[Sample], start: float = Costs.start) -> Costs:
    """What trainings cost in a space, from some of its candidates.

    Args:
        model: Predicts steps.
        samples: One at least.
        start: Seconds that a training takes besides its steps.
    """
    seconds = [model.example_seconds(sample.workload, sample.batch_size) for sample in samples]
    rates = [sum(s.workload.macs) / each for s, each in zip(samples, seconds, strict=True)]
    ordered = sorted(seconds)
    return Costs(ordered[len(ordered) // 5], median(ordered), max(median(rates), 1.0), start)


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
        self._settings, self._file, self._records, self._samples = settings, file, records, samples
        self._timeout = settings.timeout
        self._sizes = summary.num_examples("train"), summary.num_examples("validation")
        is_grey = len(summary.input_shape) == 3 and summary.input_shape[-1] == 1
        self._augmented_from = AUGMENTED_FROM_GREY if is_grey else AUGMENTED_FROM
        self._own: dict[int, float] = {}
        self._sampled: dict[int, Sample] = {}
        self._starts: list[float] = []
        self._workers = 1
        self._rates, self._model = rates, rates.model()
        self._plan: Plan | None = None
        self._lowest: int | None = None
        self.is_exhausted = False
        """Whether there are no new candidates that are fast enough."""
        self._is_measured = self._model.num_known >= ENOUGH_KNOWN
        self._resume()

    def _resume(self) -> None:
        """Takes up the plan of the search so far."""
        if self._file is None or not self._file.exists():
            return
        known = read_as(self._file, _PLANNED)
        self._turn_to(known.workers)
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
            costs = predicted_costs(self._model, self._samples, self.start)
            seconds = max(seconds, LEAST_SECONDS)
            self._plan = make_plan(
                seconds, *self._sizes, costs, self._workers, self._lowest, self._augmented_from
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
        rungs = (record.trial.rung for record in self._records if record.result is not None)
        if self._is_measured or not any(rung and rung.number == CALIBRATION for rung in rungs):
            return None
        self._plan, self._is_measured = None, True
        return self.make(seconds)

    def _save(self) -> None:
        planned = Planned(
            timeout=self._timeout, workers=self._workers, plan=self.plan, is_measured=self._is_measured
        )
        if self._file is not None:
            write_json(self._file, planned.model_dump(mode="json"))

    # Costs

    @property
    def start(self) -> float:
        """Seconds that a training takes besides its steps."""
        return median(self._starts) if self._starts else Costs.start

    def example_seconds(self, trial: Trial) -> float:
        """Seconds of a trial's training for each example seen, measured where it has trained."""
        if (own := self._own.get(trial.candidate_number)) is not None:
            return own
        if trial.candidate_number not in self._sampled:
            self._sampled[trial.candidate_number] = sample_of(trial.candidate)
        return self._predicted(self._sampled[trial.candidate_number])

    def _predicted(self, sample: Sample) -> float:
        return self._model.example_seconds(sample.workload, sample.batch_size)

    def seconds_left(self, record: TrialRecord) -> float:
        """Predicted seconds of what a trial has still to be trained after its last report."""
        fidelity = record.trial.fidelity
        assert fidelity is not None
        if not record.curve:
            return seconds_of(fidelity.examples, self.example_seconds(record.trial), self.start)
        rounds = fidelity.rounds - record.curve[-1].epoch
        return rounds * self._round_seconds(record) + self._closing_seconds(record)

    def _round_seconds(self, record: TrialRecord) -> float:
        """Seconds from one report of a trial to the next, by the last few; by its steps where there is but
        one."""
        if found := _seconds_between_reports(record):
            return median(found)  # the middle one: an interruption lies in one of them
        assert record.trial.fidelity is not None
        return seconds_of(record.trial.fidelity.round_examples, self.example_seconds(record.trial), 0.0)

    def _closing_seconds(self, record: TrialRecord) -> float:
        """Seconds that a trial's last validation takes more than those on the way."""
        fidelity = record.trial.fidelity
        assert fidelity is not None
        return FORWARD * self.example_seconds(record.trial) * (fidelity.validation - fidelity.checked)

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
        if not _seconds_between_reports(record):
            return None
        spare = remaining - self.seconds_left(record)
        rounds = fidelity.rounds + math.floor(spare / self._round_seconds(record))
        if spare < -grace:
            return fidelity.resized(max(rounds, done + 1), done)
        nearly = int(NEARLY * self.plan.rungs[-1])
        another = seconds_of(nearly, self.example_seconds(record.trial), self.start)
        rounds = min(rounds, self.plan.most_examples // fidelity.round_examples)
        gained = (rounds - fidelity.rounds) * self._round_seconds(record)
        is_worth_it = rounds >= (1.0 + LENGTHENED_BY) * fidelity.rounds and gained >= LENGTHENED_SECONDS
        return fidelity.resized(rounds, done) if is_worth_it and spare < another else None

    def check(self, candidate: Sample) -> None:
        """Passes where a candidate's training at the last rung would end in its share of the time.

        Raises:
            InfeasibleArchitectureError: It would take longer.
        """
        if self._plan is None:
            return
        seconds, limit = self._predicted(candidate), self._plan.most_example_seconds
        if seconds > limit:
            examples = self._plan.rungs[-1]
            raise InfeasibleArchitectureError(
                f"would train for about {seconds * examples:.0f} s on {examples:,} examples; the plan has "
                f"{limit * examples:.0f} s for that",
                limit=TOO_LONG,
                violation=seconds / limit - 1.0,
            )

    def learn(self, trial: Trial, epoch: EpochRecord, step_seconds: float | None) -> None:
        """Learns from a report how long a trial's steps take, and what a training takes besides."""
        if step_seconds is None or trial.fidelity is None:
            return
        batch_size = trial.candidate.training.batch_size
        self._own[trial.candidate_number] = step_seconds / batch_size
        if epoch.epoch == 1 and len(self._records) > 1:  # in the first trial's the worker came up
            steps = trial.fidelity.round_examples / batch_size * step_seconds
            self._starts.append(max(epoch.time - trial.started - steps, LEAST_START))
        if epoch.epoch == trial.fidelity.rounds:
            self._know(trial, step_seconds)

    def settle(self, trial: Trial, workers: int, step_seconds: float) -> None:
        """Takes in how many trials share the cores from now on, and how long a step of this one takes
        then."""
        self._turn_to(workers)
        self._know(trial, step_seconds)

    def _know(self, trial: Trial, step_seconds: float) -> None:
        sample = sample_of(trial.candidate)
        step = ClockedStep(workload=sample.workload, batch_size=sample.batch_size, seconds=step_seconds)
        self._model.add(step)
        self._rates.add([step])

    def _turn_to(self, workers: int) -> None:
        if workers != self._workers:
            self._workers = workers
            self._rates = self._rates.for_workers(workers)
            self._model = self._rates.model()
            self._own.clear()

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
        if not is_last and self._is_to_be_measured():
            return NewCandidate(CALIBRATION_EXAMPLES, CALIBRATION)
        may_draw = not self.is_exhausted
        return next_training(plan, trainings, remaining, self.start, is_last=is_last, may_draw=may_draw)

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
        seconds, examples = self.example_seconds(trial), chosen.examples
        origin = trial.number
        if isinstance(chosen, Promotion):
            before = self._records[chosen.number].trial
            origin = before.candidate_number
            seconds = self.example_seconds(before)
        elif chosen.rung == self.plan.top:
            examples = max(most_examples_in(self.plan, remaining, seconds, self.start), batch_size)
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
                example_seconds=self.example_seconds(record.trial),
            )
            for record in self._records
            if record.trial.rung is not None and record.trial.fidelity is not None
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
    file = study / PLAN_FILE
    return read_as(file, _PLANNED).plan if file.exists() else None


def _seconds_between_reports(record: TrialRecord) -> list[float]:
    """The last few seconds from one report to the next, but for rounds in which the step was traced anew."""
    assert record.trial.fidelity is not None
    traced = {length.until + 1 for length in record.trial.fidelity.earlier}
    recent = pairwise(record.curve[-RECENT:])
    return [later.time - earlier.time for earlier, later in recent if later.epoch not in traced]


def progress_by_rung(plan: Plan, records: Iterable[TrialRecord]) -> str:
    """How many trainings have ended at each rung of a plan, in a line.

    Args:
        plan: That the search follows.
        records: The trials so far.
    """
    ended = Counter(record.trial.rung.number for record in records if record.trial.rung and record.result)
    rungs = enumerate(zip(plan.candidates, plan.rungs, strict=True))
    return ", ".join(f"{ended[rung]} of about {count} on {size:,} examples" for rung, (count, size) in rungs)
