"""Which learning-rate schedule fits successive halving: `python benchmarks/schedules.py --data cifar10/`.

A finalist of rungs of a ninth, a third and all of the examples is trained anew at each: 1 + 1/3 + 1/9 of the
last training's examples in all. Were it continued instead, the same examples would go into one training, at a
rate that stays until the end is decided and then decays (warm-up, stable, decay; Hägele et al. 2024). Both
are trained here, and what else a training of either length could have; validation accuracy of a baseline of
`auto`.
"""

import argparse
import math
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from machine import header
from single import train_once

from cnnsearch import load_data, load_space
from cnnsearch.data import open_stored
from cnnsearch.data.store import StoredData
from cnnsearch.plan.training_plan import Constant
from cnnsearch.training.backend import environment

CONTINUED = 1 + 1 / 3 + 1 / 9
WARMUP, DECAY = 0.1, 0.25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="digits")
    parser.add_argument("--baseline", default="pooled_deep")
    parser.add_argument("--examples", type=int, default=100_000, help="of a training anew")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--cache", type=Path, help="keeps decoded pictures")
    options = parser.parse_args()
    os.environ.update(environment("tensorflow"))
    print(f"{header()}\n{options.baseline} on {options.data}\n")
    with tempfile.TemporaryDirectory() as folder:
        place = options.cache or Path(folder)
        data = open_stored(load_data(options.data, cache=place).store(place))
        print("| schedule | examples | validation accuracy |\n| --- | --- | --- |")
        for name, share, shape in schedules():
            examples = round(share * options.examples)
            found = [trained(options.baseline, data, examples, shape, seed) for seed in options.seeds]
            print(f"| {name} | {examples:,} | {statistics.mean(found):.4f} ({len(found)}) |", flush=True)


def schedules() -> list[tuple[str, float, Callable[[float], float]]]:
    """Each schedule: its name, the share of the examples, and the rate's share of the peak at a point of
    it."""

    def cosine(point: float) -> float:
        return min(point / WARMUP, 0.5 * (1 + math.cos(math.pi * point)))

    return [
        ("trained anew, one cycle", 1.0, lambda point: min(point / 0.25, (1 - point) / 0.75)),
        ("trained anew, warm-up and cosine", 1.0, cosine),
        ("continued, warm-up, stable, decay", CONTINUED, lambda p: min(p / WARMUP, 1.0, (1 - p) / DECAY)),
        ("continued, stopped before its decay", CONTINUED, lambda point: min(point / WARMUP, 1.0)),
    ]


def trained(
    baseline: str, data: StoredData, examples: int, shape: Callable[[float], float], seed: int
) -> float:
    """The validation accuracy at the end of a training."""
    space, summary = load_space("auto"), data.summary
    candidate = space.sample_random(
        0, input_shape=summary.input_shape, num_classes=len(summary.labels), baseline=baseline
    )
    plan = candidate.training.model_copy(update={"schedule": Constant()})
    steps = examples // plan.batch_size
    rates = [plan.learning_rate * shape((step + 1) / (steps + 1)) for step in range(steps)]
    return train_once(candidate, plan, data, examples, seed, [following(rates)])["validation_accuracy"]


def following(rates: list[float]) -> Any:
    """A callback that sets each step's rate."""
    import keras

    def begin(batch: int, logs: Any) -> None:
        callback.model.optimizer.learning_rate.assign(rates[batch])

    callback = keras.callbacks.LambdaCallback(on_train_batch_begin=begin)
    return callback


if __name__ == "__main__":
    main()
