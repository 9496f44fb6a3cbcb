"""Predicts the regret of a recipe that a study has not trained, from those that it has.

A recipe is described by all of its fields, so that a new block or optimizer needs no code here: numbers by
    their mean over the network (filters, kernel sizes, rates; logarithms of those above zero), words by how
    often they occur, and the whole by its depth and its weights and MACs at a usual size.
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
from cnnsearch.knowledge.experience import Recipe
from cnnsearch.space import Pixels

USUAL_SHAPES = ((32, 32, 3), (256, 1), (32, 32, 32, 1))
USUAL_OUTPUT = Output(name="usual", channels=10, activation="softmax")
NOISE = 0.3
"""Variance of a measured regret relative to that of all recipes."""


class Surrogate:
    """The posterior mean of a Gaussian process with a squared-exponential kernel (Rasmussen and Williams
    2006, equation 2.25), whose length scale is the median distance of the recipes (Gretton et al. 2012).

    Args:
        vectors: `(recipes, features)`; the measured recipes.
        values: `(recipes,)`; their regrets.
    """

    def __init__(self, vectors: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        self._vectors, self._mean = vectors, float(values.mean())
        squares = _squares(vectors, vectors)
        positive = squares[squares > 0]
        self._scale = float(np.median(positive)) if positive.size else 1.0
        gram = np.exp(-0.5 * squares / self._scale) + NOISE * np.eye(len(values))
        self._dual = np.linalg.solve(gram, values - self._mean)

    def predict(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the predicted regrets, `(recipes,)`; far from all measured recipes it is their mean."""
        nearness = np.exp(-0.5 * _squares(vectors, self._vectors) / self._scale)
        return np.asarray(self._mean + nearness @ self._dual)


def _squares(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return squared distances, `(len(one), len(other))`."""
    products = one @ other.T
    found = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1) - 2.0 * products
    return np.asarray(np.maximum(found, 0.0))


def recipe_vectors(recipes: Sequence[Recipe]) -> NDArray[np.float64]:
    """Return the features of recipes, `(recipes, features)`, each standardized over the recipes."""
    rows = [recipe_features(recipe) for recipe in recipes]
    names = sorted({name for row in rows for name in row})
    matrix = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    deviations = matrix.std(axis=0)
    varied = deviations > 1e-9
    return np.asarray((matrix[:, varied] - matrix[:, varied].mean(axis=0)) / deviations[varied])


def recipe_features(recipe: Recipe) -> dict[str, float]:
    """Return the features of one recipe by name."""
    numbers: dict[str, list[float]] = defaultdict(list)
    words: dict[str, float] = defaultdict(float)
    described = [recipe.architecture.model_dump(mode="json"), recipe.training.model_dump(mode="json")]
    for name, value in _leaves(described):
        if value is None or isinstance(value, bool | str):
            words[f"{name}={value}"] += 1.0
        else:
            numbers[name].append(math.log(value) if value > 0 else 0.0)
    features = {name: sum(values) / len(values) for name, values in numbers.items()}
    features |= {name: math.log1p(count) for name, count in words.items()}
    return features | _sizes(recipe)


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


def _sizes(recipe: Recipe) -> dict[str, float]:
    """Return the depth, and logarithms of weights and MACs, at the first usual shape that suits."""
    for shape in USUAL_SHAPES:
        try:
            analysis = analyze(recipe.candidate(shape, (USUAL_OUTPUT,), Pixels()).architecture)
        except (InfeasibleArchitectureError, ValueError):
            continue
        return {
            "weights": math.log(max(analysis.num_weights, 1)),
            "macs": math.log(max(analysis.macs, 1)),
            "layers": math.log(len(analysis.layers)),
            "receptive_field": math.log(analysis.receptive_field),
        }
    return {}
