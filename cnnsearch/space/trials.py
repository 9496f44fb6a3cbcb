"""Trials without Optuna: random values, given values, and all points of a finite space in order."""

import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.space.domains import Plain, Range, stepped


class RandomTrial:
    """Samples every parameter uniformly from its domain, or uniformly in the logarithm.

    Args:
        seed: The same seed samples the same values.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        return choices[self._random.randrange(len(choices))]

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        if log:
            return min(high, max(low, int(math.exp(self._random.uniform(math.log(low), math.log(high + 1))))))
        return low + step * self._random.randrange((high - low) // step + 1)

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        if step is not None:
            return stepped(low, step, self._random.randrange(_size(low, high, step)))
        if log:
            return math.exp(self._random.uniform(math.log(low), math.log(high)))
        return self._random.uniform(low, high)


class GivenTrial:
    """Returns given values, and those of another trial for all other parameters.

    Args:
        given: Encoded values by parameter name.
        other: The trial for all other parameters.
    """

    def __init__(self, given: Mapping[str, Plain], other: Any) -> None:
        self._given = given
        self._other = other

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        return self._given[name] if name in self._given else self._other.suggest_categorical(name, choices)

    def suggest_int(self, name: str, low: int, high: int, **rule: Any) -> Any:
        return self._given[name] if name in self._given else self._other.suggest_int(name, low, high, **rule)

    def suggest_float(self, name: str, low: float, high: float, **rule: Any) -> Any:
        return (
            self._given[name] if name in self._given else self._other.suggest_float(name, low, high, **rule)
        )


class IndexTrial:
    """Selects the value of each parameter by index, and records the number of values of each.

    Args:
        indices: Indices for the first parameters, in the order of sampling; all others have index 0.
    """

    def __init__(self, indices: tuple[int, ...]) -> None:
        self._indices = indices
        self.taken: list[tuple[int, int]] = []
        """Index and number of values of each sampled parameter."""

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        return choices[self._take(len(choices))]

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        return low + step * self._take((high - low) // step + 1)

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        if step is None:
            raise ValueError(f"{name} is a continuous range")
        return stepped(low, step, self._take(_size(low, high, step)))

    def _take(self, size: int) -> int:
        index = self._indices[len(self.taken)] if len(self.taken) < len(self._indices) else 0
        self.taken.append((index, size))
        return index


def _size(low: float, high: float, step: float) -> int:
    return Range(low, high, step=step).size or 1


def following(taken: list[tuple[int, int]]) -> tuple[int, ...] | None:
    """Return the indices of the next point; None after the last one."""
    for place in reversed(range(len(taken))):
        index, size = taken[place]
        if index + 1 < size:
            return (*(before for before, _ in taken[:place]), index + 1)
    return None


def index_trials() -> Iterator[IndexTrial]:
    """Yield one trial for each point, in order; sample each before advancing to the next."""
    indices: tuple[int, ...] | None = ()
    while indices is not None:
        trial = IndexTrial(indices)
        yield trial
        indices = following(trial.taken)
