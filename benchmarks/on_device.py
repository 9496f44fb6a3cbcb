"""Whether JAX gains by having all examples on the device: `python benchmarks/on_device.py [--data DATA]`.

The same networks of `plain` train with batches that are cut by numpy and sent one by one, as shipped; with
batches that threads cut ahead; and with batches that are gathered on the device, where all examples are.
The rows take turns, epoch by epoch, so that whatever else the machine does falls on all of them.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any
from unittest import mock

from candidates import feasible_for
from engines import ready
from machine import header

from cnnsearch import load_data, load_space
from cnnsearch.data import open_stored
from cnnsearch.data.store import StoredData
from cnnsearch.space import Candidate
from cnnsearch.training.backend import environment

NETWORKS, EPOCHS = 4, 6
THREADS = 2


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="digits")
    options = parser.parse_args()
    os.environ.update(environment("jax"))
    import keras

    print(f"{header()}\n{options.data} on {', '.join(keras.distribution.list_devices())}")
    print(f"seconds of an epoch, the median of {EPOCHS - 1} later ones; and their ratio to the first row's\n")
    with tempfile.TemporaryDirectory() as folder:
        data = open_stored(load_data(options.data).store(Path(folder)))
        networks = list(islice(feasible_for(data, load_space("plain"), is_limited=True), NETWORKS))
        columns = [epochs(candidate, data) for candidate in networks]
    print("| batches |" + " network | ratio |" * NETWORKS + f"\n| --- |{' --- | --- |' * NETWORKS}")
    for row in columns[0]:
        cells = (f"{column[row]:.3f} | {column[row] / column['cut by numpy']:.2f}" for column in columns)
        print(f"| {row} | {' | '.join(cells)} |")


def epochs(candidate: Candidate, data: StoredData) -> dict[str, float]:
    """The seconds of an epoch with each kind of input pipeline."""
    engines = {name: engine(make, candidate, data) for name, make in pipelines().items()}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(EPOCHS):
        for name, each in engines.items():
            began = time.perf_counter()
            each.run_epoch()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(spent[1:]) for name, spent in seconds.items()}


def pipelines() -> dict[str, Callable[..., Any]]:
    """The input pipelines, each by what makes it of examples, targets, a batch size and an augmenter."""
    import jax.numpy as jnp

    from cnnsearch.training.input_pipeline import ArrayPipeline

    def cut(x: Any, targets: Any, *rest: Any, **_: Any) -> ArrayPipeline:
        return ArrayPipeline(x, targets, *rest)

    def ahead(*given: Any, **_: Any) -> ArrayPipeline:
        pipeline = ArrayPipeline(*given)
        pipeline.workers = THREADS
        return pipeline

    def on_device(x: Any, targets: Any, *rest: Any, **_: Any) -> ArrayPipeline:
        return ArrayPipeline(jnp.asarray(x), jnp.asarray(targets), *rest)

    return {
        "cut by numpy": cut,
        f"cut ahead by {THREADS} threads": ahead,
        "on the device": on_device,
    }


def engine(make: Callable[..., Any], candidate: Candidate, data: StoredData) -> Any:
    """An engine whose examples come through the given feed."""
    from cnnsearch.training.engines import keras_fit

    with mock.patch.object(keras_fit, "make_input_pipeline", make):
        return ready(candidate, data, EPOCHS)[1]


if __name__ == "__main__":
    main()
