"""How much training a trial gets, counted in examples seen, and which examples those are.

numpy alone: a driver that loads no Keras counts with it too.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Indices = NDArray[np.int64]


class Fidelity(BaseModel):
    """The size of one training.

    Each round ends with a validation and a report; in records a round is what an epoch is to a trial that is
    trained by epochs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rounds: int = Field(ge=1, description="Reports until the training's end.")
    round_examples: int = Field(ge=1, description="Training examples seen between two reports.")
    subset: int = Field(ge=1, description="Different training examples that are seen.")
    validation: int = Field(ge=1, description="Validation examples that the last report is measured on.")
    checked: int = Field(ge=1, description="Validation examples that the reports before it are measured on.")

    @property
    def examples(self) -> int:
        """Training examples seen in all, each as often as it is seen."""
        return self.rounds * self.round_examples

    @property
    def is_checked_in_part(self) -> bool:
        """Whether the reports before the last one are measured on less than that."""
        return self.checked < self.validation

    @property
    def passes(self) -> float:
        """How often each example of the subset is seen."""
        return self.examples / self.subset


def nested_order(y: NDArray[np.integer], seed: int) -> Indices:
    """An order of examples of which every beginning is stratified.

    Of each class the first k of the order hold its share of k, to within one example. So subsets of all
    sizes are nested: the smaller one is a part of the larger.

    Args:
        y: `(examples,)`; the examples' class indices.
        seed: The same seed and the same `y` give the same order.

    Returns:
        `(examples,)`; positions in `y`.
    """
    shuffled = np.random.default_rng(seed).permutation(len(y))
    classes = y[shuffled]
    places = np.empty(len(y))
    for index in np.unique(classes):
        members = np.flatnonzero(classes == index)
        places[members] = (np.arange(len(members)) + 0.5) / len(members)
    return shuffled[np.argsort(places, kind="stable")]


def round_order(size: int, length: int, number: int, seed: int) -> Indices:
    """The examples of one round of a training that sees `size` of them again and again.

    Each pass over the examples has an order of its own, drawn from the seed and the pass's number; the
    passes are cut into rounds. A round can be a part of a pass, or reach over several.

    Args:
        size: Examples in a pass.
        length: Examples in a round.
        number: The round's number, from 0.
        seed: The training's.

    Returns:
        `(length,)`; positions from 0 to `size - 1`.
    """
    start = number * length
    first, last = start // size, (start + length - 1) // size
    passes = np.concatenate([_pass_order(size, place, seed) for place in range(first, last + 1)])
    return passes[start - first * size :][:length]


def _pass_order(size: int, number: int, seed: int) -> Indices:
    return np.random.default_rng((seed, number)).permutation(size)
