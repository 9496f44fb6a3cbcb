"""An executor that trains nothing, and drivers over it: the search's own logic without processes."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cnnsearch.data.store import read_summary
from cnnsearch.search.driver import Driver, Interruption
from cnnsearch.search.executors import Died, Event
from cnnsearch.search.feasibility import Feasibility
from cnnsearch.search.planned_search import make_budget
from cnnsearch.search.proposals import Proposals
from cnnsearch.search.pruners import make_fold_pruner, make_pruner
from cnnsearch.search.samplers import make_sampler
from cnnsearch.search.target import Target
from cnnsearch.study.events import Happening, Note
from cnnsearch.study.folder import Study
from cnnsearch.study.warm_start import read_warm_start
from cnnsearch.training.protocol import (
    EngineMeasured,
    EpochReport,
    EpochReports,
    Member,
    MemberResult,
    Train,
    Verdict,
)
from cnnsearch.training.store import WEIGHTS
from tests.space.helpers import text_of
from tests.studies import make_study

FEASIBLE = text_of(
    "stages: {filters: {low: 4, high: 64}, blocks: {conv: {kernel_size: [1, 3, 5]}}}",
    "optimizer: {adam: {learning_rate: {low: 0.001, high: 0.01}}}",
)
FINITE = text_of(
    "stages: {filters: [4, 8], blocks: {conv: {kernel_size: [1, 3]}}}",
    "optimizer: {adam: {learning_rate: [0.001, 0.01]}}",
)
"""Eight points."""
ENDLESS = text_of(
    "stages: {filters: [4, 8], blocks: conv}",
    "optimizer: {adam: {learning_rate: {low: 0.001, high: 0.01}}}",
)
TOO_LARGE = text_of(
    "stages: {filters: {low: 4, high: 99}, blocks: conv}", rest="constraints: {max_weights: 9}\n"
)

Curve = Callable[[int, int], float]
"""The validation accuracy of a trial after an epoch."""


FULL_DISK = "OSError: [Errno 28] No space left on device"
"""The reason of a worker that could not write a checkpoint."""


class ToyExecutor:
    """Answer every job immediately, one message of each at a time, in the order of their numbers.

    With folds the curve goes on from fold to fold.

    Args:
        curve: What the trials reach.
        free: Trials at the same time.
        deaths: How the workers of trials die, by number, one after another.
        failures: Reasons of trials that fail, by number.
        seconds: How long an epoch takes.
        hanging: Trials that say nothing when they are first submitted.
        diverging: Trials whose loss is no number in their second epoch.
        is_slow_to_tell: Whether it gives one event at a time, so that the driver looks at the clock between.
        step_seconds: What each report says of its steps.
        is_grouped: Whether trials that wait for a verdict at the same time report together.
        measured: What a job that compares engines finds.

    Attributes:
        study: The study's folder, where the weights of trials are left.
    """

    study: Path

    def __init__(
        self,
        curve: Curve = lambda trial, epoch: 0.5,
        *,
        free: int = 1,
        deaths: dict[int, list[Died]] | None = None,
        failures: dict[int, str] | None = None,
        seconds: float = 0.0,
        hanging: tuple[int, ...] = (),
        diverging: tuple[int, ...] = (),
        is_slow_to_tell: bool = False,
        step_seconds: float | None = None,
        is_grouped: bool = False,
        measured: EngineMeasured | None = None,
    ) -> None:
        self.slots, self._curve, self._seconds, self._hanging = free, curve, seconds, hanging
        self._step_seconds, self._is_grouped, self._measured = step_seconds, is_grouped, measured
        self._diverging, self._is_slow_to_tell = diverging, is_slow_to_tell
        self._deaths, self._failures = deaths or {}, failures or {}
        self._events: deque[Event] = deque()
        self.jobs: dict[int, Train] = {}
        self.members: dict[int, Member] = {}
        self.submitted: list[int] = []
        self.groups: list[tuple[int, ...]] = []
        self.closings: list[bool] = []
        self.epochs: dict[int, int] = {}

    @property
    def workers(self) -> int:
        return self.slots

    @property
    def free(self) -> int:
        return self.slots - len({id(job) for job in self.jobs.values()})

    def submit(self, job: Train) -> None:
        assert self.free
        self.groups.append(job.trials)
        if job.compares and self._measured is not None:
            self._events.append(self._measured)
        for member in job.members:
            self._begin(member, job)

    def _begin(self, member: Member, job: Train) -> None:
        number = member.trial
        self.submitted.append(number)
        self.jobs[number], self.members[number] = job, member
        if self._deaths.get(number):
            self._events.append(self._deaths[number].pop(0))
        elif number in self._failures:
            self._end(number, "failed", self._failures[number])
        elif number not in self._hanging or self.submitted.count(number) > 1:
            self._train(number)

    def events(self, timeout: float) -> Iterator[Event]:
        if not self._events:
            time.sleep(min(timeout, 0.05))
        while self._events:
            event = self._next_event()
            if isinstance(event, MemberResult):
                self.jobs.pop(event.trial, None)
            elif isinstance(event, Died):
                for number in event.trials:
                    self.jobs.pop(number, None)
            yield event
            if self._is_slow_to_tell:
                return

    def _next_event(self) -> Event:
        event = self._events.popleft()
        while self._is_grouped and isinstance(event, EpochReports) and self._events:
            if not isinstance(other := self._events[0], EpochReports):
                break
            event = EpochReports(reports=(*event.reports, *other.reports))
            self._events.popleft()
        return event

    def wake(self) -> None:
        pass

    def reply(self, verdicts: Sequence[Verdict]) -> None:
        for verdict in verdicts:
            self._follow(verdict)

    def _follow(self, verdict: Verdict) -> None:
        trial, decision = verdict.trial, verdict.decision
        if verdict.fidelity is not None:
            self.members[trial] = self.members[trial].resized(verdict.fidelity)
        if self.epochs[trial] == self.members[trial].epochs * self.jobs[trial].folds:
            self._end(trial, "complete")
        elif decision == "continue" and trial in self._diverging:
            self._end(trial, "diverged", "loss was nan in epoch 2.")
        elif decision == "continue":
            self._train(trial)
        else:
            self._end(trial, "paused" if decision == "pause" else "stopped")

    def close(self, *, at_once: bool = False) -> None:
        self.closings.append(at_once)

    def _train(self, number: int) -> None:
        time.sleep(self._seconds)
        epoch = self.epochs[number] = self.epochs.get(number, 0) + 1
        fold, place = divmod(epoch - 1, self.members[number].epochs)
        report = EpochReport(
            trial=number,
            fold=fold,
            epoch=place + 1,
            is_last=place + 1 == self.members[number].epochs,
            time=time.time(),
            metrics=self._metrics(number, epoch),
            step_seconds=self._step_seconds,
        )
        self._events.append(EpochReports(reports=(report,)))

    def _end(self, number: int, outcome: str, reason: str = "") -> None:
        epochs = range(1, self.epochs.get(number, 0) + 1)
        best = max(epochs, key=lambda epoch: self._curve(number, epoch), default=0)
        if outcome in ("complete", "stopped"):
            self.study.joinpath(self.members[number].place, WEIGHTS).touch()
        message = {
            "trial": number,
            "outcome": outcome,
            "epochs": len(epochs),
            "best_epoch": best,
            "metrics": self._metrics(number, best) if best else {},
            "reason": reason,
            "seconds": 0.0,
        }
        self._events.append(MemberResult.model_validate(message))

    def _metrics(self, number: int, epoch: int) -> dict[str, float]:
        value = self._curve(number, epoch)
        return {"validation_accuracy": value, "validation_loss": 1 - value}


def toy_study(folder: Path, space: str = FEASIBLE, **settings: object) -> Study:
    """Return a study that by default draws at random and prunes nothing."""
    chosen = {"sampler": "random", "pruner": "none", "baselines": "none", "trials": 5, **settings}
    study = make_study(folder / "runs" / "toy", **chosen)
    (study.path / "space.yaml").write_text(space)
    return study


def driver_of(study: Study, executor: ToyExecutor, told: list[Happening] | None = None) -> Driver:
    """Return a driver as `run_study` makes it, without the mirror and the log."""
    executor.study = study.path
    records = study.records()
    settings = study.settings
    sampler = make_sampler(settings, study.space, records)
    summary, budget = read_summary(study.data_folder), None
    if settings.is_planned:
        file = study.path / "plan.json"
        budget = make_budget(settings, study.space, summary, study.seconds, records, file)
    proposals = Proposals(
        study.space,
        Target.of(summary),
        sampler,
        records,
        settings.seed,
        feasibility=Feasibility(study.space, settings, records, budget),
        baselines=settings.baselines == "all" and settings.sampler != "grid",
        told=lambda record: None,
        warm_start=read_warm_start(study.path),
        maximizes=settings.direction == "maximize",
        note=lambda text: told.append(Note(text)) if told is not None else None,
    )
    pruner = make_pruner("none" if budget else settings.pruner, settings.most_epochs, 50_000)
    watchers = [] if told is None else [told.append]
    fold_pruner = make_fold_pruner(settings.pruner, settings.folds)
    return Driver(
        study, records, proposals, sampler, pruner, executor, watchers, Interruption(), fold_pruner, budget
    )
