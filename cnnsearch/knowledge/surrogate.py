"""Predicts the regret of a configuration that a study has not trained, from those that it has.

All fields of a configuration describe it, so that a new block or optimizer needs no code here: numbers by the
    mean of their logarithms over the network (filters, kernel sizes, rates), words by how often they occur,
    and the whole by depth, receptive field, weights and MACs at a usual size.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.architecture import analyze
from cnnsearch.architecture.outputs import Output
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.knowledge.experience import Configuration
from cnnsearch.space import Pixels

USUAL_SHAPES = {1: (256, 1), 2: (32, 32, 3), 3: (32, 32, 32, 1)}
"""The input for which sizes are computed, by number of spatial dimensions."""
USUAL_OUTPUT = Output(name="usual", channels=10, activation="softmax")
NOISE = 0.3
"""Variance of a measured regret relative to that of all configurations."""


class Surrogate:
    """The posterior mean of a Gaussian process with mean zero and a squared-exponential kernel (Rasmussen and
    Williams 2006, equation 2.25); its length scale is the median distance of the configurations.

    Args:
        vectors: `(configurations, features)`; the measured configurations.
        values: `(configurations,)`; their values.
    """

    def __init__(self, vectors: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        self._vectors = vectors
        squares = _squares(vectors, vectors)
        positive = squares[squares > 0]
        self._scale = float(np.median(positive)) if positive.size else 1.0
        gram = np.exp(-0.5 * squares / self._scale) + NOISE * np.eye(len(values))
        self._dual = np.linalg.solve(gram, values)

    def predict(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the predicted values, `(configurations,)`; far from all measured configurations they are
        0."""
        return np.asarray(np.exp(-0.5 * _squares(vectors, self._vectors) / self._scale) @ self._dual)


def _squares(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return squared distances, `(len(one), len(other))`."""
    products = one @ other.T
    found = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1) - 2.0 * products
    return np.asarray(np.maximum(found, 0.0))


def configuration_vectors(configurations: Sequence[Configuration]) -> NDArray[np.float64]:
    """Return the features of configurations, `(configurations, features)`, each with mean 0 and deviation
    1."""
    rows = [configuration_features(configuration) for configuration in configurations]
    names = sorted({name for row in rows for name in row})
    matrix = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    deviations = matrix.std(axis=0)
    varied = deviations > 1e-9
    return np.asarray((matrix[:, varied] - matrix[:, varied].mean(axis=0)) / deviations[varied])


def configuration_features(configuration: Configuration) -> dict[str, float]:
    """Return the features of one configuration by name."""
    numbers: dict[str, list[float]] = defaultdict(list)
    words: dict[str, float] = defaultdict(float)
    described = configuration.model_dump(mode="json", exclude={"params"})
    for name, value in _leaves(described):
        if value is None or isinstance(value, bool | str):
            words[f"{name}={value}"] += 1.0
        else:
            numbers[name].append(math.log(value) if value > 0 else 0.0)
    features = {name: sum(values) / len(values) for name, values in numbers.items()}
    features |= {name: math.log1p(count) for name, count in words.items()}
    return features | _sizes(configuration)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield all values with the key that they are under."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, key)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each, name)
    else:
        yield name, value


def _sizes(configuration: Configuration) -> dict[str, float]:
    """Return logarithms of the depth, the receptive field, the weights and the MACs; empty if it cannot be
    built at the usual size."""
    shape = USUAL_SHAPES[configuration.dimensions]
    try:
        analysis = analyze(configuration.candidate(shape, (USUAL_OUTPUT,), Pixels()).architecture)
    except (InfeasibleArchitectureError, ValueError):
        return {}
    counts = ("layers", "receptive_field", "weights", "macs")
    return {f"total {name}": math.log(max(analysis.counts[name], 1)) for name in counts}
