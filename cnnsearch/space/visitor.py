"""Visitors of a space: its nodes call them for each value and for each choice of parts."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from cnnsearch.space.domains import Domain, Plain
from cnnsearch.space.position import Label, Path, Position
from cnnsearch.space.slots import ValueSlot


class Visitor(ABC):
    """A visitor of a space.

    The nodes define the structure of a space; a visitor selects the values and the parts to build, and
    records results.

    Attributes:
        position: The position among the repeated parts.
    """

    def __init__(self) -> None:
        self.position = Position()

    @abstractmethod
    def suggest(self, path: Path, kinds: Path, domain: Domain) -> Plain:
        """Return the value of a parameter.

        Args:
            path: The path of the parameter.
            kinds: The kinds of part for each of which it has a separate value.
            domain: The domain of the parameter.
        """

    @abstractmethod
    def fixed(self, path: Path, kinds: Path, value: Plain) -> Plain:
        """Return a value that the space fixes."""

    @abstractmethod
    def ordinal(self, path: Path, kind: str) -> int:
        """Return the number of parts of a kind before the current one, for the value at a path."""

    @abstractmethod
    def is_first(self, kind: str) -> bool:
        """Return whether the current part can be the first of its kind."""

    @abstractmethod
    def accepts(self, path: Path, value: float, slot: ValueSlot) -> bool:
        """Return whether the value of a progression is within the bounds of its slot."""

    @abstractmethod
    def alternatives(self, chosen: str, labels: Iterable[str]) -> Iterable[str]:
        """Return the labels of the items of a choice to build, in order.

        Args:
            chosen: The label of the selected item.
            labels: The labels of all items.
        """

    @abstractmethod
    def repeats(self, kind: str, path: Path, count: int) -> Iterable[int]:
        """Return the numbers of the repeats of a part; iteration moves the position to each."""

    @abstractmethod
    def items(self, kind: str, path: Path, labels: Iterable[Label]) -> Iterable[Label]:
        """Return the labels of the items of a sequence; iteration moves the position to each."""
