"""Domains of values: sampling from a trial, and encoding for Optuna."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from cnnsearch.architecture.per_dimension import PerDimension, each

Plain = int | float | bool | str
"""A parameter value."""
MAX_NUMBER = 2**53
"""The largest integer that JSON readers represent exactly."""


class TrialLike(Protocol):
    """Any object with Optuna's `suggest_*` methods."""

    def suggest_categorical(self, name: str, choices: Any) -> Any: ...

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int: ...

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float: ...


class Domain(ABC):
    """The set of values of a parameter."""

    @abstractmethod
    def suggest(self, trial: TrialLike, name: str) -> Plain:
        """Sample a value from a trial."""

    @abstractmethod
    def encode(self, value: Plain) -> Plain:
        """Return the Optuna value for `value`, which must be in the domain."""

    @abstractmethod
    def __contains__(self, value: object) -> bool: ...

    @property
    @abstractmethod
    def size(self) -> int | None:
        """Number of values; None for a continuous range."""

    @property
    @abstractmethod
    def largest(self) -> Plain:
        """The largest number, or the last value of categories."""


@dataclass(frozen=True)
class Choice(Domain):
    """One of several values.

    Numbers, also per dimension, are sorted and sampled by index, so that the sampler uses their order; words
    and booleans are categories, and numbers beside words too.
    """

    values: tuple[Plain, ...]

    @cached_property
    def is_numeric(self) -> bool:
        """Whether all values are numbers, or numbers per dimension."""
        return all(is_numeric(value) for value in self.values)

    def suggest(self, trial: TrialLike, name: str) -> Plain:
        if self.is_numeric:
            return self.values[trial.suggest_int(name, 0, len(self.values) - 1)]
        chosen: Plain = trial.suggest_categorical(name, self.values)
        return chosen

    def encode(self, value: Plain) -> Plain:
        return self.values.index(value) if self.is_numeric else value

    def __contains__(self, value: object) -> bool:
        return any(
            value == known and isinstance(value, bool) == isinstance(known, bool) for known in self.values
        )

    @property
    def size(self) -> int | None:
        return len(self.values)

    @property
    def largest(self) -> Plain:
        return self.values[-1]

    def __str__(self) -> str:
        return "one of " + ", ".join(written(value) for value in self.values)


@dataclass(frozen=True)
class Range(Domain):
    """All numbers from low to high, inclusive; only integers if `low` is an integer."""

    low: int | float
    high: int | float
    log: bool = False
    step: int | float | None = None

    @property
    def is_integer(self) -> bool:
        """Whether the range contains only integers."""
        return isinstance(self.low, int)

    def suggest(self, trial: TrialLike, name: str) -> Plain:
        if self.is_integer:
            low, high = int(self.low), int(self.high)
            return trial.suggest_int(name, low, high, step=int(self.step or 1), log=self.log)
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def trimmed(self) -> "Range":
        """Return the range with `high` at the last step, as Optuna requires."""
        return replace(self, high=self.largest)

    def encode(self, value: Plain) -> Plain:
        return value if self.is_integer else float(value)

    def __contains__(self, value: object) -> bool:
        if isinstance(value, bool | str) or not isinstance(value, int | float):
            return False
        if not self.low <= value <= self.high or (self.is_integer and value != int(value)):
            return False
        steps = (value - self.low) / self.step if self.step else 0.0
        return math.isclose(steps, round(steps), abs_tol=1e-9)

    @property
    def size(self) -> int | None:
        if self.step is None and not self.is_integer:
            return None
        return int((Decimal(str(self.high)) - Decimal(str(self.low))) // Decimal(str(self.step or 1))) + 1

    @property
    def largest(self) -> float:
        if self.step is None or self.size is None:
            return self.high
        return stepped(self.low, self.step, self.size - 1)

    def __str__(self) -> str:
        extra = ", log" if self.log else f", step {written(self.step)}" if self.step else ""
        return f"{written(self.low)} to {written(self.high)}{extra}"


def is_numeric(value: Plain) -> bool:
    """Return whether a value is a number, or a number per dimension."""
    return isinstance(value, PerDimension) or not isinstance(value, str | bool)


def in_order(values: Sequence[Plain]) -> tuple[Plain, ...]:
    """Return numbers in ascending order; if some are per dimension, by the number of positions of a window.

    Windows of equally many positions follow the sum of their sizes, then the sizes: 1x7, 7x1, 3 (nine
    positions), 5. One number counts for as many dimensions as the other values have.
    """
    dimensions = max((len(value.numbers) for value in values if isinstance(value, PerDimension)), default=1)

    def key(value: Any) -> tuple[Any, ...]:
        numbers = value.numbers if isinstance(value, PerDimension) else each(value, dimensions)
        return math.prod(numbers), sum(numbers), numbers

    return tuple(sorted(values, key=key if dimensions > 1 else None))


AnyDomain = Choice | Range
"""The kinds of domains, which pydantic reads from JSON by their fields."""


def stepped(low: float, step: float, number: int) -> float:
    """Return `low + number * step`, rounded as decimals: three steps of 0.1 are 0.3."""
    value = Decimal(str(low)) + number * Decimal(str(step))
    return int(value) if isinstance(low, int) else float(value)


def written(value: Plain) -> str:
    """Return a value as the dialect writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
