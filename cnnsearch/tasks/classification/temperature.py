"""Temperature scaling: one divisor of all logits calibrates the probabilities of a classifier."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

_SMALLEST = 1e-7  # as Keras clips probabilities before the logarithm
_COLDEST, _HOTTEST = 0.05, 20.0

Probabilities = NDArray[Any]
"""`(examples, classes)`."""


def fit_temperature(probabilities: Probabilities, truth: NDArray[np.integer]) -> float:
    """Return the temperature with the lowest cross-entropy on examples (Guo et al. 2017, section 4.2)."""
    logits = _logits(probabilities)
    places = np.arange(len(truth))

    def loss(logarithm: float) -> float:
        return float(-log_softmax(logits / np.exp(logarithm), axis=1)[places, truth].mean())

    bounds = (np.log(_COLDEST), np.log(_HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def tempered(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return the probabilities with logits divided by a temperature; the most probable class is unchanged."""
    changed: Probabilities = softmax(_logits(probabilities) / temperature, axis=1)
    return changed


def _logits(probabilities: Probabilities) -> Probabilities:
    """Return logarithms, which equal the logits up to a constant per example, irrelevant for softmax."""
    logarithms: Probabilities = np.log(np.clip(probabilities.astype(np.float64), _SMALLEST, 1.0))
    return logarithms
