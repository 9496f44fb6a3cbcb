"""What a training habit is worth: `python benchmarks/ablation.py [--data DATA] [--networks N] [--epochs N]`.

The same random networks of `plain` with batch normalization are trained once for each row, with one thing
changed. A row says how far they had come after a few epochs and in the end (mean validation accuracy of all
networks, and of the better half), in which share of pairs the early figure ranks as the final one of the
usual row does, and the seconds of an epoch against the usual row's, its median.
"""

import argparse
import functools
import os
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from candidates import feasible_for
from engines import ready
from machine import header

from cnnsearch import load_data
from cnnsearch.data import open_stored
from cnnsearch.data.store import StoredData
from cnnsearch.plan.training_plan import Cosine, TrainingPlan
from cnnsearch.search.spaces import choose_space
from cnnsearch.space import Candidate
from cnnsearch.training.backend import environment

EARLY = 2
"""Epochs after which the early figure is taken."""


@dataclass(frozen=True)
class Row:
    """One thing changed.

    Attributes:
        plan: What is changed of the training plan.
        momentum: Batch normalization's.
        precision: Keras's policy.
        is_corrected: Whether the moving statistics are freed of their initial values.
        ema: The momentum of an average of the weights that validation uses; None: the weights themselves.
        last: Over how many epochs' ends the weights are averaged that validation uses.
    """

    plan: Callable[[TrainingPlan], dict[str, Any]] = lambda plan: {}
    momentum: float = 0.9
    precision: str = "float32"
    is_corrected: bool = True
    ema: float | None = None
    last: int = 1


ROWS = {
    "as shipped": Row(),
    "moving statistics not corrected": Row(is_corrected=False),
    "momentum 0.99, not corrected (Keras's)": Row(momentum=0.99, is_corrected=False),
    "momentum 0.99": Row(momentum=0.99),
    "momentum 0.8": Row(momentum=0.8),
    "cosine schedule": Row(lambda plan: {"schedule": Cosine()}),
    "cosine schedule, warm-up of an epoch": Row(lambda plan: {"schedule": Cosine(warmup_epochs=1)}),
    "label smoothing 0.1": Row(lambda plan: {"label_smoothing": 0.1}),
    "half the batch": Row(lambda plan: {"batch_size": plan.batch_size // 2}),
    "twice the batch": Row(lambda plan: {"batch_size": plan.batch_size * 2}),
    "weights averaged (0.95)": Row(ema=0.95),
    "weights averaged over 2 epochs": Row(last=2),
    "weights averaged over 3 epochs": Row(last=3),
    "weights averaged over 5 epochs": Row(last=5),
    "bfloat16": Row(precision="mixed_bfloat16"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="digits")
    parser.add_argument("--networks", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    options = parser.parse_args()
    if options.networks < 2:
        parser.error("--networks: at least 2, for they are ranked")
    os.environ.update(environment("tensorflow"))
    print(f"{header()}\n{options.data}, {options.networks} networks, {options.epochs} epochs\n")
    print(
        f"| changed | after {EARLY} epochs | after {options.epochs} | better half | ranked alike | time |"
        "\n| --- | --- | --- | --- | --- | --- |"
    )
    with tempfile.TemporaryDirectory() as folder:
        data = open_stored(load_data(options.data).store(Path(folder)))
        usual: tuple[list[float], Sequence[float]] | None = None
        for name in options.rows:
            row = ROWS[name]
            networks = [trained(row, c, data, options.epochs) for c in sampled(row, data, options.networks)]
            curves, spent = zip(*networks, strict=True)
            finals = [max(curve) for curve in curves]
            usual = usual or (finals, spent)
            ratio = statistics.median(mine / its for mine, its in zip(spent, usual[1], strict=True))
            print(f"| {name} | {line(curves, finals, usual[0], ratio)} |", flush=True)


def sampled(row: Row, data: StoredData, count: int) -> list[Candidate]:
    """Random networks that fit the data, from seed 0 on: the same for every row."""
    normalization = f"{{batch: {{momentum: {row.momentum}}}}}"
    space = choose_space("plain", {"architecture.normalization": normalization}).space
    return list(islice(feasible_for(data, space), count))


def trained(row: Row, candidate: Candidate, data: StoredData, epochs: int) -> tuple[list[float], float]:
    """The validation accuracy after each epoch, and the median seconds of a later epoch."""
    import keras

    from cnnsearch.training import program
    from cnnsearch.training.engines import keras_fit

    keras.utils.clear_session()
    keras.config.set_dtype_policy(row.precision)
    keras.utils.set_random_seed(0)
    plan = candidate.training.model_copy(update=row.plan(candidate.training))
    corrected = keras_fit.forget_initial_values if row.is_corrected else lambda model, steps: None
    averaging = {"use_ema": True, "ema_momentum": row.ema} if row.ema else {}
    made = functools.partial(build, program.build_optimizer, averaging)
    with (
        mock.patch.object(keras_fit, "forget_initial_values", corrected),
        mock.patch.object(program, "build_optimizer", made),
    ):
        compiled, engine = ready(candidate.model_copy(update={"training": plan}), data, epochs)
        curve, spent, ends = [], [], deque[list[np.ndarray]](maxlen=row.last)
        for _ in range(epochs):
            began = time.perf_counter()
            metrics = engine.run_epoch()
            spent.append(time.perf_counter() - began)
            ends.append(averages(compiled.model) if row.ema else compiled.model.get_weights())
            curve.append(
                accuracy_with([np.mean(those, axis=0) for those in zip(*ends, strict=True)], compiled, data)
                if row.ema or row.last > 1
                else metrics["validation_accuracy"]
            )
    return curve, statistics.median(spent[1:])


def build(made: Callable[..., Any], averaging: dict[str, Any], plan: TrainingPlan, **length: int) -> Any:
    """The plan's optimizer, one that averages the weights where a row asks for it."""
    optimizer = made(plan, **length)
    return type(optimizer).from_config(optimizer.get_config() | averaging) if averaging else optimizer


def averages(model: Any) -> list[np.ndarray]:
    """All weights, those that are averaged in training as their averages."""
    found = {id(v): a for v, a in zip(
        model.trainable_variables, model.optimizer._model_variables_moving_average, strict=True
    )}  # fmt: skip
    return [np.asarray(found.get(id(variable), variable).value) for variable in model.weights]


def accuracy_with(weights: list[np.ndarray], compiled: Any, data: StoredData) -> float:
    """The validation accuracy of other weights; the network keeps its own."""
    own = compiled.model.get_weights()
    compiled.model.set_weights(weights)
    predicted = compiled.model.predict(np.asarray(data.validation.x), verbose=0).argmax(axis=1)
    compiled.model.set_weights(own)
    return float(np.mean(predicted == data.validation.y))


def line(curves: Sequence[list[float]], finals: list[float], usual: list[float], ratio: float) -> str:
    """A row's cells."""
    early = [max(curve[:EARLY]) for curve in curves]
    better = sorted(finals)[len(finals) // 2 :]
    pairs = [(i, j) for i, j in combinations(range(len(usual)), 2) if usual[i] != usual[j]]
    alike = statistics.mean((early[i] > early[j]) == (usual[i] > usual[j]) for i, j in pairs)
    means = [statistics.mean(values) for values in (early, finals, better)]
    return " | ".join([*(f"{mean:.4f}" for mean in means), f"{alike:.2f}", f"{ratio:.2f}"])


if __name__ == "__main__":
    main()
