"""Grad-CAM (Selvaraju et al. 2017, section 3) on either backend."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

LOGITS = "logits"
"""The output's layer before softmax, as every network of ours calls it."""


def heat_maps(
    model: keras.Model, layer: str, x: NDArray[Any], classes: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Where each example speaks for its class.

    The map's channels are weighed by the mean gradient of the class's score before softmax (equation 1); of
    their sum the positive part stays (equation 2), divided by its largest value.

    Args:
        model: A network of ours.
        layer: The layer whose map is looked at; every path through the network meets there.
        x: `(examples, *spatial, channels)`.
        classes: `(examples,)`, whose scores are looked at.

    Returns:
        `(examples, *spatial of the map)`, from 0 to 1.
    """
    map_ = model.get_layer(layer).output
    lower = keras.Model(model.input, map_)
    upper = keras.Model(map_, model.get_layer(LOGITS).output)
    maps = np.asarray(lower.predict(x, verbose=0), np.float32)
    gradients = _GRADIENTS[keras.backend.backend()](upper, maps, classes)
    positions = tuple(range(1, maps.ndim - 1))
    weights = gradients.mean(axis=positions, keepdims=True)
    heat = np.maximum((weights * maps).sum(axis=-1), 0.0)
    most = heat.max(axis=tuple(range(1, heat.ndim)), keepdims=True)
    shares: NDArray[np.float32] = heat / np.maximum(most, 1e-12)
    return shares


def _scores(logits: Any, classes: NDArray[np.int64]) -> Any:
    """The sum of the examples' scores, each of its class; a map of scores counts by its mean."""
    while len(logits.shape) > 2:
        logits = keras.ops.mean(logits, axis=1)
    chosen = keras.ops.one_hot(classes, logits.shape[-1])
    return keras.ops.sum(logits * chosen)


def _tensorflow(upper: keras.Model, maps: NDArray[Any], classes: NDArray[np.int64]) -> NDArray[Any]:
    import tensorflow as tf

    given = tf.convert_to_tensor(maps)
    with tf.GradientTape() as tape:
        tape.watch(given)
        total = _scores(upper(given, training=False), classes)
    return np.asarray(tape.gradient(total, given))


def _jax(upper: keras.Model, maps: NDArray[Any], classes: NDArray[np.int64]) -> NDArray[Any]:
    import jax

    trained = [variable.value for variable in upper.trainable_variables]
    others = [variable.value for variable in upper.non_trainable_variables]

    def total(given: Any) -> Any:
        logits, _ = upper.stateless_call(trained, others, given, training=False)
        return _scores(logits, classes)

    return np.asarray(jax.grad(total)(maps))


_GRADIENTS = {"tensorflow": _tensorflow, "jax": _jax}
