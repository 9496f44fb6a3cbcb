"""Stored data and jobs for the tests of trials and of the worker."""

from pathlib import Path

import numpy as np

from cnnsearch.architecture import Architecture, Head, Input
from cnnsearch.architecture.blocks import Dense
from cnnsearch.data import load_data
from cnnsearch.plan.training_plan import Sgd, TrainingPlan
from cnnsearch.space import Candidate
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.protocol import Member, MemberResult, Train, Verdict
from cnnsearch.training.store import FolderStore
from tests.training.networks import CLASSES, make_split

ARCHITECTURE = Architecture(
    input=Input(shape=(6, 6, 1), scale=(1 / 255,)),
    head=Head(dense=(Dense(units=8, dropout=0.2),)),
    outputs=Classification.of(CLASSES).outputs,
)

STORE = FolderStore(Path("/"), Path("/"))
"""Finds the files of all jobs made here, whose names are paths from the root."""

PLAN = TrainingPlan(batch_size=16, optimizer=Sgd(learning_rate=0.05))


def store_data(folder: Path, examples: int = 90) -> Path:
    """Write a file, load it as a user would, and store it; return the folder for workers."""
    split = make_split(examples, 0)
    np.savez(folder / "data.npz", x=split.x, y=split.y)
    return load_data(folder / "data.npz").store(folder)


def make_job(data: Path, *directories: Path, architecture=ARCHITECTURE, plan=PLAN, **changes) -> Train:
    """Return a job of four short epochs, with a member for each folder; their trials count from 0."""
    own = {name: changes.pop(name) for name in ("trial", "epochs", "fidelity", "seed") if name in changes}
    members = []
    for number, directory in enumerate(directories):
        directory.mkdir(exist_ok=True)
        fields = {
            "trial": number,
            "candidate": Candidate(architecture=architecture, training=plan, params={}),
            "place": name_of(directory),
            "epochs": 4,
            "seed": number,
        }
        members.append(Member(**fields | own))
    fields = {"data": name_of(data), "metric": "validation_loss", "direction": "minimize"}
    return Train(members=members, **fields | changes)


def name_of(folder: Path) -> str:
    """Return a folder's name in the store of these tests."""
    return folder.relative_to("/").as_posix()


def run_members(job: Train, judges, precision="float32", programs=None, callbacks=()):
    """Run a job; `judges` take the reports of their trial and return verdicts.

    Returns:
        The results in the order of the ends, and the number of members that reported in each epoch.
    """
    from cnnsearch.training.job import run_job

    counts = []

    def judge(reports):
        counts.append(len(reports))
        return {report.trial: judges[report.trial](report) for report in reports}

    return list(run_job(job, STORE, precision, judge, programs, callbacks)), counts


def run_alone(job: Train, precision, judge, programs=None, callbacks=()) -> MemberResult:
    """Run a job with one member."""
    (trial,) = job.trials
    (result,), _ = run_members(job, {trial: judge}, precision, programs, callbacks)
    return result


class Judge:
    """Keep the reports, and continue by default."""

    def __init__(self, **decisions):
        self.reports, self._decisions = [], decisions

    def __call__(self, report):
        self.reports.append(report)
        decision = self.decide(report)
        if isinstance(decision, Fidelity):
            return Verdict(trial=report.trial, decision="continue", fidelity=decision)
        return Verdict(trial=report.trial, decision=decision)

    def decide(self, report):
        return self._decisions.get(f"epoch_{report.epoch}", "continue")

    @property
    def curve(self):
        return [report.metrics for report in self.reports]


def places(judge):
    """Return the fold and the epoch of each report."""
    return [(report.fold, report.epoch) for report in judge.reports]


def stopping_at(fold, epoch, decision):
    """Return a judge with one decision other than to continue."""

    class Stopping(Judge):
        def decide(self, report):
            return decision if (report.fold, report.epoch) == (fold, epoch) else "continue"

    return Stopping()


def files(folder):
    """Return the names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())
