"""The latency of a network for one example as served: compiled, at batch 1, on this machine."""

import os
import platform
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.metrics import Latency
from cnnsearch.finish.latencies import LatencyRequest
from cnnsearch.interop.candidates import build_candidate

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
elif keras.backend.backend() == "jax":
    import jax

FEWEST_RUNS, LEAST_SECONDS, MOST_SECONDS = 50, 1.0, 20.0
"""Limits of a measurement: at least this many runs and seconds, unless it takes the longest time."""
WARM_UP = 5
"""Untimed runs for tracing, memory allocation and caches."""


def measure_candidates(request: LatencyRequest) -> dict[int, Latency]:
    """Measure networks; runs in a separate process."""
    example = np.zeros((1, *request.shape), request.dtype)  # the latency does not depend on the values
    latencies: dict[int, Latency] = {}
    for number, candidate in request.candidates.items():
        fast = sum(latency.median <= request.limit for latency in latencies.values())
        if request.enough is not None and fast >= request.enough:
            break
        latencies[number] = measure_latency(build_candidate(candidate), example)
        keras.utils.clear_session()
    return latencies


def measure_latency(model: keras.Model, example: NDArray[Any]) -> Latency:
    """Measure the latency of a network.

    Args:
        model: The network, from raw examples to predictions.
        example: A raw example of the dataset, `(1, *spatial, channels)`.
    """
    answer = served(model, example)
    for _ in range(WARM_UP):
        answer(example)
    times, begun = list[float](), time.perf_counter()
    while not _is_enough(len(times), time.perf_counter() - begun):
        start = time.perf_counter()
        answer(example)
        times.append(time.perf_counter() - start)
    median, p95 = (float(value) for value in np.percentile(times, (50, 95)))
    return Latency(median=median, p95=p95, batch=len(example), runs=len(times), machine=machine())


def _is_enough(runs: int, seconds: float) -> bool:
    return (runs >= FEWEST_RUNS and seconds >= LEAST_SECONDS) or seconds >= MOST_SECONDS


def served(model: keras.Model, example: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return the network as a compiled function from an array of this example's shape to an array."""
    if keras.backend.backend() == "jax":
        values = [[variable.value for variable in group] for group in _variables(model)]
        compiled = jax.jit(lambda x: model.stateless_call(*values, x, training=False)[0])
        return lambda x: np.asarray(compiled(x))
    signature = [tf.TensorSpec(example.shape, example.dtype)]
    traced = tf.function(lambda x: model(x, training=False), input_signature=signature, autograph=False)
    return lambda x: np.asarray(traced(tf.constant(x)))


def _variables(model: keras.Model) -> tuple[list[keras.Variable], list[keras.Variable]]:
    return model.trainable_variables, model.non_trainable_variables


def machine() -> str:
    """Return the processor's architecture, its number of cores, and the device of Keras."""
    device = keras.distribution.list_devices()[0]
    return f"{platform.machine()}, {os.cpu_count()} cores, {device}"
