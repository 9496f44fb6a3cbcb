"""The training examples of a group: on the device, or formed in main memory block by block."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np
from numpy.typing import NDArray

from cnnsearch.training.engines.compiled.course import Course
from cnnsearch.training.engines.compiled.network import Array
from cnnsearch.training.engines.compiled.programs import Fetch, Tree, stacked
from cnnsearch.training.fidelity import Indices

_BLOCK_BYTES = 2**26
"""The most that the examples of a block may take, of all members together."""


class Block(NamedTuple):
    """Consecutive steps of an epoch with batches of one size.

    Attributes:
        first: The number of the first step.
        steps: The number of steps.
        shape: The number of steps of its inputs, and the batch size.
        inputs: Returns `(members, at least as many steps, ...)`.
    """

    first: int
    steps: int
    shape: tuple[int, int]
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
        """Return the next epoch of some members."""


class ExamplesOnDevice:
    """All examples on the device; a step takes those that its positions name.

    Args:
        x: The examples.
        courses: The members of the group; each has targets of its own.
    """

    def __init__(self, x: Array, courses: Sequence[Course]) -> None:
        targets, self._places = _distinct([course.targets for course in courses])
        self._courses = {id(course): place for course, place in zip(courses, self._places, strict=True)}
        self.shared: Tree = (x, jax.device_put(np.stack(targets)))
        self.fetch: Fetch = _chosen

    def blocks(self, courses: Sequence[Course]) -> Iterator[Block]:
        size, length = courses[0].plan.batch_size, courses[0].length
        orders = np.stack([course.order() for course in courses]).astype(np.int32)
        places = np.array([self._courses[id(course)] for course in courses], np.int32)
        for first, count, batch in _equal_batches(length, size):
            begin = first * size
            cut = orders[:, begin : begin + count * batch].reshape(len(courses), count, batch)
            inputs = cut, np.repeat(places[:, None], count, axis=1)
            yield Block(first, count, (count, batch), partial(jax.device_put, inputs))


class ExamplesInBlocks:
    """Examples that are augmented, or too many for the device: batches are formed in main memory.

    Args:
        x: The examples; may be memory-mapped.
        courses: The members of the group.
    """

    def __init__(self, x: NDArray[Any]) -> None:
        self._x = x
        self.shared: Tree = ()
        self.fetch: Fetch = _given

    def blocks(self, courses: Sequence[Course]) -> Iterator[Block]:
        size, length = courses[0].plan.batch_size, courses[0].length
        orders = [course.order() for course in courses]
        most = max(1, _BLOCK_BYTES // (self._x[:1].nbytes * size * len(courses)))
        for first, count, batch in _equal_batches(length, size):
            steps = min(most, count)
            for begin in range(first, first + count, steps):
                filled = min(steps, first + count - begin)
                form = partial(self._formed, courses, orders, range(begin, begin + filled), steps)
                yield Block(begin, filled, (steps, batch), form)

    def _formed(self, courses: Sequence[Course], orders: Sequence[Indices], steps: range, count: int) -> Tree:
        """Return the batches of some steps, the last one repeated up to a number of steps."""
        members = []
        for course, order in zip(courses, orders, strict=True):
            batches = [self._batch(course, order, step) for step in steps]
            members.append(stacked(batches + batches[-1:] * (count - len(batches))))
        return jax.device_put(stacked(members))

    def _batch(self, course: Course, order: Indices, step: int) -> tuple[NDArray[Any], NDArray[Any]]:
        size = course.plan.batch_size
        chosen = order[step * size : (step + 1) * size]
        return course.augmented(self._x[chosen], course.targets[chosen], step)


def _chosen(shared: Tree, inputs: Tree) -> tuple[Array, Array]:
    (x, targets), (chosen, place) = shared, inputs
    return x[chosen], targets[place, chosen]


def _given(shared: Tree, inputs: Tree) -> tuple[Array, Array]:
    x, targets = inputs
    return x, targets


def _equal_batches(length: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Return the first step, the number of steps and the batch size: of the full batches, of the rest."""
    full, rest = divmod(length, size)
    if full:
        yield 0, full, size
    if rest:
        yield full, 1, rest


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
