"""One pass through everything that a space could build: its parameters, and what only the whole shows."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from cnnsearch.errors import SpaceError
from cnnsearch.space.domains import Domain
from cnnsearch.space.reading import MAX_NUMBER, Mark, Plain
from cnnsearch.space.slots import Value
from cnnsearch.space.walk import Path, Selection, Step, Walk

MAX_STEPS = 10_000


class SpaceEntry(NamedTuple):
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
        self.slots: dict[str, SpaceEntry] = {}
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

    def choose(self, node: Selection, built: list[Any], kind: str) -> None:
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
        slot = SpaceEntry(full, domain, value)
        known = self.slots.setdefault(".".join(full), slot)
        if known != slot or [type(key) for key in known.path] != [type(key) for key in full]:
            self.clashes.add(path)


class _Nobody:
    """A trial that is never asked: a survey answers for itself."""

    def _answer(self, *args: Any, **rule: Any) -> Any:
        raise AssertionError("a survey asks nobody")

    suggest_categorical = suggest_int = suggest_float = _answer
