"""One training without a search: what the benchmarks of baselines and of schedules share."""

import time
from collections.abc import Sequence
from typing import Any

from cnnsearch.data.store import StoredData
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.space import Candidate
from cnnsearch.training.fidelity import Fidelity

Found = dict[str, float]


def train_once(
    candidate: Candidate,
    plan: TrainingPlan,
    data: StoredData,
    examples: int,
    seed: int = 0,
    callbacks: Sequence[Any] = (),
) -> Found:
    """Trains a network on so many examples and validates it on the whole split.

    Returns:
        The metrics of the training's end, and `seconds`, the building and tracing of the network included.
    """
    import keras

    from cnnsearch.models.build import build_model
    from cnnsearch.training.engines.keras_fit import KerasFit
    from cnnsearch.training.job import forget_models
    from cnnsearch.training.program import compile_program
    from cnnsearch.training.progress import Objective

    began, size, validation = time.perf_counter(), len(data.train.y), len(data.validation.y)
    length = max(plan.batch_size, examples // plan.batch_size * plan.batch_size)
    fidelity = Fidelity(
        rounds=1,
        round_examples=length,
        subset=min(size, examples),
        validation=validation,
        checked=validation,
    )
    keras.utils.set_random_seed(seed)
    task = data.summary.task
    training = task.training(plan, data.train.y, "none")
    program = compile_program(build_model(candidate.architecture), plan, training, examples=length, epochs=1)
    engine = KerasFit(
        program,
        plan,
        task,
        training,
        data.train,
        data.validation,
        seed=seed,
        objective=Objective("validation_accuracy", "maximize"),
        value_range=data.summary.values.ends,
        callbacks=callbacks,
        fidelity=fidelity,
    )
    metrics = engine.run_epoch()
    del engine, program
    forget_models()
    return {**metrics, "seconds": time.perf_counter() - began}
