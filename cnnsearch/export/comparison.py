"""A file's answers against Keras's on the same examples, and how long one example takes."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.exported import Latency
from cnnsearch.bundle.formats import Tolerance

Run = Callable[[NDArray[np.float32]], NDArray[Any]]
"""Raw examples `(batch, *spatial, channels)` in, probabilities `(batch, labels)` out."""
WARM_UP, RUNS = 10, 100
_MOST_SECONDS = 10.0
_FEWEST_RUNS = 50


class Agreement(NamedTuple):
    """How near a file is to Keras.

    Attributes:
        difference: The largest between two probabilities of the same label.
        agreement: The share of examples that get the same label.
    """

    difference: float
    agreement: float

    def fault(self, tolerance: Tolerance) -> str:
        """What is beyond the tolerance; empty where nothing is. NaN is."""
        if not self.difference <= tolerance.difference:
            return (
                f"a probability differs from Keras's by {self.difference:.2g}; "
                f"expected at most {tolerance.difference:g}"
            )
        if not self.agreement >= tolerance.agreement:
            return (
                f"{self.agreement:.1%} of the examples get the label that Keras gives; "
                f"expected at least {tolerance.agreement:.1%}"
            )
        return ""


def compare_probabilities(expected: NDArray[Any], found: NDArray[Any]) -> Agreement:
    """Compares probabilities `(examples, labels)`."""
    difference = float(np.max(np.abs(expected.astype(np.float64) - found)))
    return Agreement(difference, float(np.mean(expected.argmax(axis=1) == found.argmax(axis=1))))


def measure(run: Run, example: NDArray[np.float32]) -> Latency:
    """Times single runs of one example `(1, *spatial, channels)`, after a warm-up.

    A network that takes long is run less often, but no less than 50 times.
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
