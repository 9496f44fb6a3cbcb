import pytest

from cnnsearch.architecture import layers


@pytest.mark.parametrize(
    ("size", "kernel", "strides", "padding", "expected"),
    [
        (8, 3, 1, "same", 8),
        (8, 3, 2, "same", 4),
        (7, 3, 2, "same", 4),
        (7, 9, 3, "same", 3),
        (8, 3, 1, "valid", 6),
        (8, 3, 2, "valid", 3),
        (7, 3, 2, "valid", 3),
        (3, 3, 1, "valid", 1),
        (2, 3, 1, "valid", 0),
        (1, 3, 5, "valid", 0),
        (1, 3, 1, "valid", -1),
        (224, 7, 2, "same", 112),
    ],
)
def test_window_positions_are_keras(size, kernel, strides, padding, expected):
    assert layers.window_positions(size, kernel, strides, padding) == expected


def test_a_window_slides_over_every_dimension_but_the_channels():
    assert layers.slide((9, 7, 5, 4), 3, 2, "valid", 6) == (4, 3, 2, 6)
