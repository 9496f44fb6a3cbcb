"""Windows of other sizes in each dimension, in one, two and three dimensions, against Keras and NumPy."""

import itertools

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from cnnsearch.architecture import analyze, layers
from cnnsearch.architecture.blocks import (
    AveragePool,
    Block,
    Conv,
    ConvNeXt,
    DenseBlock,
    DepthwiseConv,
    InvertedResidual,
    MaxPool,
    MinPool,
    Residual,
    SeparableConv,
    StridedConv,
    TiledConv,
    UnsharedConv,
)
from cnnsearch.architecture.per_dimension import merged
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.models.layers import Site, build_layer
from tests.architecture.helpers import of_blocks
from tests.models.helpers import agrees, noise

SHAPES = [(17, 4), (9, 12, 4), (6, 7, 9, 4)]
PADDINGS = {
    Conv: ("valid", "same", "full"),
    DepthwiseConv: ("valid", "same", "full"),
    SeparableConv: ("valid", "same", "full"),
    TiledConv: ("valid", "same", "full"),
    UnsharedConv: ("valid", "same", "full"),
    StridedConv: ("valid", "same", "full"),
    MaxPool: ("valid", "same"),
    AveragePool: ("valid", "same"),
    MinPool: ("valid", "same"),
    Residual: (),
    InvertedResidual: (),
    ConvNeXt: (),
    DenseBlock: (),
}
"""The blocks with windows, and their paddings."""


def sizes(dimensions: int, low: int, high: int) -> st.SearchStrategy[int | str]:
    """One number, or one for each of several dimensions."""
    one = st.integers(low, high)
    if dimensions == 1:
        return one
    return one | st.lists(one, min_size=dimensions, max_size=dimensions).map(
        lambda ns: "x".join(map(str, ns))
    )


@st.composite
def windowed(draw: st.DrawFn) -> tuple[tuple[int, ...], Block]:
    """A shape, and a block with windows of any sizes for it."""
    shape, kind = draw(st.sampled_from(SHAPES)), draw(st.sampled_from(list(PADDINGS)))
    dimensions = len(shape) - 1
    highs = {"kernel_size": 4, "pool_size": 4, "strides": 3, "dilation_rate": 3, "tiles": 3}
    fields = {
        name: draw(sizes(dimensions, 1, high))
        for name, high in highs.items()
        if name in kind.model_fields and draw(st.booleans())
    }
    if PADDINGS[kind]:
        fields["padding"] = draw(st.sampled_from(PADDINGS[kind]) | sizes(dimensions, 0, 3))
    if "filters" in kind.model_fields:
        fields["filters"] = draw(st.sampled_from([2, 4]))
    return shape, kind(**fields)


@given(windowed())
@settings(max_examples=120, deadline=None)
def test_the_arithmetic_of_any_window_is_that_of_keras(case):
    shape, block = case
    architecture = of_blocks(block, shape=shape)
    try:
        analysis = analyze(architecture)
    except InfeasibleArchitectureError:
        return
    agrees(architecture, analysis)


# Pools with padding in pixels


def pooled(
    x: np.ndarray, kind: str, window: tuple[int, ...], strides: tuple[int, ...], amounts
) -> np.ndarray:
    """The pooling of each window's positions in the map, in a loop."""
    reduce = {"max": np.max, "min": np.min, "average": np.mean}[kind]
    sizes, axes = x.shape[1:-1], tuple(range(1, x.ndim - 1))
    counts = [(n + 2 * p - k) // s + 1 for n, p, k, s in zip(sizes, amounts, window, strides, strict=True)]
    out = np.empty((len(x), *counts, x.shape[-1]), np.float32)
    for place in itertools.product(*map(range, counts)):
        starts = [i * s - p for i, s, p in zip(place, strides, amounts, strict=True)]
        box = tuple(slice(max(0, start), start + k) for start, k in zip(starts, window, strict=True))
        out[(slice(None), *place)] = reduce(x[(slice(None), *box)], axis=axes)
    return out


@pytest.mark.parametrize("kind", ["max", "min", "average"])
@pytest.mark.parametrize(
    ("shape", "window", "strides", "amounts"),
    [
        ((9, 3), (3,), (2,), (1,)),
        ((9, 8, 3), (3, 3), (2, 2), (1, 1)),
        ((9, 8, 3), (3, 2), (1, 3), (2, 0)),
        ((5, 6, 7, 3), (2, 3, 1), (1, 2, 3), (1, 2, 0)),
    ],
)
@pytest.mark.parametrize("is_open", [False, True])
def test_a_pool_does_not_count_the_pixels_of_its_padding(kind, shape, window, strides, amounts, is_open):
    layer = layers.Pooling(kind, merged(window), merged(strides), merged(amounts))
    given_shape = (*(None for _ in window), shape[-1]) if is_open else shape
    made = build_layer(layer, Site("it", len(window), (given_shape,)))
    x = noise(2, *shape) - 5  # so that zeros would be the largest
    expected = pooled(x, kind, window, strides, amounts)
    np.testing.assert_allclose(ops.convert_to_numpy(made(x)), expected, rtol=1e-5)
    assert layer.output_shape(shape) == expected.shape[1:]


# Convolutions that Keras builds in another way


def by_hand(x: np.ndarray, kernel: np.ndarray, strides: tuple[int, ...]) -> np.ndarray:
    """The depthwise convolution without padding of `kernel`, `(*window, channels)`, in a loop."""
    window = kernel.shape[:-1]
    counts = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:-1], window, strides, strict=True)]
    out = np.empty((len(x), *counts, x.shape[-1]), np.float32)
    for place in itertools.product(*map(range, counts)):
        box = tuple(slice(i * s, i * s + k) for i, s, k in zip(place, strides, window, strict=True))
        axes = tuple(range(1, x.ndim - 1))
        out[(slice(None), *place)] = (x[(slice(None), *box)] * kernel).sum(axis=axes)
    return out


@pytest.mark.parametrize(
    ("shape", "window", "strides"),
    [((9, 12, 3), (3, 2), (2, 3)), ((9, 12, 3), (1, 4), 2), ((6, 7, 5, 3), (3, 1, 2), (1, 2, 3))],
)
def test_a_depthwise_convolution_of_any_strides_is_computed_by_tensorflow_too(shape, window, strides):
    layer = layers.DepthwiseConvolution(window, strides, "valid", use_bias=False)
    made = build_layer(layer, Site("it", len(shape) - 1, (shape,)))
    made(keras.Input(shape))
    kernel, x = noise(*window, shape[-1]), noise(2, *shape, seed=1)
    made.set_weights([kernel.reshape(made.get_weights()[0].shape)])
    steps = (strides,) * len(window) if isinstance(strides, int) else strides
    np.testing.assert_allclose(ops.convert_to_numpy(made(x)), by_hand(x, kernel, steps), rtol=1e-4, atol=1e-4)


def test_an_unshared_convolution_of_a_flat_kernel_sees_its_windows():
    layer = layers.UnsharedConvolution(2, (3, 1), (2, 3), use_bias=False)
    made = build_layer(layer, Site("it", 2, ((9, 8, 3),)))
    made(keras.Input((9, 8, 3)))
    (kernel,) = made.get_weights()
    x = noise(2, 9, 8, 3)
    for i, j in np.ndindex(4, 3):
        expected = x[:, 2 * i : 2 * i + 3, 3 * j].reshape(2, -1) @ kernel[i, j]
        np.testing.assert_allclose(made(x)[:, i, j], expected, rtol=1e-4, atol=1e-4)
