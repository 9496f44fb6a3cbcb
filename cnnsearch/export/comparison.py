"""Comparison of an exported file with Keras, and its latency."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.exported import Latency
from cnnsearch.bundle.formats import Tolerance
from cnnsearch.tasks.results import Agreement

Run = Callable[[NDArray[np.float32]], NDArray[Any]]
"""A function from raw examples `(batch, *spatial, channels)` to predictions `(batch, channels)`."""
WARM_UP, RUNS = 10, 100
_MOST_SECONDS = 10.0
_FEWEST_RUNS = 50


def fault(agreement: Agreement, tolerance: Tolerance) -> str:
    """Return how an agreement exceeds the tolerance (NaN always does); empty if it does not."""
    if not agreement.difference <= tolerance.difference:
        return (
            f"a prediction differs from that of Keras by {agreement.difference:.2g}; "
            f"expected at most {tolerance.difference:g}"
        )
    if not agreement.share >= tolerance.agreement:
        return (
            f"{agreement.share:.1%} of the examples have the same prediction as in Keras; "
            f"expected at least {tolerance.agreement:.1%}"
        )
    return ""


def measure(run: Run, example: NDArray[np.float32]) -> Latency:
    """Time single runs of one example `(1, *spatial, channels)` after a warm-up.

    A slow network is run fewer times, but at least 50 times.
    """
    for _ in range(WARM_UP):
        run(example)
    times: list[float] = []
    while len(times) < RUNS and (len(times) < _FEWEST_RUNS or sum(times) < _MOST_SECONDS):
        started = time.perf_counter()
        run(example)
        times.append(time.perf_counter() - started)
    median, p95 = map(float, np.percentile(times, [50, 95]))
    return Latency(median=median, p95=p95, runs=len(times))
