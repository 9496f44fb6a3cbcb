"""The engines, which train networks, by name. To add one, write a class in a module here and add its name to
the registry below."""

from collections.abc import Callable, Mapping, Sequence

import keras

from cnnsearch.training.engine_use import EngineName
from cnnsearch.training.engines.base import Engine, Training, TrainingDivergedError
from cnnsearch.training.engines.keras_engine import KerasEngine
from cnnsearch.training.program import Programs

__all__ = ["ENGINES", "Engine", "Training", "TrainingDivergedError", "start_engine"]

StartEngine = Callable[[Training, Programs, Sequence[keras.callbacks.Callback]], Engine]


def _compiled(
    training: Training, programs: Programs, callbacks: Sequence[keras.callbacks.Callback]
) -> Engine:
    # Imported here: it needs JAX, which other engines do without.
    from cnnsearch.training.engines.compiled.engine import CompiledEngine

    return CompiledEngine(training, programs, callbacks)


ENGINES: Mapping[EngineName, StartEngine] = {"fit": KerasEngine, "compiled": _compiled}


def start_engine(
    training: Training, programs: Programs, callbacks: Sequence[keras.callbacks.Callback] = ()
) -> Engine:
    """Start the engine of a job, at the beginning of a fold.

    Args:
        training: What to train.
        programs: The networks that this process has compiled.
        callbacks: Called in each training step, to measure it.
    """
    return ENGINES[training.job.engine](training, programs, callbacks)
