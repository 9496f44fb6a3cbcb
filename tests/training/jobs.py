"""Stored data and jobs for the tests of trials and of the worker."""

from pathlib import Path

import numpy as np

from cnnsearch.architecture import Architecture, Head, Input
from cnnsearch.architecture.blocks import Dense
from cnnsearch.data import load_data
from cnnsearch.plan.training_plan import Sgd, TrainingPlan
from cnnsearch.space import Candidate
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.training.protocol import Train
from tests.training.networks import CLASSES, make_split

ARCHITECTURE = Architecture(
    input=Input(shape=(6, 6, 1), scale=(1 / 255,)),
    head=Head(dense=(Dense(units=8, dropout=0.2),)),
    outputs=Classification.of(CLASSES).outputs,
)

PLAN = TrainingPlan(batch_size=16, optimizer=Sgd(learning_rate=0.05))


def store_data(folder: Path, examples: int = 90) -> Path:
    """Write a file, load it as a user would, and store it; return the folder for workers."""
    split = make_split(examples, 0)
    np.savez(folder / "data.npz", x=split.x, y=split.y)
    return load_data(folder / "data.npz").store(folder)


def make_job(data: Path, directory: Path, *, architecture=ARCHITECTURE, plan=PLAN, **changes) -> Train:
    """Return a job of four short epochs."""
    directory.mkdir(exist_ok=True)
    fields = {
        "trial": 0,
        "candidate": Candidate(architecture=architecture, training=plan, params={}),
        "data": data,
        "directory": directory,
        "epochs": 4,
        "seed": 0,
        "metric": "validation_loss",
        "direction": "minimize",
    }
    return Train(**fields | changes)
