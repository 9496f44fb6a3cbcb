"""The pruners, which end trials early, by name: pure functions of the recorded curves. To add one, write a
class in a module here and add its name to the registry below.

A pruner depends only on the recorded curves, so it works with several workers, for groups of trials and after
a resume.
"""

from collections.abc import Callable

from cnnsearch.search.pruners.asha import Asha
from cnnsearch.search.pruners.base import Curve, Pruner
from cnnsearch.search.pruners.hyperband import Hyperband
from cnnsearch.search.pruners.median import Median
from cnnsearch.search.pruners.none import NoPruning
from cnnsearch.search.pruners.rungs import first_rung
from cnnsearch.search.pruners.wilcoxon import Wilcoxon

__all__ = ["PRUNERS", "Curve", "Pruner", "Wilcoxon", "make_fold_pruner", "make_pruner"]

MakePruner = Callable[[int, int], Pruner]
"""Takes the first epoch after which trials are compared, and the most epochs of a trial."""

PRUNERS: dict[str, MakePruner] = {
    "asha": Asha,
    "hyperband": Hyperband,
    "median": Median,
    "none": lambda first_rung, epochs: NoPruning(),
}


def make_pruner(name: str, epochs: int, examples: int) -> Pruner:
    """Make a pruner by its name, with the default rungs.

    Args:
        name: The pruner.
        epochs: The most epochs of a trial.
        examples: The examples that a trial trains on.
    """
    return PRUNERS[name](first_rung(epochs, examples), epochs)


def make_fold_pruner(name: str, folds: int) -> Wilcoxon | None:
    """Make the pruner that decides after each fold; None for a single fold or without pruning."""
    return Wilcoxon() if folds > 1 and name != "none" else None
