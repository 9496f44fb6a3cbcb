"""The length of a trial's training, counted in examples seen, and the choice of those examples.

Uses numpy only, so that the driver, which does not load Keras, can use it too.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Indices = NDArray[np.int64]


class EarlierLength(BaseModel):
    """A length of training before it was changed during the run.

    Attributes:
        rounds: The length in rounds.
        until: The number of finished rounds when it was changed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rounds: int = Field(ge=1)
    until: int = Field(ge=1)


class Fidelity(BaseModel):
    """The size of one training run.

    Each round ends with a validation and a report; in records a round takes the place of an epoch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rounds: int = Field(ge=1, description="Reports until the end of training.")
    round_examples: int = Field(ge=1, description="Training examples seen between two reports.")
    subset: int = Field(ge=1, description="Distinct training examples seen.")
    validation: int = Field(ge=1, description="Validation examples of the last report.")
    checked: int = Field(ge=1, description="Validation examples of each report before the last.")
    is_augmented: bool = Field(default=True, description="Whether the plan's augmentation is applied.")
    earlier: tuple[EarlierLength, ...] = Field(
        default=(), description="Previous lengths, in rounds, in order of change."
    )

    @property
    def examples(self) -> int:
        """Training examples seen in total, counting repetitions."""
        return self.rounds * self.round_examples

    @property
    def is_checked_in_part(self) -> bool:
        """Whether the reports before the last one use fewer validation examples than the last."""
        return self.checked < self.validation

    @property
    def first_rounds(self) -> int:
        """The length at the start of training."""
        return self.earlier[0].rounds if self.earlier else self.rounds

    def resized(self, rounds: int, done: int) -> "Fidelity":
        """Return this training with another length.

        Args:
            rounds: The new total, greater than `done`.
            done: The number of finished rounds.
        """
        earlier = (*self.earlier, EarlierLength(rounds=self.rounds, until=done))
        return self.model_copy(update={"rounds": rounds, "earlier": earlier})

    def told(self) -> str:
        """Describe the last change of the length in one line."""
        before = self.earlier[-1].rounds
        change = "shortened" if self.rounds < before else "lengthened"
        speed = "slower" if self.rounds < before else "faster"
        return f"{change} to {self.examples:,} examples, because its rounds are {speed} than predicted"

    def anew(self) -> "Fidelity":
        """Return a training that has this length from the start."""
        return self.model_copy(update={"earlier": ()})

    def progress(self) -> list[tuple[int, float]]:
        """Return the progress of the schedule as points of a piecewise linear function from finished rounds
        to the completed fraction, from 0 to 1.

        When the length changes, the rest of the schedule is spread over the remaining rounds.
        """
        points = [(0, 0.0)]
        for length in self.earlier:
            done, share = points[-1]
            slope = (1.0 - share) / (length.rounds - done)
            points.append((length.until, share + slope * (length.until - done)))
        return [*points, (self.rounds, 1.0)]

    @property
    def passes(self) -> float:
        """How often each example of the subset is seen."""
        return self.examples / self.subset


def nested_order(strata: NDArray[np.integer], seed: int) -> Indices:
    """Return an order of examples in which every prefix is stratified.

    A prefix of length k contains each stratum in proportion, to within one example. Subsets of all sizes are
    therefore nested: each is part of every larger one.

    Args:
        strata: `(examples,)`; the stratum of each example.
        seed: The same seed and the same strata give the same order.

    Returns:
        `(examples,)`; positions in `strata`.
    """
    shuffled = np.random.default_rng(seed).permutation(len(strata))
    in_order = strata[shuffled]
    places = np.empty(len(strata))
    for index in np.unique(in_order):
        members = np.flatnonzero(in_order == index)
        places[members] = (np.arange(len(members)) + 0.5) / len(members)
    return shuffled[np.argsort(places, kind="stable")]


def round_order(size: int, length: int, number: int, seed: int) -> Indices:
    """Return the examples of one round of a training that repeats `size` examples.

    Each pass over the examples has its own order, drawn from the seed and the number of the pass. The
    sequence of passes is cut into rounds; a round can be a part of a pass or span several.

    Args:
        size: Number of examples in a pass.
        length: Number of examples in a round.
        number: Index of the round, from 0.
        seed: The training seed.

    Returns:
        `(length,)`; positions from 0 to `size - 1`.
    """
    start = number * length
    first, last = start // size, (start + length - 1) // size
    passes = np.concatenate([_pass_order(size, place, seed) for place in range(first, last + 1)])
    return passes[start - first * size :][:length]


def _pass_order(size: int, number: int, seed: int) -> Indices:
    return np.random.default_rng((seed, number)).permutation(size)
