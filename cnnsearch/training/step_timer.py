"""How long a training step takes, clocked in every epoch at next to no cost, for the cost model."""

import time
from typing import Any

import keras

_WARM_UP = 2  # steps of an epoch that do not count: the first one traces or compiles, and fills the pipeline
_WARM_UP_SHARE = 4  # nor do the first of so many parts, in which kernels are still chosen and cached
_FEWEST = 3  # clocked steps that a mean needs


class StepTimer(keras.callbacks.Callback):  # type: ignore[misc]
    """Clocks the steps of each epoch after the first ones.

    The mean is from the end of the warm-up to the end of the epoch, so it is right as well on backends that
    run ahead of the steps they have been given.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds: float | None = None
        self._steps, self._warm_up, self._begun = 0, _WARM_UP, 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._steps, self.seconds = 0, None
        self._warm_up = max(_WARM_UP, (self.params.get("steps") or 0) // _WARM_UP_SHARE)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._steps += 1
        if self._steps == self._warm_up:
            self._begun = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        clocked = self._steps - self._warm_up
        if clocked >= _FEWEST:
            self.seconds = (time.perf_counter() - self._begun) / clocked
