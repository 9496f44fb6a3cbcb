"""Keras callbacks that every peer trains with: one notes each epoch down, one keeps the time limit.

KerasTuner copies callbacks for each trial, so they hold plain values alone.
"""

import time
from pathlib import Path
from typing import Any

import keras

from peers.leg import Event

MONITOR = "val_accuracy"


class Recorder(keras.callbacks.Callback):
    """Adds each epoch to the leg's file of events."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        note(self._file, "epoch", logs[MONITOR])


class Deadline(keras.callbacks.Callback):
    """Ends training after the epoch in which the time limit was reached."""

    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if time.time() >= self._deadline:
            self.model.stop_training = True


def note(file: Path, kind: str, value: float | None) -> None:
    """Adds an event to a file."""
    with file.open("a", encoding="utf-8") as lines:
        lines.write(Event(time=time.time(), kind=kind, value=value).model_dump_json() + "\n")
