"""Stored data and jobs for the tests of trials and of the worker."""

from pathlib import Path

import numpy as np

from cnnsearch.architecture import Architecture, Head, Input
from cnnsearch.architecture.blocks import Dense
from cnnsearch.data import load_data
from cnnsearch.plan.training_plan import Sgd, TrainingPlan
from cnnsearch.space import Candidate
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.training.protocol import Member, MemberResult, Train
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


def run_alone(job: Train, precision, judge, programs=None, callbacks=()) -> MemberResult:
    """Run a job with one member; `judge` takes its report and returns its verdict."""
    from cnnsearch.training.job import run_job

    def judge_all(reports):
        return {report.trial: judge(report) for report in reports}

    (result,) = run_job(job, STORE, precision, judge_all, programs, callbacks)
    return result
