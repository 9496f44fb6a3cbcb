"""SearchSpace -> its parameters, each with the values of others under which it is sampled.

A space does not state these conditions (what is not built is not sampled); tuners that need all parameters in
advance, such as KerasTuner, need the conditions too.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, final

from cnnsearch.space import SearchSpace
from cnnsearch.space.domains import Choice, Domain, Plain, Range
from cnnsearch.space.position import Label, Path
from cnnsearch.space.slots import ValueSlot
from cnnsearch.space.visitor import Visitor


@dataclass(frozen=True)
class Condition:
    """The condition that a parameter has one of these values, encoded as in a trial."""

    name: str
    values: tuple[Plain, ...]

    def implies(self, other: "Condition") -> bool:
        """Return whether the other condition holds wherever this one does."""
        return self.name == other.name and set(self.values) <= set(other.values)


@dataclass(frozen=True)
class Conditional:
    """A parameter, and the conditions under which it is sampled.

    A parameter that is sampled in several places is listed once for each set of conditions that is not
    implied by another one.
    """

    name: str
    domain: Domain
    conditions: tuple[Condition, ...]

    def covers(self, conditions: Sequence[Condition]) -> bool:
        """Return whether this one is sampled wherever these conditions hold."""
        return all(any(given.implies(own) for given in conditions) for own in self.conditions)


class _Parameter(NamedTuple):
    name: str
    domain: Domain


def conditional_parameters(space: SearchSpace) -> list[Conditional]:
    """Return every parameter of a space in sampling order, so that a condition follows its parameter.

    The conditions are necessary but in rare cases not sufficient: a stage's strides are sampled only if its
    first block takes strides. A value sampled there is not used.
    """
    visitor = _ConditionVisitor()
    space.architecture.build(visitor)
    space.training.build(visitor)
    return visitor.conditionals


@final
class _ConditionVisitor(Visitor):
    """Build everything that a space can contain, and record the conditions of each parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.conditionals: list[Conditional] = []
        self._by_name: dict[str, list[Conditional]] = {}
        self._conditions: tuple[Condition, ...] = ()
        """The conditions under which the current part is built."""
        self._last: _Parameter | None = None
        """The parameter of the last value; None if the value does not come from a single parameter."""

    def suggest(self, path: Path, kinds: Path, domain: Domain) -> Plain:
        name = self.position.name(path, kinds)
        self._last = _Parameter(name, domain)
        earlier = self._by_name.setdefault(name, [])
        if not any(conditional.covers(self._conditions) for conditional in earlier):
            earlier.append(Conditional(name, domain, self._conditions))
            self.conditionals.append(earlier[-1])
        return domain.largest

    def fixed(self, path: Path, kinds: Path, value: Plain) -> Plain:
        self._last = None
        return value

    def ordinal(self, path: Path, kind: str) -> int:
        return self.position.ordinal(kind)

    def is_first(self, kind: str) -> bool:
        return True  # any part can be the first one if those before it are left out

    def accepts(self, path: Path, value: float, slot: ValueSlot) -> bool:
        self._last = None
        return True  # checked when the space was loaded

    def alternatives(self, chosen: str, labels: Iterable[str]) -> Iterator[str]:
        parameter = self._last
        for label in self.position.alternatives(labels):
            with self._under(Condition(parameter.name, (label,)) if parameter else None):
                yield label

    def repeats(self, kind: str, path: Path, count: int) -> Iterator[int]:
        parameter = self._last
        for number in self.position.repeats(kind, path, count):
            with self._under(_more_than(parameter, number) if parameter else None):
                yield number

    def items(self, kind: str, path: Path, labels: Iterable[Label]) -> Iterable[Label]:
        return self.position.items(kind, path, labels)

    @contextmanager
    def _under(self, condition: Condition | None) -> Iterator[None]:
        """Apply a condition, if there is one, to everything that is built in this context."""
        outer = self._conditions
        self._conditions = outer if condition is None else (*outer, condition)
        yield
        self._conditions = outer


def _more_than(count: _Parameter, number: int) -> Condition | None:
    """Return the condition that a part has more than `number` repeats; None if it always has."""
    values = _numbers(count.domain)
    enough = tuple(count.domain.encode(value) for value in values if value > number)
    return None if len(enough) == len(values) else Condition(count.name, enough)


def _numbers(domain: Domain) -> list[int]:
    if isinstance(domain, Choice):
        return [int(value) for value in domain.values]
    assert isinstance(domain, Range)
    return list(range(int(domain.low), int(domain.high) + 1, int(domain.step or 1)))
