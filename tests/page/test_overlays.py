"""Overlays, by their colours at places that are known."""

import numpy as np
import pytest

from cnnsearch.page import overlays
from cnnsearch.page.overlays import LEAST, colour_of
from tests.page.test_pictures import opened

ENDS = (0, 255)
BLACK = np.zeros((40, 32, 1), np.uint8)
FACTOR = 8  # 40 pixels to 320


def at(pixels, x, y, factor=FACTOR):
    """The colour at the middle of a pixel of the example."""
    return tuple(pixels[int((y + 0.5) * factor), int((x + 0.5) * factor)].tolist())


def drawn(corners, classes, texts=None):
    texts = texts or [""] * len(corners)
    return overlays.boxes(BLACK, np.array(corners, np.float32), np.array(classes), texts, ENDS)


@pytest.mark.parametrize(
    ("shape", "size"), [((40, 32, 1), (320, 256)), ((319, 100, 3), (638, 200)), ((400, 300, 1), (400, 300))]
)
def test_small_examples_are_enlarged_by_a_whole_number(shape, size):
    pixels = overlays.plain(np.zeros(shape, np.uint8), ENDS)
    assert pixels.shape == (*size, 3) and pixels.dtype == np.uint8 and max(size) >= LEAST


def test_a_box_is_drawn_on_the_border_of_its_pixels():
    pixels = drawn([(4, 6, 20, 30)], [1])
    edge = colour_of(1)
    assert tuple(pixels[6 * FACTOR, 10 * FACTOR]) == edge  # the first row inside
    assert tuple(pixels[6 * FACTOR - 1, 10 * FACTOR]) == (0, 0, 0)
    assert tuple(pixels[30 * FACTOR - 1, 10 * FACTOR]) == edge
    assert tuple(pixels[30 * FACTOR, 10 * FACTOR]) == (0, 0, 0)
    assert tuple(pixels[10 * FACTOR, 4 * FACTOR]) == tuple(pixels[10 * FACTOR, 20 * FACTOR - 1]) == edge
    assert at(pixels, 12, 18) == (0, 0, 0)


def test_the_first_box_is_on_top():
    pixels = drawn([(4, 4, 20, 20), (4, 4, 20, 20)], [2, 3])
    assert tuple(pixels[4 * FACTOR, 10 * FACTOR]) == colour_of(2)


def test_the_text_of_a_box_is_above_it_or_inside_at_the_top():
    above = drawn([(2, 20, 30, 38)], [0], ["cell 0.90"])
    inside = drawn([(2, 0, 30, 38)], [0], ["cell 0.90"])
    assert tuple(above[20 * FACTOR - 2, 2 * FACTOR]) == colour_of(0)
    assert tuple(inside[6, 2 * FACTOR + 1]) == colour_of(0)
    assert (above[: 20 * FACTOR] > 200).all(axis=-1).any()  # the letters


def test_a_box_outside_of_the_picture_is_no_error():
    assert drawn([(-9, -9, 90, 90), (31.9, 39.9, 32, 40)], [0, 1], ["long text of a box", "b"]).any()


def test_more_classes_than_colours_share_them():
    assert colour_of(1) == colour_of(7)


def test_a_point_is_a_dot_hollow_where_it_is_hidden():
    places = np.array([[[5.5, 8.5], [20.5, 30.5], [1.0, 1.0]]])
    shown, hidden = np.array([[True, True, False]]), np.array([[False, True, False]])
    pixels = overlays.points(BLACK, places, shown, hidden, ["nose", "tail", "ear"], ENDS)
    assert at(pixels, 5, 8) == colour_of(0)
    assert at(pixels, 20, 30) == (0, 0, 0)
    assert (pixels[30 * FACTOR : 31 * FACTOR, 18 * FACTOR : 23 * FACTOR] == colour_of(1)).all(axis=-1).any()
    assert not (pixels == colour_of(2)).all(axis=-1).any()


def test_many_points_have_numbers_in_place_of_names():
    places = np.tile([[16.5, 20.5]], (1, 20, 1)).reshape(1, 20, 2)
    shown = np.ones((1, 20), bool)
    long, short = (
        overlays.points(BLACK, places, shown, ~shown, [name] * 20, ENDS) for name in ("a long name", "b")
    )
    assert (long == short).all()


def test_an_instance_is_tinted_with_an_outline_in_its_colour():
    numbers = np.zeros((40, 32), np.uint8)
    numbers[4:16, 4:16], numbers[4:16, 16:28] = 1, 2
    pixels = overlays.instances(BLACK, numbers, ENDS)
    first, second = (np.array(colour_of(number)) for number in (0, 1))
    assert tuple(pixels[4 * FACTOR, 8 * FACTOR]) == tuple(first)
    assert tuple(pixels[8 * FACTOR, 16 * FACTOR - 1]) == tuple(first)
    assert tuple(pixels[8 * FACTOR, 16 * FACTOR]) == tuple(second)
    np.testing.assert_allclose(at(pixels, 9, 9), 0.45 * first, atol=1)
    np.testing.assert_allclose(at(pixels, 22, 9), 0.45 * second, atol=1)
    assert at(pixels, 1, 1) == (0, 0, 0)


def test_regions_are_tinted_but_for_the_first_class():
    classes = np.zeros((40, 32), np.uint8)
    classes[:, 16:] = 3
    pixels = overlays.regions(np.full((40, 32, 3), 255, np.uint8), classes, ENDS)
    assert at(pixels, 3, 3) == (255, 255, 255)
    np.testing.assert_allclose(at(pixels, 20, 3), 0.55 * 255 + 0.45 * np.array(colour_of(2)), atol=1)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_values_of_other_types_are_scaled_by_their_ends(dtype):
    x = np.full((40, 32, 1), 4095, dtype)
    x[:20] = 0
    pixels = overlays.plain(x, (0, 4095))
    assert at(pixels, 5, 5) == (0, 0, 0) and at(pixels, 5, 30) == (255, 255, 255)


def test_colours_of_an_example_are_kept():
    x = np.zeros((40, 32, 3), np.uint8)
    x[..., 1] = 200
    assert at(overlays.plain(x, ENDS), 5, 5) == (0, 200, 0)


def test_a_large_overlay_is_scaled_down_for_a_page():
    assert opened(overlays.address(np.zeros((2000, 1000, 3), np.uint8))).size == (240, 480)
    assert opened(overlays.address(np.zeros((400, 320, 3), np.uint8))).size == (320, 400)
