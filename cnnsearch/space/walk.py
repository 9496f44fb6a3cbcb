"""One pass through a space that asks a trial for every value as it is needed, and names each parameter.

What is not built is not asked for. A parameter's name is its path; where one is sampled for each repeat,
the repeat's label goes in behind the key that repeats.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsearch.errors import SpaceError
from cnnsearch.space.domains import Domain, Trial
from cnnsearch.space.grammar import Value
from cnnsearch.space.reading import MAX_NUMBER, Mark, Plain

if TYPE_CHECKING:
    from cnnsearch.space.nodes import OneOf

MAX_STEPS = 10_000

Path = tuple[str, ...]


class Label(str):
    """A piece of a path that is an item's name or a number; a baseline may leave it out."""

    __slots__ = ()


class Step(NamedTuple):
    """Where a walk is within something that repeats."""

    at: Path
    label: Label
    is_item: bool
    """Whether the label is an item's, which paths written inside that item hold already."""


class Frame:
    """The part that a walk is in, among its repeats."""

    def __init__(self) -> None:
        self.trail: tuple[Step, ...] = ()
        self.ordinal = 0
        """How many parts have been built before this one."""

    @property
    def label(self) -> str:
        """The names of the items that the part stands in, joined; empty where none is named."""
        labels = [step.label for step in self.trail]
        return "_".join(labels) if any(not label.isdigit() for label in labels) else ""


class Walk:
    """A pass that samples.

    Args:
        trial: Answers for every parameter.
    """

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self.params: dict[str, Plain] = {}
        self.frames: dict[str, Frame] = {}

    def suggest(self, path: Path, kinds: Path, domain: Domain) -> Plain:
        """The value of a parameter: asked for once, then the same wherever it is used."""
        name = ".".join(self.full_path(path, kinds)) if kinds else joined(path)
        if name not in self.params:
            self.params[name] = domain.suggest(self._trial, name)
        return self.params[name]

    def given(self, path: Path, kinds: Path, value: Plain) -> Plain:
        """A value that the space fixes."""
        return value

    def choose(self, node: "OneOf", built: list[Any], kind: str) -> None:
        """Builds the chosen item of a choice."""
        node.items[str(node.select.resolve(self, node.path))].visit(self, built, kind)

    def ordinal(self, kind: str, path: Path) -> int:
        """How many parts of a kind have been built before the present one."""
        return self.frames[kind].ordinal

    def is_first(self, kind: str) -> bool:
        """Whether no part of a kind has been built before the present one."""
        return self.frames[kind].ordinal == 0

    def keeps(self, path: Path, value: float, slot: Value) -> bool:
        """Whether a computed value keeps the rule of its slot: a survey has made sure that all do."""
        return True

    def full_path(self, path: Path, kinds: Path) -> Path:
        """A path with the labels of the repeats that it is sampled for each of."""
        for kind in reversed(kinds):
            path = labelled(path, self.frames[kind].trail)
        return path

    @contextmanager
    def within(self, kind: str) -> Iterator[None]:
        """Enters something that repeats a kind of part."""
        outer = self.frames.get(kind)
        self.frames[kind] = Frame()
        yield
        if outer is None:
            del self.frames[kind]
        else:
            self.frames[kind] = outer

    @contextmanager
    def step(self, kind: str, step: Step) -> Iterator[None]:
        """Enters one repeat or one item."""
        frame = self.frames[kind]
        outer, frame.trail = frame.trail, (*frame.trail, step)
        yield
        frame.trail = outer


@cache
def joined(path: Path) -> str:
    """A path as a parameter's name."""
    return ".".join(path)


@cache
def labelled(path: Path, trail: tuple[Step, ...]) -> Path:
    """Puts the labels of a trail into a path, each behind the key that repeats; a path written further
    out than that key gets them at its end."""
    out: list[str] = []
    done = 0
    for step in trail:
        size = len(step.at)
        if path[:size] != step.at:
            continue
        out += [*path[done:size], step.label]
        done = size + (step.is_item and path[size : size + 1] == (step.label,))
    if not out:
        return (*path, *(step.label for step in trail))
    return (*out, *path[done:])


class Slot(NamedTuple):
    """A place in a space that holds a value: a parameter, or one that is fixed."""

    path: Path
    domain: Domain | None
    value: Plain | None


class Survey(Walk):
    """A pass that visits everything a space could build, and notes each place that holds a value.

    Args:
        top: Where the space is written.

    Raises:
        SpaceError: The space could build more parts than any network has.
    """

    def __init__(self, top: Mark) -> None:
        super().__init__(_Nobody())
        self._top = top
        self._steps = 0
        self.slots: dict[str, Slot] = {}
        self.misplaced: dict[Path, str] = {}
        """Paths sampled for each of a part that they are not in, with that part's kind."""
        self.beyond: dict[Path, str] = {}
        """Paths of progressions that leave their bounds, with what was found and expected."""
        self.clashes: set[Path] = set()

    def suggest(self, path: Path, kinds: Path, domain: Domain) -> Plain:
        self._note(path, kinds, domain, None)
        return domain.largest

    def given(self, path: Path, kinds: Path, value: Plain) -> Plain:
        self._note(path, kinds, None, value)
        return value

    def ordinal(self, kind: str, path: Path) -> int:
        if kind not in self.frames:
            self.misplaced[path] = kind
            return 0
        return super().ordinal(kind, path)

    def is_first(self, kind: str) -> bool:
        return True  # any part could be, where those before it are left out

    def keeps(self, path: Path, value: float, slot: Value) -> bool:
        number = round(value) if slot.kind == "integer" and math.isfinite(value) else value
        if number <= MAX_NUMBER and slot.accepts(max(1, number) if slot.kind == "integer" else number):
            return True
        self.beyond[path] = f"the progression reaches {value:g}; expected {slot.expected}"
        return False

    @contextmanager
    def step(self, kind: str, step: Step) -> Iterator[None]:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise SpaceError(f"{self._top}: the network could have over {MAX_STEPS} parts; lower a repeat")
        with super().step(kind, step):
            yield

    def choose(self, node: "OneOf", built: list[Any], kind: str) -> None:
        node.select.resolve(self, node.path)
        frames = list(self.frames.values())
        starts = [frame.ordinal for frame in frames]
        ends = starts
        for item in node.items.values():
            for frame, start in zip(frames, starts, strict=True):
                frame.ordinal = start
            item.visit(self, built, kind)
            ends = [max(end, frame.ordinal) for end, frame in zip(ends, frames, strict=True)]
        for frame, end in zip(frames, ends, strict=True):
            frame.ordinal = end

    def _note(self, path: Path, kinds: Path, domain: Domain | None, value: Plain | None) -> None:
        missing = [kind for kind in kinds if kind not in self.frames]
        if missing:
            self.misplaced[path] = missing[0]
            return
        full = self.full_path(path, kinds)
        slot = Slot(full, domain, value)
        known = self.slots.setdefault(".".join(full), slot)
        if known != slot or [type(key) for key in known.path] != [type(key) for key in full]:
            self.clashes.add(path)


class _Nobody:
    """A trial that is never asked: a survey answers for itself."""

    def _answer(self, *args: Any, **rule: Any) -> Any:
        raise AssertionError("a survey asks nobody")

    suggest_categorical = suggest_int = suggest_float = _answer
