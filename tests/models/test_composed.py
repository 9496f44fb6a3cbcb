"""Layers that Keras does not have, against the same computed by NumPy, SciPy or TensorFlow."""

import itertools
import math

import keras
import numpy as np
import pytest
from keras import ops
from scipy import ndimage

from cnnsearch.architecture import layers
from cnnsearch.architecture.filters import FIXED_FILTERS
from cnnsearch.models.layers import Site, build_layer
from tests.models.helpers import noise

SHAPES = [(9, 3), (6, 9, 3), (5, 4, 6, 3)]


def built(layer: layers.Layer, shape: tuple[int | None, ...]) -> keras.layers.Layer:
    """The Keras layer of a description, on its input."""
    made = build_layer(layer, Site("it", len(shape) - 1, (shape,)))
    made(keras.Input(shape))
    return made


def computed(layer: layers.Layer, x: np.ndarray) -> np.ndarray:
    return ops.convert_to_numpy(built(layer, x.shape[1:])(x))


def windows_of(x: np.ndarray, size: int, strides: int) -> np.ndarray:
    """`(batch, *positions, channels, *window)`, without padding."""
    axes = tuple(range(1, x.ndim - 1))
    windows = np.lib.stride_tricks.sliding_window_view(x, (size,) * len(axes), axes)
    return windows[(slice(None), *(slice(None, None, strides) for _ in axes))]


@pytest.mark.parametrize("is_open", (False, True))
@pytest.mark.parametrize("shape", SHAPES)
def test_a_map_of_size_1_is_repeated_at_every_position(shape, is_open):
    inputs = ((*(1 for _ in shape[:-1]), 2), (*(None for _ in shape[:-1]), 3) if is_open else shape)
    made = build_layer(layers.Broadcast(), Site("it", len(shape) - 1, inputs))
    one, other = noise(2, *inputs[0]), noise(2, *shape)
    found = ops.convert_to_numpy(made([one, other]))
    np.testing.assert_array_equal(found, np.broadcast_to(one, (2, *shape[:-1], 2)))


# Pooling


@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("shape", SHAPES)
def test_min_pooling_is_the_least_of_each_window(shape, strides):
    x = noise(2, *shape)
    expected = windows_of(x, 3, strides).min(axis=tuple(range(-len(shape) + 1, 0)))
    np.testing.assert_array_equal(computed(layers.Pooling("min", 3, strides), x), expected)


def test_padded_min_pooling_does_not_see_the_padding():
    x = 1 + noise(2, 6, 3) ** 2
    assert computed(layers.Pooling("min", 3, 2, "same"), x).min() >= 1


