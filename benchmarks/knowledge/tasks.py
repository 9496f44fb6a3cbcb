"""The tasks: parts of the datasets, as .npz files with three splits."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from knowledge import sources
from knowledge.sources import Arrays, Sources

VALIDATION = 500
"""The most validation examples of a task."""
SHARES = (0.6, 0.25)
"""What train and validation are of all examples where these are few."""


@dataclass(frozen=True)
class Task:
    """A part of a dataset.

    Attributes:
        origin: The data it is from; tasks of one origin are left out together.
        read: Reads the dataset.
        examples: Training examples, at most; a third of these is added for validation, or more.
        classes: The first so many classes alone; None: all.
        epochs: The budget of a training.
        space: Where the configurations are drawn from.
        most_macs: The most MACs of a network, for the duration of its training.
    """

    origin: str
    read: Callable[[Sources], Arrays]
    examples: int
    classes: int | None = None
    epochs: int = 8
    space: str = "auto"
    most_macs: int = 15_000_000

    @property
    def reading(self) -> dict[str, Any]:
        """Settings that say how its arrays are read."""
        return {"dims": 1, "channels": "last"} if self.space == "signal1d" else {}

    @property
    def name(self) -> str:
        """The name of its study."""
        kind = self.read.__name__.replace("_", "-") if self.read.__name__ != "read" else self.origin
        return f"{kind}-{self.examples}" + (f"-{self.classes}-classes" if self.classes else "")


def signal(
    origin: str, read: Callable[[Sources], Arrays], examples: int = 1_200, epochs: int = 24, **more: int
) -> Task:
    return Task(origin, read, examples, epochs=epochs, space="signal1d", **more)


FIRST = (  # one of each origin
    Task("mnist", sources.mnist, 1_200),
    Task("cifar10", sources.cifar10, 1_200),
    Task("fashion", sources.fashion, 1_200),
    Task("digits", sources.digits, 1_000, epochs=12),
    Task("animals", sources.animals, 1_200),
    Task("bccd", sources.cells, 1_000, most_macs=45_000_000),
    Task("emoji", sources.emoji_alpha, 1_800),
    Task("membrane", sources.membranes, 1_200),
    Task("spoken", sources.spoken_maps, 1_200),
    Task("scanned", sources.scanned, 1_200),
    Task("mouse", sources.mouse, 350, epochs=24),
    Task("faces", sources.faces, 120, epochs=30),
    signal("gunpoint", sources.series("GunPoint")),
    signal("arrowhead", sources.series("ArrowHead")),
    signal("italy", sources.series("ItalyPowerDemand")),
    signal("osuleaf", sources.series("OSULeaf")),
    signal("motions", sources.series("BasicMotions")),
    signal("vowels", sources.series("JapaneseVowels")),
)
MORE = (
    Task("emoji", sources.emoji, 1_800),
    Task("cifar10", sources.cifar10, 4_800, epochs=3),
    Task("mnist", sources.mnist, 4_800, epochs=3),
    Task("fashion", sources.fashion, 4_800, epochs=3),
    Task("cifar10", sources.cifar10, 300, 2, epochs=24),
    Task("mnist", sources.mnist, 300, epochs=24),
    Task("fashion", sources.fashion, 300, 4, epochs=24),
    Task("animals", sources.animals, 300, epochs=24),
    Task("membrane", sources.membranes, 300, epochs=24),
    Task("digits", sources.digits, 300, 5, epochs=24),
    Task("bccd", sources.cells, 300, 2, epochs=15),
    Task("scanned", sources.scanned, 300, epochs=24),
    Task("cifar10", sources.cifar10, 1_200, 5),
    Task("spoken", sources.spoken_maps, 300, 3, epochs=24),
    signal("spoken", sources.spoken, epochs=6, most_macs=60_000_000),
)
TASKS = {task.name: task for task in (*FIRST, *MORE)}
"""The tasks by name, in the order in which they are trained."""


def prepared(task: Task, folder: Path, places: Sources) -> Path:
    """Return the .npz file of a task, made where it is not there."""
    file = folder / f"{task.name}.npz"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(file, **_splits(task, *_read(task.read, tuple(places.items()))))
    return file


@cache
def _read(read: Callable[[Sources], Arrays], places: tuple[tuple[str, Path], ...]) -> Arrays:
    return read(dict(places))


def _splits(task: Task, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    order = np.random.default_rng(0).permutation(len(y))
    if task.classes is not None:
        order = order[np.isin(y[order], np.unique(y)[: task.classes])]
    train = min(task.examples, round(SHARES[0] * len(order)))
    validation = min(VALIDATION, round(SHARES[1] * len(order)))
    parts = np.split(order, [train, train + validation, train + 2 * validation])
    return {
        f"{kind}_{name}": values[part]
        for name, part in zip(("train", "val", "test"), parts, strict=False)
        for kind, values in (("x", x), ("y", y))
    }
