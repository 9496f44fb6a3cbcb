"""The training examples of a group: on the device, or formed in main memory block by block."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np
from numpy.typing import NDArray

from cnnsearch.training.augmentation.augmenter import Augmenter
from cnnsearch.training.engines.compiled.course import Course
from cnnsearch.training.engines.compiled.network import Array, Batch
from cnnsearch.training.engines.compiled.programs import Fetch, Tree, stacked
from cnnsearch.training.structure import without_strengths

Positions = NDArray[np.int32]
_BLOCK_BYTES = 2**26
"""The most that the examples of a block may take, of all members together."""


class Block(NamedTuple):
    """Consecutive steps of an epoch.

    Attributes:
        first: The number of the first step.
        steps: The number of steps.
        inputs: Returns `(members, at least as many steps, ...)`.
    """

    first: int
    steps: int
    inputs: Callable[[], Tree]


class Examples(Protocol):
    """The training examples of a group.

    Attributes:
        fetch: Returns the batch of a step.
        shared: What all members share.
    """

    fetch: Fetch
    shared: Tree

    def blocks(self, courses: Sequence[Course]) -> Iterator[Block]:
        """Return the next epoch of some members, in blocks whose inputs have the same shape."""


class ExamplesOnDevice:
    """All examples on the device; a step takes those that its positions name, and augments them with what was
    drawn in main memory.

    Args:
        x: The examples.
        courses: The members of the group; each has targets of its own.
    """

    def __init__(self, x: Array, courses: Sequence[Course]) -> None:
        targets, places = _distinct([course.targets for course in courses])
        self._places = {id(course): place for course, place in zip(courses, places, strict=True)}
        self._shape = x.shape[1:]
        self.shared: Tree = (x, jax.device_put(np.stack(targets)))
        self.fetch: Fetch = _Chosen.of(courses[0].augmenter)

    def blocks(self, courses: Sequence[Course]) -> Iterator[Block]:
        yield Block(0, courses[0].steps, partial(self._formed, courses))

    def _formed(self, courses: Sequence[Course]) -> Tree:
        orders = [_in_batches(course) for course in courses]
        drawn = [self._drawn(course, order) for course, order in zip(courses, orders, strict=True)]
        places = np.array([self._places[id(course)] for course in courses], np.int32)
        each_step = np.repeat(places[:, None], courses[0].steps, axis=1)
        return jax.device_put((np.stack(orders), each_step, stacked(drawn)))

    def _drawn(self, course: Course, order: Positions) -> Tree:
        """Return what the augmentations of a member draw, `(steps, batch, ...)`."""
        batches = []
        for step, chosen in enumerate(order):
            own = int((chosen >= 0).sum())
            drawn = course.augmenter.draw((own, *self._shape), course.epoch, step)
            batches.append(jax.tree.map(partial(_filled_up, size=len(chosen)), drawn))
        return stacked(batches)


class ExamplesInBlocks:
    """Examples that are too many for the device, or augmented with more numbers than they have: batches are
    formed in main memory.

    Args:
        x: The examples; may be memory-mapped.
    """

    def __init__(self, x: NDArray[Any]) -> None:
        self._x = x
        self.shared: Tree = ()
        self.fetch: Fetch = _given

    def blocks(self, courses: Sequence[Course]) -> Iterator[Block]:
        orders, steps = [_in_batches(course) for course in courses], courses[0].steps
        most = _BLOCK_BYTES // (self._x[:1].nbytes * orders[0].shape[1] * len(courses))
        size = max(1, min(steps, most))
        for first in range(0, steps, size):
            filled = range(first, min(first + size, steps))
            yield Block(first, len(filled), partial(self._formed, courses, orders, filled, size))

    def _formed(
        self, courses: Sequence[Course], orders: Sequence[Positions], steps: range, count: int
    ) -> Tree:
        """Return the batches of some steps, the last one repeated up to a number of steps."""
        members = []
        for course, order in zip(courses, orders, strict=True):
            batches = [self._batch(course, order[step], step) for step in steps]
            members.append(stacked(batches + batches[-1:] * (count - len(batches))))
        return jax.device_put(stacked(members))

    def _batch(self, course: Course, chosen: Positions, step: int) -> Batch:
        """Return a batch; only its own examples are augmented, as by `fit`, whose draws depend on them."""
        own = chosen[chosen >= 0]
        augmented = course.augmenter(self._x[own], course.targets[own], course.epoch, step)
        x, targets = (_filled_up(each, size=len(chosen)) for each in augmented)
        return Batch(x, targets, (chosen >= 0).astype(np.float32))


def _in_batches(course: Course) -> Positions:
    """Return the examples of a member's next epoch, `(steps, batch)`; -1 where there are none."""
    order, size = course.order(), min(course.plan.batch_size, course.length)
    padded = np.full(course.steps * size, -1, np.int32)
    padded[: len(order)] = order
    return padded.reshape(course.steps, size)


def _filled_up(numbers: NDArray[Any], size: int) -> NDArray[Any]:
    """Repeat what belongs to the first example up to a number of examples."""
    return np.concatenate([numbers, numbers[:1].repeat(size - len(numbers), axis=0)])


@dataclass(frozen=True)
class _Chosen:
    """Takes the examples of a step, and augments them.

    Attributes:
        kind: All on which its program depends.
        augment: Applies what was drawn.
    """

    kind: str
    augment: Callable[[Array, Array, Tree], tuple[Array, Array]] = field(compare=False)

    @staticmethod
    def of(augmenter: Augmenter) -> "_Chosen":
        kinds = [without_strengths(kind) for kind in augmenter.augmentations]
        settings = [kinds, augmenter.value_range, repr(augmenter.form)]
        return _Chosen(json.dumps(settings), augmenter.apply)

    def __call__(self, shared: Tree, inputs: Tree) -> Batch:
        (x, targets), (chosen, place, drawn) = shared, inputs
        own = chosen * (chosen >= 0)  # the first example where there is none
        return Batch(*self.augment(x[own], targets[place, own], drawn), (chosen >= 0).astype(np.float32))


def _given(shared: Tree, inputs: Tree) -> Batch:
    return Batch(*inputs)


def _distinct(arrays: Sequence[NDArray[Any]]) -> tuple[list[NDArray[Any]], list[int]]:
    """Return the different arrays, and the place of each among them."""
    found: list[NDArray[Any]] = []
    places = []
    for array in arrays:
        same = [place for place, other in enumerate(found) if np.array_equal(array, other)]
        places.append(same[0] if same else len(found))
        if not same:
            found.append(array)
    return found, places
