"""Costs of trainings in seconds: predicted for a space and for a candidate, and measured during training."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from cnnsearch.architecture import analyze
from cnnsearch.search.cost_model import ClockedStep, Workload
from cnnsearch.search.planning import Costs, seconds_of
from cnnsearch.search.rates import Rates
from cnnsearch.space import AnyCandidate, Candidate
from cnnsearch.study.plan import FORWARD
from cnnsearch.study.records import EpochRecord, Trial, TrialRecord

RECENT = 6
"""Number of reports of a training from which its current speed is measured."""
LEAST_START = 0.1
"""The least number of seconds of a training in addition to its steps."""


@dataclass(frozen=True)
class Sample:
    """A candidate that represents others of its space, reduced to its costs."""

    workload: Workload
    batch_size: int


def sample_of(candidate: AnyCandidate) -> Sample:
    """Return the costs of a candidate, which must have an architecture: searches of hypermodels have no plan.

    Raises:
        InfeasibleArchitectureError: It cannot be built.
    """
    assert isinstance(candidate, Candidate), candidate.type
    return Sample(Workload.of(analyze(candidate.architecture)), candidate.training.batch_size)


class TrainingCosts:
    """Costs of trainings on this machine, from the model of its speed and from measurements.

    Args:
        rates: The measured speeds of this machine.
        samples: At least one candidate that represents the space.
    """

    def __init__(self, rates: Rates, samples: Sequence[Sample]) -> None:
        self._rates, self._model, self._samples = rates, rates.model(), samples
        self._own: dict[int, float] = {}
        self._sampled: dict[int, Sample] = {}
        self._starts: list[float] = []
        self._begun: dict[int, float] = {}
        self._timed: set[int] = set()
        self._workers = 1
        self.has_learned = False
        """Whether this search has measured a step."""

    @property
    def workers(self) -> int:
        """Number of concurrent trials, on which the costs depend."""
        return self._workers

    @property
    def num_known(self) -> int:
        """Number of networks whose steps have been timed on this machine."""
        return self._model.num_known

    def of_space(self) -> Costs:
        """Return the costs of training in the space, from the candidates that represent it."""
        seconds = [self.predicted(sample) for sample in self._samples]
        rates = [sum(s.workload.macs) / each for s, each in zip(self._samples, seconds, strict=True)]
        ordered = sorted(seconds)
        return Costs(ordered[len(ordered) // 5], median(ordered), max(median(rates), 1.0), self.start)

    def begin(self, number: int, now: float, *, is_timed: bool) -> None:
        """Record that a trial begins or is resumed; its earlier reports are not used to measure its speed.

        Args:
            number: The trial's number.
            now: Seconds since 1970.
            is_timed: Whether its first report measures the time of a training in addition to its steps, which
                requires that no worker starts at the same time.
        """
        self._begun[number] = now
        if is_timed:
            self._timed.add(number)

    @property
    def start(self) -> float:
        """Seconds of a training in addition to its steps."""
        return median(self._starts) if self._starts else Costs.start

    def example_seconds(self, trial: Trial) -> float:
        """Return the seconds per example seen of a trial's training, measured if it has trained."""
        if (own := self._own.get(trial.candidate_number)) is not None:
            return own
        return self.predicted(self.sample(trial))

    def sample(self, trial: Trial) -> Sample:
        """Return the costs of a trial's candidate."""
        if trial.candidate_number not in self._sampled:
            self._sampled[trial.candidate_number] = sample_of(trial.candidate)
        return self._sampled[trial.candidate_number]

    def predicted(self, sample: Sample) -> float:
        """Return the seconds per example seen of a candidate's training, predicted by the model."""
        return self._model.example_seconds(sample.workload, sample.batch_size)

    def seconds_left(self, record: TrialRecord) -> float:
        """Return the predicted seconds of the training that remains after a trial's last report."""
        fidelity = record.trial.fidelity
        assert fidelity is not None
        if not record.curve:
            return seconds_of(fidelity.examples, self.example_seconds(record.trial), self.start)
        rounds = fidelity.rounds - record.curve[-1].epoch
        return rounds * self.round_seconds(record) + self._closing_seconds(record)

    def seconds_to_come(self, record: TrialRecord, now: float) -> float:
        """Return the predicted seconds until a running trial ends.

        Args:
            record: The record of the trial.
            now: Seconds since 1970.
        """
        last = record.curve[-1].time if record.curve else record.trial.started
        last = max(last, self._begun.get(record.number, last))
        return max(0.0, self.seconds_left(record) - (now - last))

    def round_seconds(self, record: TrialRecord) -> float:
        """Return the seconds between two reports of a trial: the median of the last few, or a prediction from
        its steps if there is only one report."""
        if measured := self.between_reports(record):
            return median(measured)
        assert record.trial.fidelity is not None
        return seconds_of(record.trial.fidelity.round_examples, self.example_seconds(record.trial), 0.0)

    def _closing_seconds(self, record: TrialRecord) -> float:
        """Return the additional seconds of a trial's last validation compared with the earlier ones."""
        fidelity = record.trial.fidelity
        assert fidelity is not None
        return FORWARD * self.example_seconds(record.trial) * (fidelity.validation - fidelity.checked)

    def between_reports(self, record: TrialRecord) -> list[float]:
        """Return the seconds between the last few reports of a trial since it began or was resumed, without
        the rounds that include a new trace of the step."""
        assert record.trial.fidelity is not None
        traced = {length.until + 1 for length in record.trial.fidelity.earlier}
        since = self._begun.get(record.number, 0.0)
        recent = [report for report in record.curve[-RECENT:] if report.time >= since]
        return [later.time - earlier.time for earlier, later in pairwise(recent) if later.epoch not in traced]

    def learn(self, trial: Trial, epoch: EpochRecord, step_seconds: float | None) -> None:
        """Update the costs from a report: the step time, and the time in addition to the steps."""
        if step_seconds is None or trial.fidelity is None:
            return
        batch_size = self.sample(trial).batch_size
        self._own[trial.candidate_number] = step_seconds / batch_size
        self.has_learned = True
        if epoch.epoch == 1 and trial.number in self._timed:
            steps = trial.fidelity.round_examples / batch_size * step_seconds
            self._starts.append(max(epoch.time - trial.started - steps, LEAST_START))
        if epoch.epoch == trial.fidelity.rounds:
            self._add(trial, step_seconds)

    def settle(self, trial: Trial, workers: int, step_seconds: float) -> None:
        """Set the number of concurrent trials from now on, and this trial's step time with that number."""
        self.turn_to(workers)
        self._add(trial, step_seconds)

    def _add(self, trial: Trial, step_seconds: float) -> None:
        sample = self.sample(trial)
        step = ClockedStep(workload=sample.workload, batch_size=sample.batch_size, seconds=step_seconds)
        self._model.add(step)
        self._rates.add([step])

    def turn_to(self, workers: int) -> None:
        """Set the number of concurrent trials."""
        if workers != self._workers:
            self._workers = workers
            self._rates = self._rates.for_workers(workers)
            self._model = self._rates.model()
            self._own.clear()
