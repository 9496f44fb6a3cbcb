"""What the driver's own work costs, nothing being trained: `python benchmarks/driver.py [TRIALS]`.

Targets: records, files and pruning under 50 ms a trial up to 1,000 trials, and under 400 MB; an ask of
tpe under 200 ms at 2,000 trials on every shipped space.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from machine import header

from cnnsearch.data.store import read_summary
from cnnsearch.search.driver import Driver
from cnnsearch.search.executors import Event
from cnnsearch.search.feasibility import Feasibility
from cnnsearch.search.launch import create_study
from cnnsearch.search.proposals import Proposals
from cnnsearch.search.pruners import make_pruner
from cnnsearch.search.samplers import make_sampler
from cnnsearch.search.target import Target
from cnnsearch.space import SearchSpace, load_space, shipped_spaces
from cnnsearch.study.folder import Study
from cnnsearch.study.log import LogFile
from cnnsearch.study.records import EpochRecord, Result, Trial, TrialRecord, TrialState
from cnnsearch.study.settings import checked_settings
from cnnsearch.training.protocol import EpochReport, EpochReports, MemberResult, Train, Verdict

EPOCHS = 20
ASKED_AT = 2_000
SHAPE = (64, 64, 3)


class InstantExecutor:
    """Answers at once, as if training took no time; a trial's number and epoch say what it reaches."""

    def __init__(self) -> None:
        self._job: Train | None = None
        self._next: list[Event] = []

    @property
    def workers(self) -> int:
        return 1

    @property
    def free(self) -> int:
        return int(self._job is None)

    def submit(self, job: Train) -> None:
        self._job = job
        self._report(1)

    def events(self, timeout: float) -> Iterator[Event]:
        while self._next:
            event = self._next.pop()
            if isinstance(event, MemberResult):
                self._job = None
            yield event

    def wake(self) -> None:
        pass

    def reply(self, verdicts: Sequence[Verdict]) -> None:
        assert self._job is not None
        (verdict,) = verdicts
        trial = verdict.trial
        if verdict.decision == "continue" and self._epoch < EPOCHS:
            self._report(self._epoch + 1)
            return
        outcome = "complete" if self._epoch == EPOCHS else "stopped"
        result = {"trial": trial, "outcome": outcome, "epochs": self._epoch, "best_epoch": self._epoch}
        rest = {"metrics": metrics(trial, self._epoch), "reason": "", "seconds": 0.0}
        self._next.append(MemberResult.model_validate({**result, **rest}))

    def close(self, *, at_once: bool = False) -> None:
        pass

    def _report(self, epoch: int) -> None:
        assert self._job is not None
        self._epoch, (number,) = epoch, self._job.trials
        figures = metrics(number, epoch)
        report = EpochReport(trial=number, epoch=epoch, time=time.time(), metrics=figures)
        self._next.append(EpochReports(reports=(report,)))


def metrics(number: int, epoch: int) -> dict[str, float]:
    """What a worker reports after an epoch."""
    accuracy = (number * 7919 % 1009) / 2018 + epoch / (2 * EPOCHS)
    loss = 1 - accuracy
    return {
        "loss": loss,
        "accuracy": accuracy,
        "validation_loss": loss,
        "validation_accuracy": accuracy,
        "learning_rate": 1e-3,
    }


def main() -> None:
    print(header())
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    print(f"\nThe driver: `plain` on digits, random sampler, {EPOCHS} epochs, no training")
    print(f"{'pruner':10} {'trials':>7} {'ms a trial':>11} {'last 100':>9} {'memory':>8}")
    for pruner in ("none", "asha"):
        seconds, last, memory = driven(trials, pruner)
        print(f"{pruner:10} {trials:7} {1000 * seconds / trials:11.1f} {10 * last:9.1f} {memory:5.0f} MB")
    print(f"\nAn ask of tpe, {ASKED_AT:,} trials recorded")
    print(f"{'space':10} {'names':>6} {'rebuilt in':>11} {'an ask':>8}")
    for name in shipped_spaces():
        names, rebuild, ask = asked(name)
        print(f"{name:10} {names:6} {rebuild:9.2f} s {1000 * ask:5.0f} ms")


def driven(trials: int, pruner: str) -> tuple[float, float, float]:
    """Seconds of all trials, of the last hundred, and MB of resident memory at the end."""
    ended: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        given = {"space": "plain", "data": "digits", "trials": trials, "epochs": EPOCHS, "pruner": pruner}
        settings = checked_settings({**given, "sampler": "random"})
        study = create_study(settings, Path(folder), None, "digits")
        with LogFile(study.log) as log:
            driver = driver_of(study)
            driver.watchers.append(log)
            driver.watchers.append(lambda event: ended.append(time.perf_counter()))
            began = time.perf_counter()
            driver.run()
    seconds = time.perf_counter() - began
    tail = max(0, int(len(ended) * (1 - 100 / trials)))
    return seconds, ended[-1] - ended[tail], psutil.Process().memory_info().rss / 1e6


def driver_of(study: Study) -> Driver:
    """A driver as a search makes it, but for the workers and the mirror."""
    records, settings, summary = study.records(), study.settings, read_summary(study.data_folder)
    sampler = make_sampler(settings, study.space, records)
    proposals = Proposals(
        study.space,
        Target.of(summary),
        sampler,
        records,
        settings.seed,
        feasibility=Feasibility(study.space, settings, records, None),
        baselines=True,
        told=lambda _: None,
    )
    pruner = make_pruner(settings.pruner, settings.most_epochs, sum(summary.counts["train"].values()))
    return Driver(study, records, proposals, sampler, pruner, InstantExecutor(), [])


def asked(name: str) -> tuple[int, float, float]:
    """How many parameters a space has, seconds to rebuild the sampler's study, and seconds of an ask."""
    space = load_space(name)
    records = [recorded(number, space) for number in range(ASKED_AT)]
    began = time.perf_counter()
    sampler = make_sampler(checked_settings({"space": name, "data": "digits"}), space, records)
    rebuilt = time.perf_counter()
    repeats = 5
    for number in range(ASKED_AT, ASKED_AT + repeats):
        space.sample(sampler.ask(number), input_shape=SHAPE, num_classes=10)
    return len(space.parameters), rebuilt - began, (time.perf_counter() - rebuilt) / repeats


def recorded(number: int, space: SearchSpace) -> TrialRecord:
    """A trial as it would have been recorded; two of three were pruned."""
    candidate = space.sample_random(number, input_shape=SHAPE, num_classes=10)
    curve = tuple(EpochRecord(epoch=e, time=0.0, metrics=metrics(number, e)) for e in (1, 2, 3))
    state = TrialState.PRUNED if number % 3 else TrialState.COMPLETE
    value = curve[-1].metrics["validation_accuracy"]
    return TrialRecord(
        trial=Trial(number=number, seed=number, candidate=candidate, started=float(number)),
        curve=curve,
        result=Result(state=state, ended=number + 1.0, value=value, best_epoch=3),
    )


if __name__ == "__main__":
    main()
