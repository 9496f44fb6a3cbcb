"""The speed of training on some of the machine's cores, measured during a trial: a callback times the first
steps on one core, then on several."""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import keras
import numpy as np

from cnnsearch.cores import num_cores, own_cores, use_cores

# Steps on one number of cores before the next number; the first step has cold caches and is not counted.
_TURN = 4
_ENOUGH_STEPS, _ENOUGH_SECONDS, _FEWEST_STEPS = 6, 0.3, 3
# Steps that are not measured: the first one traces or compiles the network.
_WARM_UP = 2

Seconds = Mapping[int, float]
"""Duration of a step by the number of cores in use."""


class StepClock(keras.callbacks.Callback):  # type: ignore[misc]
    """Time steps on 1, 2, 4 ... and all cores in turn; training itself is not affected.

    Args:
        tell: Called once with the median seconds of a step.
    """

    def __init__(self, tell: Callable[[Seconds], None]) -> None:
        super().__init__()
        self._tell = tell
        self._cores, self._most = sorted(own_cores()), num_cores()
        self._clocked: dict[int, list[float]] = {count: [] for count in _counts(self._most)}
        self._steps, self._begun, self._in_use, self._is_done = -_WARM_UP, 0.0, self._most, False

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self._is_done:
            return
        if self._steps >= 0:
            self._use(self._turn())
        self._begun = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._is_done:
            return
        np.asarray(logs["loss"])  # waits for the end of the step on backends that run asynchronously
        if self._steps >= 0 and self._steps % _TURN:
            self._clocked[self._turn()].append(time.perf_counter() - self._begun)
        self._steps += 1
        if all(map(_is_enough, self._clocked.values())):
            self._is_done = True
            self.release()
            self._tell({count: median(steps) for count, steps in self._clocked.items()})

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.release()  # for validation

    def release(self) -> None:
        """Restore all cores of the process, also after a trial that ended in the middle of an epoch."""
        self._use(self._most)

    def _use(self, count: int) -> None:
        if count != self._in_use:
            use_cores(self._cores if count == self._most else self._cores[:count])
            self._in_use = count

    def _turn(self) -> int:
        counts = list(self._clocked)
        return counts[self._steps // _TURN % len(counts)]


def _counts(cores: int) -> list[int]:
    return [*(1 << power for power in range(cores.bit_length()) if 1 << power < cores), cores]


def _is_enough(steps: list[float]) -> bool:
    if len(steps) < _FEWEST_STEPS:
        return False
    return len(steps) >= _ENOUGH_STEPS or sum(steps) >= _ENOUGH_SECONDS
