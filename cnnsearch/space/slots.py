"""Slots: the places of a space, each for a value, a part with fields, or a mapping of slots."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from cnnsearch.architecture.per_dimension import PerDimension
from cnnsearch.space.domains import Plain
from cnnsearch.suggestions import listed


@dataclass(frozen=True)
class ValueSlot:
    """A slot for a number, word or boolean, or for a domain of them."""

    kind: str
    """JSON Schema type: integer, number, boolean or string."""
    low: float | None = None
    high: float | None = None
    exclusive_low: float | None = None
    exclusive_high: float | None = None
    words: tuple[str, ...] = ()
    per_dimension: bool = False
    """Whether the slot accepts a number per dimension, such as `3x1`."""
    description: str = ""
    default: Any = None

    @property
    def is_number(self) -> bool:
        """Whether the slot accepts ranges and progressions."""
        return self.kind in ("integer", "number")

    @property
    def expected(self) -> str:
        """Description of the accepted values, for a message."""
        if self.kind == "boolean":
            return "true or false"
        if not self.is_number:
            return "one of " + ", ".join(self.words)
        return ", ".join([*self.words, self._expected_number])

    @property
    def _expected_number(self) -> str:
        bounds = [
            f"of at least {self.low:g}" if self.low is not None else "",
            f"above {self.exclusive_low:g}" if self.exclusive_low is not None else "",
            f"at most {self.high:g}" if self.high is not None else "",
            f"below {self.exclusive_high:g}" if self.exclusive_high is not None else "",
        ]
        noun = "a whole number" if self.kind == "integer" else "a number"
        whole = " ".join([noun, " and ".join(filter(None, bounds))]).strip()
        return f"{whole}, or one per dimension (3x1)" if self.per_dimension else whole

    @property
    def one_number(self) -> "ValueSlot":
        """The slot of one bound of a range or progression: a number, no word and no number per dimension."""
        return replace(self, words=(), per_dimension=False)

    def accepts(self, value: Plain) -> bool:
        """Return whether a value is valid here."""
        if isinstance(value, PerDimension):
            return self.per_dimension and all(map(self.one_number.accepts, value.numbers))
        if not self.is_number:
            expected_type = bool if self.kind == "boolean" else str
            return isinstance(value, expected_type) and (not self.words or value in self.words)
        if isinstance(value, str) and value in self.words:
            return True
        if isinstance(value, bool | str) or (self.kind == "integer" and not isinstance(value, int)):
            return False
        return (
            (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.exclusive_low is None or value > self.exclusive_low)
            and (self.exclusive_high is None or value < self.exclusive_high)
        )


@dataclass(frozen=True)
class PartSlot:
    """A slot for a part: a word of the table, with the fields of that word.

    `repeated` is the kind of its repeats in `per_...`; a slot with such a kind accepts `repeat` and
    `sequence`.
    """

    table: Mapping[str, type[BaseModel]]
    optional: bool = False
    repeated: str = ""
    is_layered: bool = False
    """Whether layer fields may be written beside the word, as defaults for the parts inside."""
    takes_strides: bool = False
    """Whether the first part uses the strides of its stage."""
    settled: tuple[str, ...] = ()
    """Fields that all parts get from the layout of the network, not from fields of their own."""
    description: str = ""
    default: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of a mapping here, without those of lists, repeats and layer fields."""
        return tuple(self.table)

    @property
    def expected(self) -> str:
        """Description of the accepted values, for a message."""
        return ("none, " if self.optional else "") + listed(self.table)


@dataclass(frozen=True)
class SectionSlot:
    """A slot for a mapping whose values are slots."""

    slots: Mapping[str, "Slot"]
    model: type[BaseModel] | None = None
    optional: bool = False
    repeated: str = ""
    is_layered: bool = False
    """Whether layer fields may be written here, as defaults for the parts inside."""
    title: str = ""
    passed: tuple[str, ...] = ()
    """Keys that are defaults for the parts inside, not fields of the section."""
    required: tuple[str, ...] = ()
    description: str = ""
    default: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of a mapping here, without those of lists, repeats and layer fields."""
        return tuple(self.slots)

    @property
    def expected(self) -> str:
        """Description of the accepted values, for a message."""
        return ("none, or " if self.optional else "") + f"a mapping of {listed(self.slots)}"

    def scoped(self, key: str) -> str:
        """Return the name in the scope of a key written beside a list of items.

        A key of the section only, such as the dropout of the head, is not a default for layers with a field
        of the same name.
        """
        return key if self.model is not None or key in self.passed else f"{self.title}: {key}"


Slot = ValueSlot | PartSlot | SectionSlot
