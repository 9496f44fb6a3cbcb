import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cnnsearch.page import pictures


def opened(address):
    return Image.open(BytesIO(base64.b64decode(address.partition("base64,")[2])))


def test_a_grey_picture_keeps_its_pixels():
    x = np.array([[0, 128], [255, 64]], np.uint8)[..., None]
    assert np.array_equal(np.asarray(opened(pictures.example(x, (0, 255)))), x[..., 0])


def test_three_channels_are_colours():
    x = np.random.default_rng(0).integers(0, 256, (5, 4, 3)).astype(np.uint8)
    assert np.array_equal(np.asarray(opened(pictures.example(x, (0, 255)))), x)


def test_a_volume_is_shown_by_the_slice_in_the_middle():
    x = np.zeros((5, 4, 3, 1), np.uint8)
    x[2] = 255
    assert np.asarray(opened(pictures.example(x, (0, 255)))).min() == 255


def test_a_signal_is_shown_as_lines():
    x = np.random.default_rng(0).normal(size=(3000, 2)).astype(np.float32)
    svg = base64.b64decode(pictures.example(x, (-3, 3)).partition("base64,")[2]).decode()
    assert svg.count("<polyline") == 2 and len(svg) < 10_000


def test_large_pictures_are_brought_down():
    x = np.zeros((1000, 500, 3), np.uint8)
    assert opened(pictures.example(x, (0, 255))).size == (112, 224)


@pytest.mark.parametrize("shape", [(9,), (6, 6), (4, 6, 6)])
def test_a_map_of_one_value_is_a_picture_too(shape):
    assert pictures.plane(np.zeros(shape, np.float32)).startswith("data:image/")


def test_a_kernel_s_zero_is_white_and_signs_differ():
    kernel = np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32)[..., None]
    pixels = np.asarray(opened(pictures.kernel(kernel)))
    assert (
        (pixels[0, 1] > 240).all() and pixels[0, 0, 0] > pixels[0, 0, 2] and pixels[1, 0, 2] > pixels[1, 0, 0]
    )


@pytest.mark.parametrize("shape", [(16, 1), (8, 8, 3), (4, 8, 8, 1)])
def test_heat_lies_over_the_example(shape):
    heat = np.ones((2,) * (len(shape) - 1), np.float32)
    warm = pictures.heat(np.zeros(shape, np.uint8), heat, (0, 255))
    cold = pictures.heat(np.zeros(shape, np.uint8), 0 * heat, (0, 255))
    assert warm.startswith("data:image/") and warm != cold
