"""What a value may be: domains, how each is asked of a trial, and how its values are encoded for Optuna."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

Plain = int | float | bool | str
"""What a value can be."""
MAX_NUMBER = 2**53
"""The largest whole number that JSON readers keep exactly."""


class TrialLike(Protocol):
    """Anything with Optuna's `suggest_*`."""

    def suggest_categorical(self, name: str, choices: Any) -> Any: ...

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int: ...

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float: ...


class Domain(ABC):
    """A set of values that one parameter can take."""

    @abstractmethod
    def suggest(self, trial: TrialLike, name: str) -> Plain:
        """Asks a trial for a value."""

    @abstractmethod
    def encode(self, value: Plain) -> Plain:
        """What the trial would have been told for `value`; only for values that are in the domain."""

    @abstractmethod
    def __contains__(self, value: object) -> bool: ...

    @property
    @abstractmethod
    def size(self) -> int | None:
        """How many values there are; None for a continuous range."""

    @property
    @abstractmethod
    def largest(self) -> Plain:
        """The largest number, or the last of the words."""


@dataclass(frozen=True)
class Choice(Domain):
    """One of several values. Numbers are sorted and sampled as an index, so that their order is seen
    and a value added later moves nothing; words and booleans are categories."""

    values: tuple[Plain, ...]

    @cached_property
    def is_numeric(self) -> bool:
        """Whether the values have an order."""
        return not isinstance(self.values[0], str | bool)

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
    """All numbers from low to high, both included; whole numbers where low is one."""

    low: float
    high: float
    log: bool = False
    step: float | None = None

    @property
    def is_integer(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int)

    def suggest(self, trial: TrialLike, name: str) -> Plain:
        if self.is_integer:
            low, high = int(self.low), int(self.high)
            return trial.suggest_int(name, low, high, step=int(self.step or 1), log=self.log)
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def trimmed(self) -> "Range":
        """The same values, with the last one that a step reaches as `high`: samplers want it to fit."""
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


def stepped(low: float, step: float, number: int) -> float:
    """The value some steps above another, as one would write it: three steps of 0.1 are 0.3."""
    value = Decimal(str(low)) + number * Decimal(str(step))
    return int(value) if isinstance(low, int) else float(value)


def written(value: Plain) -> str:
    """A value as the dialect writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
