"""What TensorFlow spends before a network's first epoch and in a later one, and what could spare some of it:
`python benchmarks/tracing.py [--networks 8] [--threads 1]`.

The same random networks of `plain` on digits for each row, in a process of its own; the first network is not
counted, for TensorFlow loads its kernels with it.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from candidates import feasible_for
from engines import ready
from machine import header

from cnnsearch import load_data, load_space
from cnnsearch.data import open_stored
from cnnsearch.data.store import StoredData
from cnnsearch.space import Candidate
from cnnsearch.training.backend import environment

EPOCHS = 5
ROWS = ("as shipped", "steps_per_execution 8", "steps_per_execution 32", "no Grappler", "fused Adam")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--networks", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--row", choices=ROWS, help="this one alone, in this process")
    options = parser.parse_args()
    if options.row:
        os.environ.update(environment("tensorflow", options.threads))
        print(measured(options.row, options.networks))
        return
    print(f"{header()}\ndigits, {options.networks} networks, {options.threads} threads; mean seconds\n")
    print(f"| row | build | first epoch | a later one | {EPOCHS} epochs |\n| --- | --- | --- | --- | --- |")
    for row in ROWS:
        command = [sys.executable, __file__, *sys.argv[1:], "--row", row]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        print(f"| {row} | {said.splitlines()[-1]} |", flush=True)


def measured(row: str, networks: int) -> str:
    """A row's cells."""
    change(row)
    with tempfile.TemporaryDirectory() as folder:
        data = open_stored(load_data("digits").store(Path(folder)))
        figures = [trained(candidate, data) for candidate in sampled(data, networks + 1)][1:]
    build, first, later = map(statistics.mean, zip(*figures, strict=True))
    return " | ".join(f"{each:.3f}" for each in (build, first, later, build + first + (EPOCHS - 1) * later))


def change(row: str) -> None:
    """Changes TensorFlow or Keras as a row says."""
    import keras
    import tensorflow as tf

    if row == "no Grappler":
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    elif row == "fused Adam":
        keras.optimizers.Adam._backend_update_step = fused
    elif row.startswith("steps_per_execution"):
        compiled: Callable[..., Any] = keras.Model.compile
        keras.Model.compile = lambda model, **given: partial(
            compiled, model, steps_per_execution=int(row.split()[-1])
        )(**given)


def fused(optimizer: Any, gradients: list[Any], variables: list[Any], rate: Any) -> None:
    """Adam's update by TensorFlow's own kernel: one operation a variable."""
    import tensorflow as tf

    step = tf.cast(optimizer.iterations.value + 1, tf.float32)
    for gradient, variable in zip(gradients, variables, strict=True):
        place = optimizer._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.value.handle,
            m=optimizer._momentums[place].value.handle,
            v=optimizer._velocities[place].value.handle,
            beta1_power=optimizer.beta_1**step,
            beta2_power=optimizer.beta_2**step,
            lr=tf.cast(rate, tf.float32),
            beta1=optimizer.beta_1,
            beta2=optimizer.beta_2,
            epsilon=optimizer.epsilon,
            grad=gradient,
        )


def sampled(data: StoredData, count: int) -> list[Candidate]:
    """Random networks trained by Adam that can be built."""
    found = feasible_for(data, load_space("plain"), is_limited=True)
    return list(islice((each for each in found if each.training.optimizer.type == "adam"), count))


def trained(candidate: Candidate, data: StoredData) -> tuple[float, float, float]:
    """Seconds to build, of the first epoch, and of a later one, the median."""
    from cnnsearch.training.job import forget_models

    began = time.perf_counter()
    program, engine = ready(candidate, data, EPOCHS)
    moments = [time.perf_counter()]
    for _ in range(EPOCHS):
        engine.run_epoch()
        moments.append(time.perf_counter())
    first, *later = (after - before for before, after in pairwise(moments))
    del engine, program
    forget_models()
    return moments[0] - began, first, statistics.median(later)


if __name__ == "__main__":
    main()
