"""How much training a trial gets, counted in examples seen, and which examples those are.

numpy alone: a driver that loads no Keras counts with it too.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Indices = NDArray[np.int64]


class EarlierLength(BaseModel):
    """What a training's length was before it was changed on the way.

    Attributes:
        rounds: The length.
        until: The rounds that were over when it was changed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rounds: int = Field(ge=1)
    until: int = Field(ge=1)


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
    is_augmented: bool = Field(default=True, description="Whether the plan's augmentation is applied.")
    earlier: tuple[EarlierLength, ...] = Field(
        default=(), description="The lengths in rounds that it had before, in their order."
    )

    @property
    def examples(self) -> int:
        """Training examples seen in all, each as often as it is seen."""
        return self.rounds * self.round_examples

    @property
    def is_checked_in_part(self) -> bool:
        """Whether the reports before the last one are measured on less than that."""
        return self.checked < self.validation

    @property
    def first_rounds(self) -> int:
        """The length that the training began with."""
        return self.earlier[0].rounds if self.earlier else self.rounds

    def resized(self, rounds: int, done: int) -> "Fidelity":
        """This training with another length.

        Args:
            rounds: In all, more than are done.
            done: Rounds that are over.
        """
        earlier = (*self.earlier, EarlierLength(rounds=self.rounds, until=done))
        return self.model_copy(update={"rounds": rounds, "earlier": earlier})

    def told(self) -> str:
        """The last change of its length in a line."""
        before = self.earlier[-1].rounds
        change = "shortened" if self.rounds < before else "lengthened"
        found = "slower" if self.rounds < before else "faster"
        return f"{change} to {self.examples:,} examples, as its rounds are {found} than predicted"

    def anew(self) -> "Fidelity":
        """A training that has this one's length from its beginning on."""
        return self.model_copy(update={"earlier": ()})

    def progress(self) -> list[tuple[int, float]]:
        """How far the training's schedule has come, as points of a line: rounds that are over, and the share
        from 0 to 1.

        Whenever the length is changed, what is left of the schedule is spread over the rounds that are left.
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
    """An order of examples of which every beginning is stratified.

    Of each stratum the first k of the order hold its share of k, to within one example. So subsets of all
    sizes are nested: the smaller one is a part of the larger.

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
