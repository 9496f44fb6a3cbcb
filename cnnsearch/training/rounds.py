"""The examples of each round of a training: which are trained on, in which order, and which are validated."""

import numpy as np

from cnnsearch.data import Split
from cnnsearch.tasks.base import Task
from cnnsearch.training.fidelity import Fidelity, Indices, nested_order, round_order

_SUBSET_SEED = 0


class Rounds:
    """The rounds of one training; without a fidelity each is a pass over both splits.

    Args:
        task: Its strata divide the examples.
        train: The examples to train on.
        validation: The examples to validate on.
        seed: Together with the number of the round the source of the order.
        fidelity: The examples of a round.

    Attributes:
        count: Number of rounds; None: unknown.
        length: Number of training examples in a round.
        is_checked_in_part: Whether rounds before the last one are validated on fewer examples.
    """

    def __init__(
        self, task: Task, train: Split, validation: Split, seed: int, fidelity: Fidelity | None = None
    ) -> None:
        self._seed = seed
        self._trained = _chosen(task, train, fidelity.subset if fidelity else None)
        self._validated = _chosen(task, validation, fidelity.validation if fidelity else None)
        self._checked = _chosen(task, validation, fidelity.checked if fidelity else None)
        self.count = fidelity.rounds if fidelity else None
        self.length = fidelity.round_examples if fidelity else len(train.y)
        self.is_checked_in_part = fidelity is not None and fidelity.is_checked_in_part

    def resize(self, fidelity: Fidelity) -> None:
        """Change the number of rounds."""
        self.count = fidelity.rounds

    def order(self, number: int) -> Indices:
        """Return the training examples of a round, counted from 0, in order: `(length,)` positions."""
        return self._trained[round_order(len(self._trained), self.length, number, self._seed)]

    def validated(self, number: int) -> Indices:
        """Return the ascending positions of the examples that are validated after a round."""
        is_last = self.count is None or number + 1 >= self.count
        return self._validated if is_last else self._checked


def _chosen(task: Task, split: Split, subset: int | None) -> Indices:
    """Return the ascending positions of a nested, stratified subset of a split; by default of all examples.

    The subsets are the same for all trials: they depend only on the targets.
    """
    if subset is None or subset >= len(split.y):
        return np.arange(len(split.y))
    return np.sort(nested_order(task.strata(split.y), _SUBSET_SEED)[:subset])
