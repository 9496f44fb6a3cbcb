"""The progress within an epoch: a callback that counts the steps."""

from collections.abc import Callable
from typing import Any

import keras


class StepCounter(keras.callbacks.Callback):  # type: ignore[misc]
    """Report the finished share of an epoch after each step.

    Args:
        tell: Called with the share, from 0 to 1; not called if the number of steps is unknown.
    """

    def __init__(self, tell: Callable[[float], None]) -> None:
        super().__init__()
        self._tell = tell

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if steps := self.params.get("steps"):
            self._tell(min(1.0, (batch + 1) / steps))
