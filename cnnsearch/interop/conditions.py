"""SearchSpace -> its parameters, each with the values of others under which it is asked for.

A space says this by its form (what is not built is not sampled); tuners that want all parameters beforehand,
as KerasTuner does, need it said.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from cnnsearch.space import SearchSpace
from cnnsearch.space.domains import Choice, Domain, Range
from cnnsearch.space.nodes import Node, OneOf
from cnnsearch.space.reading import Mark, Plain
from cnnsearch.space.slots import Value
from cnnsearch.space.survey import Survey
from cnnsearch.space.walk import Path, Selection, Step, Walk


@dataclass(frozen=True)
class Condition:
    """Holds where a parameter has one of these values, written as a trial is told them."""

    name: str
    values: tuple[Plain, ...]

    def implies(self, other: "Condition") -> bool:
        """Whether the other one holds wherever this one does."""
        return self.name == other.name and set(self.values) <= set(other.values)


@dataclass(frozen=True)
class Conditional:
    """A parameter, and what has to hold for it to be asked for; parents come before what hangs on them.

    One that is asked for in several places stands there once for each set of conditions that is not
    implied by another.
    """

    name: str
    domain: Domain
    conditions: tuple[Condition, ...]

    def covers(self, conditions: Sequence[Condition]) -> bool:
        """Whether this one is asked for wherever these conditions hold."""
        return all(any(given.implies(own) for given in conditions) for own in self.conditions)


def conditional_parameters(space: SearchSpace) -> list[Conditional]:
    """Every parameter of a space, in the order of asking.

    The conditions are necessary. In rare places they are not sufficient: a stage's strides are asked for only
    where its first block takes any. A value given there is not used.
    """
    survey = _Conditions(space.path)
    space.architecture.build(survey)
    space.training.build(survey)
    return survey.found


class _Conditions(Survey):
    """A pass through everything that keeps the conditions of where it is."""

    def __init__(self, path: FilePath) -> None:
        super().__init__(Mark(path, 1))
        self.found: list[Conditional] = []
        self._by_name: dict[str, list[Conditional]] = {}
        self._here: tuple[Condition, ...] = ()
        self._last: tuple[str, Domain] | None = None
        """The parameter that the last value was, if it was one."""
        self._counts: dict[Path, tuple[str, Domain] | None] = {}

    def suggest(self, path: Path, kinds: Path, domain: Domain) -> Plain:
        name = ".".join(self.full_path(path, kinds))
        self._last = (name, domain)
        known = self._by_name.setdefault(name, [])
        if not any(earlier.covers(self._here) for earlier in known):
            known.append(Conditional(name, domain, self._here))
            self.found.append(known[-1])
        return super().suggest(path, kinds, domain)

    def given(self, path: Path, kinds: Path, value: Plain) -> Plain:
        self._last = None
        return super().given(path, kinds, value)

    def keeps(self, path: Path, value: float, slot: Value) -> bool:
        self._last = None  # a progression's value is no single parameter's
        return super().keeps(path, value, slot)

    def choose(self, node: Selection, built: list[Any], kind: str) -> None:
        node.select.resolve(self, node.path)
        last = self._last
        if last is not None:
            items = {label: _Under(Condition(last[0], (label,)), item) for label, item in node.items.items()}
            node = OneOf(node.path, node.select, items)
        super().choose(node, built, kind)

    @contextmanager
    def step(self, kind: str, step: Step) -> Iterator[None]:
        with super().step(kind, step):
            if step.is_item:
                yield
                return
            number = int(step.label)
            if number == 0:
                self._counts[step.at] = self._last
            with self.under(_more_than(self._counts[step.at], number)):
                yield

    @contextmanager
    def under(self, condition: Condition | None) -> Iterator[None]:
        """Enters what is built under a condition."""
        outer = self._here
        self._here = outer if condition is None else (*outer, condition)
        yield
        self._here = outer


@dataclass(frozen=True)
class _Under(Node):
    """An item of a choice, with the condition under which it is built."""

    condition: Condition
    node: Node

    def build(self, walk: Walk) -> Any:
        raise AssertionError("an item of a choice is visited, not built")

    def visit(self, walk: Walk, built: list[Any], kind: str = "") -> None:
        assert isinstance(walk, _Conditions)
        with walk.under(self.condition):
            self.node.visit(walk, built, kind)


def _more_than(count: tuple[str, Domain] | None, number: int) -> Condition | None:
    """That a part repeats more than so many times; None where it always does."""
    if count is None:
        return None
    name, domain = count
    values = _numbers(domain)
    enough = tuple(domain.encode(value) for value in values if value > number)
    return None if len(enough) == len(values) else Condition(name, enough)


def _numbers(domain: Domain) -> list[int]:
    if isinstance(domain, Choice):
        return [int(value) for value in domain.values]
    assert isinstance(domain, Range)
    return list(range(int(domain.low), int(domain.high) + 1, int(domain.step or 1)))
