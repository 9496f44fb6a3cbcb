"""What a place in a space can hold: a value, a word with fields, or a mapping of such places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from cnnsearch.space.domains import Plain
from cnnsearch.suggestions import listed


@dataclass(frozen=True)
class ValueSlot:
    """A slot for one number, word or truth value, or for a domain of them."""

    kind: str
    """integer, number, boolean or string, as JSON Schema says it."""
    low: float | None = None
    high: float | None = None
    exclusive_low: float | None = None
    exclusive_high: float | None = None
    words: tuple[str, ...] = ()
    description: str = ""
    default: Any = None

    @property
    def is_number(self) -> bool:
        """Whether ranges and progressions make sense here."""
        return self.kind in ("integer", "number")

    @property
    def expected(self) -> str:
        """The rule, for a message."""
        if self.words:
            return "one of " + ", ".join(self.words)
        if self.kind == "boolean":
            return "true or false"
        bounds = [
            f"of at least {self.low:g}" if self.low is not None else "",
            f"above {self.exclusive_low:g}" if self.exclusive_low is not None else "",
            f"at most {self.high:g}" if self.high is not None else "",
            f"below {self.exclusive_high:g}" if self.exclusive_high is not None else "",
        ]
        noun = "a whole number" if self.kind == "integer" else "a number"
        return " ".join([noun, " and ".join(filter(None, bounds))]).strip()

    def accepts(self, value: Plain) -> bool:
        """Whether a value keeps the rule."""
        if not self.is_number:
            right = bool if self.kind == "boolean" else str
            return isinstance(value, right) and (not self.words or value in self.words)
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
    """A slot for a part: a word of the table, with that word's fields.

    `repeated` names what a repeat of it is called in `per_...`; such a slot takes `repeat` and `sequence`.
    """

    table: Mapping[str, type[BaseModel]]
    optional: bool = False
    repeated: str = ""
    is_layered: bool = False
    """Whether fields of the layers inside may be written beside the word."""
    takes_strides: bool = False
    """Whether the first part takes its stage's strides."""
    description: str = ""
    default: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its own that a mapping here can have."""
        return tuple(self.table)

    @property
    def expected(self) -> str:
        """The rule, for a message."""
        return ("none, " if self.optional else "") + listed(self.table)


@dataclass(frozen=True)
class SectionSlot:
    """A slot for a mapping whose keys are slots themselves."""

    slots: Mapping[str, "Slot"]
    model: type[BaseModel] | None = None
    optional: bool = False
    repeated: str = ""
    is_layered: bool = False
    """Whether fields of the layers inside may be written here."""
    title: str = ""
    passed: tuple[str, ...] = ()
    """Keys that the parts inside take, and the section itself does not."""
    required: tuple[str, ...] = ()
    description: str = ""
    default: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its own that a mapping here can have."""
        return tuple(self.slots)

    @property
    def expected(self) -> str:
        """The rule, for a message."""
        return ("none, or " if self.optional else "") + f"a mapping of {listed(self.slots)}"

    def scoped(self, key: str) -> str:
        """The name under which items find one of these keys written beside their list. A key that is the
        section's alone, such as the head's dropout, is no default for layers that have one of that name."""
        return key if self.model is not None or key in self.passed else f"{self.title}: {key}"


Slot = ValueSlot | PartSlot | SectionSlot
