"""One pass through a space that asks a trial for every value as it is needed, and names each parameter.

What is not built is not asked for. A parameter's name is its path; where one is sampled for each repeat,
the repeat's label goes in behind the key that repeats.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, Protocol

from cnnsearch.space.domains import Domain, TrialLike
from cnnsearch.space.reading import Plain
from cnnsearch.space.slots import Value

Path = tuple[str, ...]


class Selection(Protocol):
    """A choice between items, by label: `nodes.OneOf`."""

    @property
    def path(self) -> Path:
        """Where it stands."""

    @property
    def select(self) -> Any:
        """Gives the label of the chosen item."""

    @property
    def items(self) -> Mapping[str, Any]:
        """The nodes by their labels."""


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
    """The part that a walk is in, among its repeats.

    Args:
        leads: Whether no part of the kind has been built around these repeats either.

    Attributes:
        ordinal: How many parts have been built before this one.
    """

    def __init__(self, leads: bool) -> None:
        self.trail: tuple[Step, ...] = ()
        self.ordinal = 0
        self._leads = leads

    @property
    def is_first(self) -> bool:
        """Whether no part of the kind has been built before, here or around."""
        return self._leads and self.ordinal == 0

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

    def __init__(self, trial: TrialLike) -> None:
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

    def choose(self, node: Selection, built: list[Any], kind: str) -> None:
        """Builds the chosen item of a choice."""
        node.items[str(node.select.resolve(self, node.path))].visit(self, built, kind)

    def ordinal(self, kind: str, path: Path) -> int:
        """How many parts of a kind have been built before the present one."""
        return self.frames[kind].ordinal

    def is_first(self, kind: str) -> bool:
        """Whether no part of a kind has been built before the present one."""
        return self.frames[kind].is_first

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
        self.frames[kind] = Frame(leads=outer is None or outer.is_first)
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
