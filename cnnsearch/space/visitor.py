"""A pass through the nodes of a space, which call it for each value and each choice of what to build."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from cnnsearch.space.domains import Domain, Plain
from cnnsearch.space.position import Label, Path, Position
from cnnsearch.space.slots import ValueSlot


class Visitor(ABC):
    """A pass through a space.

    The nodes know the form of a space; a visitor decides which values they take, which of their parts are
    built, and what is recorded on the way.

    Attributes:
        position: Where the pass is among the parts that repeat.
    """

    def __init__(self) -> None:
        self.position = Position()

    @abstractmethod
    def suggest(self, path: Path, kinds: Path, domain: Domain) -> Plain:
        """Return the value of a parameter.

        Args:
            path: Where the parameter is written.
            kinds: The kinds of part for each of which it has a value of its own.
            domain: Its values.
        """

    @abstractmethod
    def fixed(self, path: Path, kinds: Path, value: Plain) -> Plain:
        """Return a value that the space fixes."""

    @abstractmethod
    def ordinal(self, path: Path, kind: str) -> int:
        """Return how many parts of a kind precede the present one, for the value at a path."""

    @abstractmethod
    def is_first(self, kind: str) -> bool:
        """Return whether the present part can be the first of its kind."""

    @abstractmethod
    def accepts(self, path: Path, value: float, slot: ValueSlot) -> bool:
        """Return whether the value that a progression has reached keeps the bounds of its slot."""

    @abstractmethod
    def alternatives(self, chosen: str, labels: Iterable[str]) -> Iterable[str]:
        """Return the labels of those items of a choice that are to be built, one after the other.

        Args:
            chosen: The label of the item that the choice's value selects.
            labels: Those of all items.
        """

    @abstractmethod
    def repeats(self, kind: str, path: Path, count: int) -> Iterable[int]:
        """Return the numbers of a part's repeats; each is entered as the iteration reaches it."""

    @abstractmethod
    def items(self, kind: str, path: Path, labels: Iterable[Label]) -> Iterable[Label]:
        """Return the labels of a sequence's items; each is entered as the iteration reaches it."""
