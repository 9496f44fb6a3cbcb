"""Whether a network's probabilities mean what they say, and the temperature that makes them. No Keras."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

BINS = 15
"""As in Guo et al. 2017."""
_SMALLEST = 1e-7  # as Keras clips probabilities before the logarithm
_COLDEST, _HOTTEST = 0.05, 20.0

Probabilities = NDArray[Any]
"""`(examples, classes)`."""


@dataclass(frozen=True)
class Calibration:
    """How far confidence and accuracy are apart.

    Attributes:
        ece: The expected calibration error.
        temperature: What the logits would have to be divided by, fitted on other examples.
        ece_after: The error with that temperature.
    """

    ece: float
    temperature: float
    ece_after: float


def calibration(probabilities: Probabilities, truth: NDArray[np.integer], temperature: float) -> Calibration:
    """The calibration of a network's answers, before and after a temperature."""
    after = calibration_error(tempered(probabilities, temperature), truth)
    return Calibration(calibration_error(probabilities, truth), temperature, after)


def calibration_error(probabilities: Probabilities, truth: NDArray[np.integer], bins: int = BINS) -> float:
    """The expected calibration error (Guo et al. 2017, equation 3).

    It is |accuracy - confidence| over bins of equal width, each weighted by its share of the examples.

    Args:
        probabilities: `(examples, classes)`.
        truth: `(examples,)`, class indices.
        bins: Confidence is cut into so many: ((m - 1) / bins, m / bins].
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    gaps = (probabilities.argmax(axis=1) == truth) - confidence
    places = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return float(np.abs(np.bincount(places, gaps, minlength=bins)).sum() / len(truth))


def fit_temperature(probabilities: Probabilities, truth: NDArray[np.integer]) -> float:
    """The temperature of the least cross-entropy on these examples (Guo et al. 2017, section 4.2)."""
    logits = _logits(probabilities)
    places = np.arange(len(truth))

    def loss(logarithm: float) -> float:
        return float(-log_softmax(logits / np.exp(logarithm), axis=1)[places, truth].mean())

    bounds = (np.log(_COLDEST), np.log(_HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def tempered(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Probabilities after their logits are divided by a temperature; the likeliest class stays."""
    changed: Probabilities = softmax(_logits(probabilities) / temperature, axis=1)
    return changed


def _logits(probabilities: Probabilities) -> Probabilities:
    """Logarithms serve: logits are known up to a constant for each example, which softmax does not see."""
    logarithms: Probabilities = np.log(np.clip(probabilities.astype(np.float64), _SMALLEST, 1.0))
    return logarithms
