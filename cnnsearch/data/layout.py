"""The meaning of the axes of arrays: signals, images or volumes, and the place of their channels.

The rule is the same for all types of values. With one axis, examples are signals; with two, greyscale images,
or signals with channels if one axis is at least four times as long as the other, or has at most four
positions and the other more; with three, images with channels; with four, volumes with channels. The channels
are last, unless the first axis has at most four positions and the last has more; those of signals are the
shorter axis.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnsearch.errors import DataError

logger = logging.getLogger(__name__)

Channels = Literal["first", "last"]
KINDS = {1: "signals", 2: "pictures", 3: "volumes"}
"""What examples with so many spatial dimensions are called."""
_LONG = 4  # times as long as the other side: the side of a signal's steps
_PLAINLY_LONG = 8
_FEW = 4  # channels, at most, that are recognised where they are first


@dataclass(frozen=True)
class Layout:
    """The axes of one example.

    Args:
        dims: The number of spatial dimensions.
        channels: The place of the channels' axis; None if there is no such axis.
    """

    dims: int
    channels: Channels | None

    def apply(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return examples with their channels last."""
        if self.channels is None:
            return x[..., np.newaxis]
        return np.moveaxis(x, 1, -1) if self.channels == "first" else x

    def text(self, shape: tuple[int, ...]) -> str:
        """Describe examples of a shape in this layout."""
        if self.channels is None:
            return describe_shape((*shape, 1))
        return describe_shape((*shape[1:], shape[0]) if self.channels == "first" else shape)

    @property
    def options(self) -> str:
        """The options that set this layout."""
        return f"--dims {self.dims}" + (f" --channels {self.channels}" if self.channels else "")


def describe_shape(shape: tuple[int, ...]) -> str:
    """Describe examples of a shape with the channels last, as `pictures 8 x 8, 1 channel`."""
    sides, channels = " x ".join(map(str, shape[:-1])), shape[-1]
    steps = " steps" if len(shape) == 2 else ""
    return f"{KINDS[len(shape) - 1]} {sides}{steps}, {channels} channel{'' if channels == 1 else 's'}"


def find_layout(
    shape: tuple[int, ...], place: str, dims: int | None = None, channels: Channels | None = None
) -> Layout:
    """Find the layout of examples of a shape; a warning names another plausible one.

    Args:
        shape: The shape of one example, as it was brought.
        place: The source, for messages.
        dims: The number of spatial dimensions, if given.
        channels: The place of the channels' axis, if given.

    Raises:
        DataError: Examples of this shape have no such layout.
    """
    possible = [
        layout
        for layout in _layouts(len(shape))
        if dims in (None, layout.dims) and (channels is None or layout.channels in (None, channels))
    ]
    if channels is not None and any(layout.channels for layout in possible):
        possible = [layout for layout in possible if layout.channels]
    if not possible:
        raise DataError(
            f"{place}: found {len(shape)} axes per example ({' x '.join(map(str, shape))}); expected "
            + (f"{dims} or {dims + 1} for {KINDS[dims]} (--dims {dims})." if dims else "one to four.")
        )
    likely = _likely(shape)
    chosen = likely if likely in possible else possible[0]
    others = [layout for layout in possible if layout != chosen and _is_plausible(layout, shape)]
    if others:
        logger.warning(
            "%s: the axes %s are read as %s; %s reads them as %s",
            place,
            " x ".join(map(str, shape)),
            chosen.text(shape),
            others[0].options,
            others[0].text(shape),
        )
    return chosen


def _layouts(axes: int) -> Iterator[Layout]:
    """Yield the layouts of examples with so many axes, the usual one first."""
    if 2 <= axes <= 4:
        yield Layout(axes - 1, "last")
        yield Layout(axes - 1, "first")
    if 1 <= axes <= 3:
        yield Layout(axes, None)


def _likely(shape: tuple[int, ...]) -> Layout:
    axes = len(shape)
    if axes == 1:
        return Layout(1, None)
    if axes == 2:
        return _likely_signals(shape) if _is_long(shape) else Layout(2, None)
    return Layout(axes - 1, "first" if shape[0] <= _FEW < shape[-1] else "last")


def _is_long(shape: tuple[int, ...]) -> bool:
    """Whether two axes are the steps and the channels of a signal rather than the sides of an image."""
    long, short = max(shape), min(shape)
    return short <= _FEW < long or long >= _LONG * short


def _likely_signals(shape: tuple[int, ...]) -> Layout:
    return Layout(1, "last" if shape[0] >= shape[1] else "first")


def _is_plausible(layout: Layout, shape: tuple[int, ...]) -> bool:
    """Whether examples of this shape, which are likely in another layout, may be in this one."""
    if len(shape) == 2:
        if layout.dims == 2:
            return min(shape) > _FEW and max(shape) < _PLAINLY_LONG * min(shape)
        return not _is_long(shape) and shape[0] != shape[1] and layout == _likely_signals(shape)
    if layout.channels == "first":
        return shape[0] < min(shape[1:]) and len(set(shape[1:])) == 1
    if layout.channels is None:
        return len(set(shape)) == 1 and shape[-1] > _FEW
    return shape[-1] <= _FEW
