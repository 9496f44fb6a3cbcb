"""The visitor that builds every alternative of a space: it records parameters, and faults across parts."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple, final

from cnnsearch.errors import SpaceError
from cnnsearch.space.domains import MAX_NUMBER, Choice, Domain, Plain
from cnnsearch.space.position import Label, Path
from cnnsearch.space.slots import ValueSlot
from cnnsearch.space.visitor import Visitor

MAX_STEPS = 10_000


class Field(NamedTuple):
    """A field of a space that holds a value: sampled from a domain, or fixed."""

    path: Path
    domain: Domain | None
    value: Plain | None

    @property
    def values(self) -> tuple[Plain, ...]:
        """The fixed value, or the values of a choice; empty for a range."""
        if isinstance(self.domain, Choice):
            return self.domain.values
        return () if self.value is None else (self.value,)


@final
class SurveyVisitor(Visitor):
    """The visitor that builds all alternatives of a space and records each field that holds a value.

    Every parameter has its largest value, so that all repeats are built.

    Args:
        where: Name of the space in messages.

    Attributes:
        fields: The fields that hold a value, by name.
        misplaced: Paths of values per kind of part that are used outside of such a part, with the kind.
        beyond: Paths of progressions that leave their bounds, with the message.
        clashes: Paths of parameters that have the same name as another parameter.

    Raises:
        SpaceError: The space can build more than `MAX_STEPS` parts.
    """

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where
        self._steps = 0
        self.fields: dict[str, Field] = {}
        self.misplaced: dict[Path, str] = {}
        self.beyond: dict[Path, str] = {}
        self.clashes: set[Path] = set()

    def suggest(self, path: Path, kinds: Path, domain: Domain) -> Plain:
        self._record(path, kinds, domain, None)
        return domain.largest

    def fixed(self, path: Path, kinds: Path, value: Plain) -> Plain:
        self._record(path, kinds, None, value)
        return value

    def ordinal(self, path: Path, kind: str) -> int:
        if kind not in self.position:
            self.misplaced[path] = kind
            return 0
        return self.position.ordinal(kind)

    def is_first(self, kind: str) -> bool:
        return True  # any part can be the first if the earlier ones are omitted

    def accepts(self, path: Path, value: float, slot: ValueSlot) -> bool:
        number = round(value) if slot.kind == "integer" and math.isfinite(value) else value
        if number <= MAX_NUMBER and slot.accepts(max(1, number) if slot.kind == "integer" else number):
            return True
        self.beyond[path] = f"the progression reaches {value:g}; expected {slot.expected}"
        return False

    def alternatives(self, chosen: str, labels: Iterable[str]) -> Iterable[str]:
        return self.position.alternatives(labels)

    def repeats(self, kind: str, path: Path, count: int) -> Iterator[int]:
        for number in self.position.repeats(kind, path, count):
            self._count_step()
            yield number

    def items(self, kind: str, path: Path, labels: Iterable[Label]) -> Iterator[Label]:
        for label in self.position.items(kind, path, labels):
            self._count_step()
            yield label

    def _count_step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise SpaceError(
                f"{self._where}: a network can have more than {MAX_STEPS} parts; lower the repeats"
            )

    def _record(self, path: Path, kinds: Path, domain: Domain | None, value: Plain | None) -> None:
        missing = [kind for kind in kinds if kind not in self.position]
        if missing:
            self.misplaced[path] = missing[0]
            return
        full = self.position.full_path(path, kinds)
        field = Field(full, domain, value)
        known = self.fields.setdefault(".".join(full), field)
        if known != field or [type(key) for key in known.path] != [type(key) for key in full]:
            self.clashes.add(path)
