"""The position of a visitor in a space: the enclosing repeats and items, which determine parameter names.

The name of a parameter is its path. If a value is sampled for each repeat, the label of the repeat follows
the key that repeats.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple, final

Path = tuple[str, ...]


class Label(str):
    """A path component that is the name or number of an item; a baseline may omit it."""

    __slots__ = ()


class Step(NamedTuple):
    """One repeat or one item."""

    path: Path
    """The path of the repeated part or of the sequence."""
    label: Label
    is_item: bool
    """Whether the label is that of an item; paths inside the item already contain it."""


class _Frame:
    """The position among the parts of one kind.

    Args:
        leads: Whether no part of the kind has been built in the enclosing repeats.
    """

    def __init__(self, leads: bool) -> None:
        self.trail: tuple[Step, ...] = ()
        self.ordinal = 0
        self._leads = leads

    @property
    def is_first(self) -> bool:
        return self._leads and self.ordinal == 0


@final
class Position:
    """The position of a visitor for each kind of repeated part: stage, block, layer, branch.

    The iterators move the position: it is at an item while the loop body for that item runs.
    """

    def __init__(self) -> None:
        self._frames: dict[str, _Frame] = {}

    def __contains__(self, kind: object) -> bool:
        return kind in self._frames

    def ordinal(self, kind: str) -> int:
        """Return the number of parts of a kind built before the current one."""
        return self._frames[kind].ordinal

    def advance(self, kind: str) -> None:
        """Count a part of a kind as built."""
        self._frames[kind].ordinal += 1

    def is_first(self, kind: str) -> bool:
        """Return whether no part of a kind has been built before, here or in the enclosing repeats."""
        frame = self._frames.get(kind)
        return frame is None or frame.is_first

    def label(self, kind: str) -> str:
        """Return the joined names of the enclosing items; empty if none has a name."""
        labels = [step.label for step in self._frames[kind].trail]
        return "_".join(labels) if any(not label.isdigit() for label in labels) else ""

    def name(self, path: Path, kinds: Path) -> str:
        """Return the name of the parameter at a path that is sampled for each part of `kinds`."""
        return ".".join(self.full_path(path, kinds)) if kinds else _joined(path)

    def full_path(self, path: Path, kinds: Path) -> Path:
        """Return a path with the labels of the repeats `kinds` for which it is sampled."""
        for kind in reversed(kinds):
            path = _labelled(path, self._frames[kind].trail)
        return path

    @contextmanager
    def within(self, kind: str) -> Iterator[None]:
        """Enter a repeat or sequence of parts of a kind."""
        outer = self._frames.get(kind)
        self._frames[kind] = _Frame(leads=outer is None or outer.is_first)
        yield
        if outer is None:
            del self._frames[kind]
        else:
            self._frames[kind] = outer

    def repeats(self, kind: str, path: Path, count: int) -> Iterator[int]:
        """Yield the number of each repeat of a part."""
        frame = self._frames[kind]
        outer = frame.trail
        for number in range(count):
            frame.trail = (*outer, Step(path, Label(number), is_item=False))
            yield number
        frame.trail = outer

    def items(self, kind: str, path: Path, labels: Iterable[Label]) -> Iterator[Label]:
        """Yield the label of each item of a sequence."""
        frame = self._frames[kind]
        outer = frame.trail
        for label in labels:
            frame.trail = (*outer, Step(path, label, is_item=True))
            yield label
        frame.trail = outer

    def alternatives(self, labels: Iterable[str]) -> Iterator[str]:
        """Yield the label of each item of a choice, all at the same position; then advance by the longest."""
        frames = list(self._frames.values())
        starts = ends = [frame.ordinal for frame in frames]
        for label in labels:
            for frame, start in zip(frames, starts, strict=True):
                frame.ordinal = start
            yield label
            ends = [max(end, frame.ordinal) for end, frame in zip(ends, frames, strict=True)]
        for frame, end in zip(frames, ends, strict=True):
            frame.ordinal = end


@cache
def _joined(path: Path) -> str:
    return ".".join(path)


@cache
def _labelled(path: Path, trail: tuple[Step, ...]) -> Path:
    """Insert the labels of a trail into a path, each after the key that repeats.

    A path at a level outside of that key gets the labels at its end.
    """
    out: list[str] = []
    done = 0
    for step in trail:
        size = len(step.path)
        if path[:size] != step.path:
            continue
        out += [*path[done:size], step.label]
        done = size + (step.is_item and path[size : size + 1] == (step.label,))
    if not out:
        return (*path, *(step.label for step in trail))
    return (*out, *path[done:])
