"""Whether a built model is what the analysis says, layer by layer; and raw pixels to feed it."""

import keras
import numpy as np

from cnnsearch.architecture import Analysis, Architecture
from cnnsearch.models.build import build_model


def agrees(architecture: Architecture, analysis: Analysis) -> None:
    """Every layer's shape and weights, by its name: Keras orders layers by their depth.

    Nothing is allocated: the scope leaves out to draw the weights that the comparison does not need.
    """
    with keras.StatelessScope(initialize_variables=False):
        model = build_model(architecture)
    assert {layer.name for layer in model.layers[1:]} == {row.name for row in analysis.layers}
    for row in analysis.layers:
        layer = model.get_layer(row.name)
        assert (row.name, layer.output.shape[1:]) == (row.name, row.output_shape)
        assert (row.name, layer.count_params()) == (row.name, row.num_weights)
    assert model.output_shape[1:] == analysis.layers[-1].output_shape
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert (model.count_params(), trainable) == (analysis.num_weights, analysis.num_trainable_weights)


def pixels(*shape: int, seed: int = 0) -> np.ndarray:
    """Raw examples."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    """Numbers around zero."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)
