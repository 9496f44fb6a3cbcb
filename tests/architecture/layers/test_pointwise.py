import pytest

from cnnsearch.architecture import layers

LAYERS = {
    layers.Activation("relu"): (0, 0),
    layers.Dropout(0.5): (0, 0),
    layers.Dropout(0.5, "channel"): (0, 0),
    layers.Rescaling((1.0,), (0.0,)): (0, 0),
    layers.LocalResponse(2, 1.0, 1e-4, 0.75): (0, 0),
    layers.BatchNormalization(0.9, 1e-3): (12, 12),
    layers.LayerNormalization(1e-3): (12, 0),
    layers.GroupNormalization(3, 1e-3): (12, 0),
    layers.GroupNormalization(-1, 1e-3): (12, 0),
    layers.ChannelScale(1e-6): (6, 0),
}
"""Trained weights and others, on six channels."""


@pytest.mark.parametrize(("layer", "weights"), LAYERS.items())
def test_weights_go_by_the_channels_alone(layer, weights):
    assert layer.num_weights((4, 5, 6)) == layer.num_weights((9, 6)) == weights


@pytest.mark.parametrize("layer", LAYERS)
def test_the_shape_stays(layer):
    assert layer.output_shape((4, 5, 6)) == (4, 5, 6)


@pytest.mark.parametrize("layer", LAYERS)
def test_only_products_with_a_kernel_are_counted(layer):
    assert layer.macs((4, 5, 6), (4, 5, 6)) == 0