def adaptive(x: np.ndarray, bins: int) -> np.ndarray:
    """The largest number of each part, part by part."""
    out = np.empty((len(x), *(bins for _ in x.shape[1:-1]), x.shape[-1]), np.float32)
    for place in itertools.product(range(bins), repeat=x.ndim - 2):
        part = tuple(
            slice(i * n // bins, -(-(i + 1) * n // bins)) for i, n in zip(place, x.shape[1:-1], strict=True)
        )
        out[(slice(None), *place)] = x[(slice(None), *part)].max(axis=tuple(range(1, x.ndim - 1)))
    return out


@pytest.mark.parametrize("bins", [2, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_adaptive_pooling_is_the_largest_of_each_part(shape, bins):
    x = noise(2, *shape)
    np.testing.assert_array_equal(computed(layers.AdaptivePooling(bins), x), adaptive(x, bins))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 600])
def test_adaptive_pooling_takes_any_size_where_it_is_open(size):
    x = noise(2, size, 3)
    pooling = built(layers.AdaptivePooling(4), (None, 3))
    np.testing.assert_array_equal(ops.convert_to_numpy(pooling(x)), adaptive(x, 4))


# Spectrogram


def spectrogram(x: np.ndarray, window: int, hop: int) -> np.ndarray:
    """Decibels below the loudest value, from 0 at -60 dB to 1, by NumPy's Fourier transform."""
    hann = np.hanning(window + 1)[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(x, window, axis=1)[:, ::hop]  # (n, frames, channels, w)
    amplitudes = np.abs(np.fft.rfft((frames - frames.mean(axis=-1, keepdims=True)) * hann))
    amplitudes /= amplitudes.max(axis=(1, 2, 3), keepdims=True)
    return np.moveaxis(1 + 20 * np.log10(np.maximum(amplitudes, 1e-3)) / 60, 3, 1)


@pytest.mark.parametrize(("window", "hop"), [(8, 4), (9, 9), (16, 20), (2, 1)])
def test_a_spectrogram_is_what_a_fourier_transform_gives(window, hop):
    x = noise(2, 50, 3)
    made = computed(layers.Spectrogram(window, hop, 60.0), x)
    assert made.shape[1:] == layers.Spectrogram(window, hop, 60.0).output_shape(x.shape[1:])
    np.testing.assert_allclose(made, spectrogram(x, window, hop), atol=1e-5)


def test_a_sine_of_any_level_shows_as_1_at_its_frequency_and_silence_as_0():
    sine = np.sin(2 * np.pi * 8 * np.arange(64) / 64).astype(np.float32)
    loud, quiet, silence = computed(
        layers.Spectrogram(64, 64, 60.0), np.stack([sine, 0.01 * sine, 0 * sine])[..., None]
    )[..., 0, 0]
    assert loud.argmax() == 8 and loud[8] == 1
    np.testing.assert_allclose(quiet, loud, atol=1e-3)
    shifted = computed(layers.Spectrogram(64, 64, 60.0), 128 + sine[None, :, None])[0, :, 0, 0]
    np.testing.assert_allclose(shifted, loud, atol=1e-3)
    assert silence.max() == 0


# Normalization and scale


def local_response(x: np.ndarray, layer: layers.LocalResponse) -> np.ndarray:
    """Krizhevsky et al. 2012, section 3.3, channel by channel."""
    out = np.empty_like(x)
    for channel in range(x.shape[-1]):
        near = x[..., max(0, channel - layer.depth_radius) : channel + layer.depth_radius + 1]
        divisor = (layer.bias + layer.alpha * (near**2).sum(axis=-1)) ** layer.beta
        out[..., channel] = x[..., channel] / divisor
    return out


@pytest.mark.parametrize("radius", [1, 2, 9])
@pytest.mark.parametrize("shape", [(9, 7), (6, 9, 7), (5, 4, 6, 7)])
def test_local_response_divides_by_what_neighbours_answer(shape, radius):
    layer, x = layers.LocalResponse(radius, 2.0, 0.3, 0.75), noise(2, *shape)
    np.testing.assert_allclose(computed(layer, x), local_response(x, layer), rtol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it is TensorFlow's")
def test_local_response_is_tensorflows():
    import tensorflow as tf

    layer, x = layers.LocalResponse(2, 2.0, 0.3, 0.75), noise(2, 5, 6, 9)
    expected = tf.nn.local_response_normalization(x, 2, 2.0, 0.3, 0.75)
    np.testing.assert_allclose(computed(layer, x), expected, rtol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_channels_factor_multiplies_it(shape):
    scale, x = built(layers.ChannelScale(0.5), shape), noise(2, *shape)
    np.testing.assert_allclose(scale(x), 0.5 * x)
    scale.set_weights([np.float32([1, -2, 3])])
    np.testing.assert_allclose(scale(x), x * [1, -2, 3], rtol=1e-6)


# Convolution


def unshared(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | float, size: int, strides: int
) -> np.ndarray:
    """Each position's window times that position's kernel, in a loop."""
    windows = np.moveaxis(windows_of(x, size, strides), x.ndim - 1, -1)
    out = np.empty((*windows.shape[: x.ndim - 1], kernel.shape[-1]), np.float32)
    for place in np.ndindex(*out.shape[1:-1]):
        window = windows[(slice(None), *place)].reshape(len(x), -1)
        out[(slice(None), *place)] = window @ kernel[place]
    return out + bias


@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("shape", SHAPES)
def test_an_unshared_convolution_multiplies_each_window_with_its_own_kernel(shape, strides):
    layer = built(layers.UnsharedConvolution(4, 3, strides), shape)
    layer.set_weights([noise(*weight.shape, seed=i) for i, weight in enumerate(layer.weights)])
    kernel, bias = layer.get_weights()
    x = noise(2, *shape)
    np.testing.assert_allclose(layer(x), unshared(x, kernel, bias, 3, strides), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_an_unshared_convolution_of_padding_same_sees_zeros_around(shape):
    layer = built(layers.UnsharedConvolution(4, 3, 1, "same", use_bias=False), shape)
    x = noise(2, *shape)
    around = np.pad(x, [(0, 0), *((1, 1) for _ in shape[:-1]), (0, 0)])
    expected = unshared(around, layer.get_weights()[0], 0.0, 3, 1)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("initializer", ["glorot_uniform", "he_normal", "lecun_uniform"])
def test_an_unshared_convolutions_kernels_begin_as_a_convolutions(initializer):
    shape, size, filters = (20, 20, 3), 3, 8
    unshared_layer = built(layers.UnsharedConvolution(filters, size, kernel_initializer=initializer), shape)
    plain = keras.initializers.get(initializer)
    fan_in, fan_out = size**2 * shape[-1], filters
    by_hand = plain.scale / {"fan_in": fan_in, "fan_avg": (fan_in + fan_out) / 2}[plain.mode]
    assert np.std(unshared_layer.get_weights()[0]) == pytest.approx(math.sqrt(by_hand), rel=0.02)


def tiled(
    x: np.ndarray, kernels: np.ndarray, biases: np.ndarray, strides: tuple[int, ...], tiles: tuple[int, ...]
) -> np.ndarray:
    """Goodfellow et al. 2016, equation 9.10, position by position.

    `kernels` is `(*tiles, *window, channels, filters)`.
    """
    window = kernels.shape[len(tiles) : -2]
    counts = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:-1], window, strides, strict=True)]
    out = np.empty((len(x), *counts, kernels.shape[-1]), np.float32)
    for place in itertools.product(*map(range, counts)):
        box = tuple(slice(i * s, i * s + k) for i, s, k in zip(place, strides, window, strict=True))
        turn = tuple(i % t for i, t in zip(place, tiles, strict=True))
        seen = x[(slice(None), *box)].reshape(len(x), -1)
        out[(slice(None), *place)] = seen @ kernels[turn].reshape(seen.shape[1], -1) + biases[turn]
    return out


TILED = [
    ((9, 3), (3,), (1,), (2,)),
    ((11, 3), (2,), (2,), (3,)),
    ((6, 9, 3), (3, 3), (1, 1), (2, 2)),
    ((7, 9, 3), (3, 2), (1, 2), (3, 2)),
    ((7, 9, 3), (1, 3), (3, 1), (1, 4)),
    ((5, 4, 6, 3), (2, 1, 3), (1, 1, 2), (2, 3, 1)),
    ((5, 6, 6, 3), (3, 3, 3), (1, 1, 1), (2, 2, 2)),
]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("shape", "window", "strides", "tiles"), TILED)
def test_the_kernels_of_a_tiled_convolution_take_turns(shape, window, strides, tiles, padding):
    description = layers.TiledConvolution(4, window, tiles, strides, padding)
    layer = built(description, shape)
    layer.set_weights([noise(*weight.shape, seed=i) for i, weight in enumerate(layer.weights)])
    kernels = np.stack(layer.get_weights()[::2]).reshape(*tiles, *window, shape[-1], 4)
    biases = np.stack(layer.get_weights()[1::2]).reshape(*tiles, 4)
    x = noise(2, *shape)
    around = [(0, 0)]
    for n, k, s in zip(shape[:-1], window, strides, strict=True):
        missing = max(0, (-(-n // s) - 1) * s + k - n) if padding == "same" else 0
        around.append((missing // 2, missing - missing // 2))
    expected = tiled(np.pad(x, [*around, (0, 0)]), kernels, biases, strides, tiles)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), expected, rtol=1e-4, atol=1e-4)
    assert description.output_shape(shape) == expected.shape[1:]
    assert layer.count_params() == sum(description.num_weights(shape))


@pytest.mark.parametrize("tiles", [1, 2])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_tiled_convolution_of_equal_kernels_is_a_convolution(shape, strides, padding, tiles):
    conv = built(layers.Convolution(4, 3, strides, padding), shape)
    layer = built(layers.TiledConvolution(4, 3, tiles, strides, padding), shape)
    conv.set_weights([noise(*weight.shape, seed=i) for i, weight in enumerate(conv.weights)])
    layer.set_weights(conv.get_weights() * tiles ** (len(shape) - 1))
    x = noise(2, *shape)
    if tiles == 1:
        np.testing.assert_array_equal(layer(x), conv(x))
    np.testing.assert_allclose(layer(x), conv(x), rtol=1e-5, atol=1e-5)


def test_a_tiled_convolution_of_as_many_tiles_as_positions_is_an_unshared_one():
    shape, tiles = (5, 6, 3), (3, 4)
    unshared_layer = built(layers.UnsharedConvolution(4, 3), shape)
    layer = built(layers.TiledConvolution(4, 3, tiles, padding="valid"), shape)
    unshared_layer.set_weights([noise(*w.shape, seed=i) for i, w in enumerate(unshared_layer.weights)])
    kernel, bias = unshared_layer.get_weights()
    places = list(np.ndindex(*tiles))
    layer.set_weights([part for place in places for part in (kernel[place].reshape(3, 3, 3, 4), bias[place])])
    x = noise(2, *shape)
    np.testing.assert_allclose(layer(x), unshared_layer(x), rtol=1e-4, atol=1e-4)


def test_the_gradient_of_a_tiled_convolution_reaches_every_kernel():
    layer = built(layers.TiledConvolution(4, 3, 2), (6, 7, 3))
    model = keras.Sequential([keras.Input((6, 7, 3)), layer, keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    before = layer.get_weights()
    model.fit(noise(4, 6, 7, 3), np.ones((4, 1)), verbose=0)
    assert all(not np.array_equal(old, new) for old, new in zip(before, layer.get_weights(), strict=True))


# Fixed filters


@pytest.mark.parametrize("append", [True, False])
@pytest.mark.parametrize(
    ("word", "dimensions"), [(word, n) for word, kind in FIXED_FILTERS.items() for n in kind.dimensions]
)
def test_a_fixed_filter_is_scipys_correlation(word, dimensions, append):
    x = noise(2, *SHAPES[dimensions - 1])
    kernels = FIXED_FILTERS[word]().kernels(dimensions)
    filtered = [
        np.stack([correlated(example[..., channel], kernel) for example in x])
        for channel in range(x.shape[-1])
        for kernel in kernels
    ]
    expected = np.stack(filtered, axis=-1)
    expected = np.concatenate([x, expected], axis=-1) if append else expected
    np.testing.assert_allclose(computed(layers.FixedFilters(kernels, append), x), expected, atol=1e-4)


def correlated(map_: np.ndarray, kernel: tuple[float, ...]) -> np.ndarray:
    return ndimage.correlate(map_, np.array(kernel).reshape((3,) * map_.ndim), mode="constant")


def test_fixed_filters_have_no_weights():
    kernels = FIXED_FILTERS["sobel"]().kernels(2)
    assert built(layers.FixedFilters(kernels, True), (6, 9, 3)).weights == []


# Dropout


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("unit", "axes"),
    [("channel", lambda shape: range(1, len(shape))), ("example", lambda shape: range(1, len(shape) + 1))],
)
def test_what_is_dropped_is_dropped_as_one(unit, axes, shape):
    dropout = built(layers.Dropout(0.5, unit), shape)
    y = ops.convert_to_numpy(dropout(np.ones((64, *shape), np.float32), training=True))
    kept = y.mean(axis=tuple(axes(shape)))
    assert set(np.unique(kept)) == {0.0, 2.0}


def test_numbers_are_dropped_by_themselves():
    y = ops.convert_to_numpy(
        built(layers.Dropout(0.5), (9, 3))(np.ones((8, 9, 3), np.float32), training=True)
    )
    assert all(len(np.unique(example)) == 2 for example in y)


@pytest.mark.parametrize("unit", ["number", "channel", "example"])
def test_about_the_rates_share_is_dropped_in_training_only(unit):
    dropout, x = built(layers.Dropout(0.3, unit), (5, 40)), np.ones((500, 5, 40), np.float32)
    assert np.mean(ops.convert_to_numpy(dropout(x, training=True)) == 0) == pytest.approx(0.3, abs=0.06)
    np.testing.assert_array_equal(dropout(x, training=False), x)
