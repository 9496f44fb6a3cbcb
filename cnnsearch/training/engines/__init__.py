"""The engines, which train networks, by name. To add one, write a class in a module here and add its name to
the registry below."""

from collections.abc import Callable, Sequence

import keras

from cnnsearch.training.engines.base import Engine, Training, TrainingDivergedError
from cnnsearch.training.engines.keras_engine import KerasEngine
from cnnsearch.training.program import Programs

__all__ = ["ENGINES", "Engine", "Training", "TrainingDivergedError", "start_engine"]

StartEngine = Callable[[Training, Programs, Sequence[keras.callbacks.Callback]], Engine]

ENGINES: dict[str, StartEngine] = {
    "keras": KerasEngine,
}


def start_engine(
    training: Training,
    programs: Programs,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    name: str = "keras",
) -> Engine:
    """Start an engine by its name, at the beginning of a fold.

    Args:
        training: What to train.
        programs: The networks that this process has compiled.
        callbacks: Called in each training step, to measure it.
        name: The engine.
    """
    return ENGINES[name](training, programs, callbacks)
