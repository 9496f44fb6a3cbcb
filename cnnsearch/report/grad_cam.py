"""Grad-CAM (Selvaraju et al. 2017, section 3) on either backend."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

LOGITS = "logits"
"""The name of the layer before the output's activation in every network built by cnnsearch."""


def output_of(model: keras.Model, layer: str) -> Any:
    """Return the output of a layer in its network.

    `.output` of a layer that is itself a small model, as those that Keras lacks, is that model's own output.
    """
    return keras.Operation.output.fget(model.get_layer(layer))


def heat_maps(
    model: keras.Model, layer: str, x: NDArray[Any], classes: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the regions of each example that raise the score of its class.

    The channels of the feature map are weighted by the mean gradient of the class score before the output's
    activation (equation 1); the positive part of their sum (equation 2) is divided by its maximum.

    Args:
        model: A network built by cnnsearch.
        layer: The layer of the feature map; every path through the network must pass it.
        x: The examples, `(examples, *spatial, channels)`.
        classes: The classes whose scores are used, `(examples,)`.

    Returns:
        Maps `(examples, *spatial of the feature map)` with values from 0 to 1.
    """
    map_ = output_of(model, layer)
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
    """Return the sum over examples of the score of each example's class; a map of scores is averaged."""
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
