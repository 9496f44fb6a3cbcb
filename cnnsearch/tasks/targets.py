"""The forms of encoded targets, and how targets follow the augmentations of their examples.

Coordinates are pixels of the example, continuous: pixel i covers [i, i + 1). Arrays are of any library of the
array API, such as numpy, or JAX inside a program.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

Array = Any
"""An array of numpy, or of another library of the array API."""

UNUSED_BOX = (0.0, 0.0, 0.0, 0.0, -1.0)
"""The row of no box."""
LEAST_SHARE = 0.25
"""The smallest share of a box's area that remains inside the example; a box of less is left out."""
LEAST_SIDE = 1.0
"""The shortest side of a box that was moved, in pixels; a shorter one is left out."""


class Motion(Protocol):
    """An augmentation of a batch that moves the values of each example to other positions."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of the spatial dimensions."""

    @property
    def mirrored(self) -> Array | None:
        """Which examples are mirrored, `(batch,)`; None: none is."""

    def points(self, places: Sequence[Array]) -> Sequence[Array]:
        """Return where points lie after the augmentation, inside the example or outside.

        Args:
            places: The coordinates along each spatial axis, `(batch, ...)` each.
        """

    def maps(self, values: Array) -> Array:
        """Return values after the augmentation: those of the nearest positions, 0 outside of the example.

        Args:
            values: `(batch, *spatial, values)`, float32.
        """


class TargetForm(ABC):
    """What the encoded targets of a task are.

    Attributes:
        can_be_mixed: Whether the weighted mean of two targets is a target, as mixup and cutmix need.
    """

    can_be_mixed: ClassVar[bool] = False

    @abstractmethod
    def moved(self, targets: Array, motions: Sequence[Motion]) -> Array:
        """Return targets after augmentations of their examples, in the same shape and type.

        Args:
            targets: The targets of a batch.
            motions: The augmentations that move values, in order.
        """


@dataclass(frozen=True)
class Vectors(TargetForm):
    """One target for the whole example, `(n, ...)`, wherever its values are."""

    can_be_mixed: ClassVar[bool] = True

    def moved(self, targets: Array, motions: Sequence[Motion]) -> Array:
        return targets


VECTORS: TargetForm = Vectors()
"""The form of targets unless a task says another one."""


@dataclass(frozen=True)
class Maps(TargetForm):
    """Values of each position, `(n, *spatial)` or `(n, *spatial, k)`, uint8.

    Attributes:
        outside: The values of a position that shows nothing of the example; one, or one for each of the k.
    """

    outside: tuple[int, ...] = (255,)

    def moved(self, targets: Array, motions: Sequence[Motion]) -> Array:
        """Move each value to the nearest position."""
        if not motions:
            return targets
        outside = np.array(self.outside, np.int32)
        shape = targets.shape
        positions = targets.reshape(*shape[: len(motions[0].sizes) + 1], -1).astype(np.int32)
        values = ((positions - outside) % 256).astype(np.float32)  # what lies outside is 0
        for motion in motions:
            values = motion.maps(values)
        found = values.__array_namespace__().rint(values).astype(np.int32)
        return ((found + outside) % 256).astype(targets.dtype).reshape(shape)


@dataclass(frozen=True)
class Boxes(TargetForm):
    """Boxes of pictures, `(n, boxes, 5)`, float32: x0, y0, x1, y1 and the index of the class; -1: no box."""

    def moved(self, targets: Array, motions: Sequence[Motion]) -> Array:
        """Move the corners of each box; the new box encloses them, as far as it is inside the example.

        A box of which less than `LEAST_SHARE` remains after all augmentations, or with a side shorter than
        `LEAST_SIDE`, becomes an unused row.
        """
        if not motions:
            return targets
        library = targets.__array_namespace__()
        x0, y0, x1, y1, classes = (targets[..., i] for i in range(5))
        starts, ends = [y0, x0], [y1, x1]
        share: Array = np.float32(1)
        for motion in motions:
            before = _enclosed(motion, starts, ends)
            starts, ends = (
                [library.clip(each, 0, size) for each, size in zip(edges, motion.sizes, strict=True)]
                for edges in before
            )
            share = share * _area(starts, ends) / library.maximum(_area(*before), np.float32(1e-12))
        is_kept = (classes >= 0) & (share >= LEAST_SHARE)
        for start, end in zip(starts, ends, strict=True):
            is_kept = is_kept & (end - start >= LEAST_SIDE)
        boxes = library.stack([starts[1], starts[0], ends[1], ends[0], classes], axis=-1)
        found = library.where(is_kept[..., None], boxes, np.array(UNUSED_BOX, np.float32))
        return found.astype(targets.dtype)


@dataclass(frozen=True)
class Keypoints(TargetForm):
    """Keypoints of instances in pictures, `(n, instances, keypoints, 3)`, float32: x, y, visibility.

    Keypoints that are not labelled are 0, 0, 0.

    Attributes:
        swaps: Pairs of indices of keypoints that exchange places in a mirrored picture, as those
            of the left and the right hand.
    """

    swaps: tuple[tuple[int, int], ...] = ()

    def moved(self, targets: Array, motions: Sequence[Motion]) -> Array:
        """Move each keypoint; one that leaves the example becomes not labelled."""
        if not motions:
            return targets
        library = targets.__array_namespace__()
        found = targets
        for motion in motions:
            found = self._swapped(found, motion.mirrored)
            x, y, visibility = (found[..., i] for i in range(3))
            places = motion.points((y, x))
            is_kept = visibility > 0
            for place, size in zip(places, motion.sizes, strict=True):
                is_kept = is_kept & (place >= 0) & (place <= size)
            y, x = (
                library.minimum(place, _last_inside(size))
                for place, size in zip(places, motion.sizes, strict=True)
            )
            moved = library.stack([x, y, visibility], axis=-1)
            found = library.where(is_kept[..., None], moved, np.float32(0))
        return found.astype(targets.dtype)

    def _swapped(self, targets: Array, mirrored: Array | None) -> Array:
        """Exchange the pairs of mirrored examples."""
        if mirrored is None or not self.swaps:
            return targets
        order = np.arange(targets.shape[-2])
        for left, right in self.swaps:
            order[[left, right]] = right, left
        library = targets.__array_namespace__()
        return library.where(mirrored[:, None, None, None], targets[:, :, order], targets)


def _enclosed(
    motion: Motion, starts: Sequence[Array], ends: Sequence[Array]
) -> tuple[list[Array], list[Array]]:
    """Return where boxes start and end along rows and columns after their corners moved."""
    library = starts[0].__array_namespace__()
    rows = library.stack([starts[0], starts[0], ends[0], ends[0]], axis=-1)
    columns = library.stack([starts[1], ends[1], starts[1], ends[1]], axis=-1)
    moved = motion.points((rows, columns))
    return [each.min(axis=-1) for each in moved], [each.max(axis=-1) for each in moved]


def _area(starts: Sequence[Array], ends: Sequence[Array]) -> Array:
    return math.prod(end - start for start, end in zip(starts, ends, strict=True))


def _last_inside(size: int) -> np.float32:
    """Return the largest coordinate inside; a flip moves 0 to `size`, which belongs to no pixel."""
    return np.float32(np.nextafter(np.float32(size), np.float32(0)))
