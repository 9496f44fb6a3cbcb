"""Networks brought to where they train, for the benchmarks that time epochs."""

from typing import TYPE_CHECKING

from cnnsearch.data.store import StoredData
from cnnsearch.space import Candidate

if TYPE_CHECKING:
    from cnnsearch.training.engines.keras_fit import KerasFit
    from cnnsearch.training.program import Program


def ready(candidate: Candidate, data: StoredData, epochs: int) -> "tuple[Program, KerasFit]":
    """A candidate's network, built and compiled, and the engine that trains it on the data.

    Keras is loaded here and not before, so that the caller can choose the backend.
    """
    from cnnsearch.models.build import build_model
    from cnnsearch.training.engines.keras_fit import KerasFit
    from cnnsearch.training.program import compile_program
    from cnnsearch.training.progress import Objective

    plan, model = candidate.training, build_model(candidate.architecture)
    training = data.summary.task.training(plan, data.train.y, "none")
    program = compile_program(model, plan, training, examples=len(data.train.x), epochs=epochs)
    objective = Objective("validation_accuracy", "maximize")
    return program, KerasFit(
        program, plan, data.summary.task, training, data.train, data.validation, seed=0, objective=objective
    )
