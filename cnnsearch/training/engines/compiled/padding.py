"""A last batch that is smaller than the others, padded to their size, so that one program trains both.

What pads it has weight 0 in the loss, in the metrics, and in the moments of batch normalization, the only
layer that computes with several examples.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops

Array = Any


class Padding:
    """The weights of a batch, known to the batch normalizations of a model while it is called.

    Args:
        model: Its batch normalizations then leave out examples of weight 0.
    """

    def __init__(self, model: keras.Model) -> None:
        self._weights: Array | None = None
        for layer in model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                self._teach(layer)

    @contextmanager
    def weighted(self, weights: Array) -> Iterator[None]:
        """Call the model with a batch of these weights, `(batch,)` of 0 and 1."""
        self._weights = weights
        try:
            yield
        finally:
            self._weights = None

    def _teach(self, layer: keras.layers.BatchNormalization) -> None:
        normalize = layer.call

        def call(inputs: Array, training: bool | None = None, mask: Array | None = None) -> Array:
            if training and self._weights is not None:
                weights = ops.reshape(self._weights, (-1, *[1] * (len(inputs.shape) - 2)))
                mask = ops.broadcast_to(weights, inputs.shape[:-1])
            return normalize(inputs, training=training, mask=mask)

        layer.call = call
