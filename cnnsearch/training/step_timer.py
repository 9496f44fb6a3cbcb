"""The duration of a training step, measured in every epoch at almost no cost, for the cost model."""

import time
from typing import Any

import keras

_WARM_UP = 2  # steps of an epoch that are not counted: the first one compiles and fills the pipeline
_WARM_UP_SHARE = 4  # nor is the first of this many parts, in which kernels are still selected and cached
_FEWEST = 3  # measured steps required for a mean


class StepTimer(keras.callbacks.Callback):  # type: ignore[misc]
    """Time the steps of each epoch after the warm-up.

    The mean covers the time from the end of the warm-up to the end of the epoch, so it is also correct on
    backends that execute steps asynchronously.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds: float | None = None
        self._warm_up, self._begun = _WARM_UP, 0.0
        self._steps = self._uncounted = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._steps, self._uncounted, self.seconds = 0, 0, None
        self._warm_up = max(_WARM_UP, (self.params.get("steps") or 0) // _WARM_UP_SHARE)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        steps = self.params.get("steps") or batch + 1
        self._steps = min(batch + 1, steps)  # several are executed together, of the last ones fewer
        if self._uncounted == 0 and self._steps >= self._warm_up:
            self._uncounted, self._begun = self._steps, time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        clocked = self._steps - self._uncounted
        if self._uncounted and clocked >= _FEWEST:
            self.seconds = (time.perf_counter() - self._begun) / clocked
