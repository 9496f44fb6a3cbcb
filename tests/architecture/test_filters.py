"""The kernels against those published, and against SciPy's own filters on random examples."""

import numpy as np
import pytest
from scipy import ndimage

from cnnsearch.architecture.filters import FIXED_FILTERS

PUBLISHED = {
    "vertical_edge": [[[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]],
    "horizontal_edge": [[[-1, -1, -1], [0, 0, 0], [1, 1, 1]]],
    "sobel": [[[-1, -2, -1], [0, 0, 0], [1, 2, 1]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]],
    "scharr": [[[-3, -10, -3], [0, 0, 0], [3, 10, 3]], [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]],
    "laplacian": [[[0, 1, 0], [1, -4, 1], [0, 1, 0]]],
    "sharpen": [[[0, -1, 0], [-1, 5, -1], [0, -1, 0]]],
    "box_blur": [[[1 / 9] * 3] * 3],
    "gaussian_blur": [[[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]]],
}
SHAPES = {1: (17,), 2: (9, 8), 3: (6, 5, 4)}


def kernels_of(word: str, dimensions: int) -> list[np.ndarray]:
    """A filter's kernels as arrays."""
    kernels = FIXED_FILTERS[word]().kernels(dimensions)
    return [np.array(kernel).reshape((3,) * dimensions) for kernel in kernels]


def example(dimensions: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=SHAPES[dimensions])


@pytest.mark.parametrize("word", FIXED_FILTERS)
def test_a_pictures_kernels_are_the_published_ones(word):
    np.testing.assert_allclose(kernels_of(word, 2), PUBLISHED[word], rtol=1e-12)


@pytest.mark.parametrize("dimensions", SHAPES)
def test_sobel_is_scipys_along_each_dimension(dimensions):
    x = example(dimensions)
    for axis, kernel in enumerate(kernels_of("sobel", dimensions)):
        filtered = ndimage.correlate(x, kernel, mode="constant")
        np.testing.assert_allclose(filtered, ndimage.sobel(x, axis, mode="constant"), atol=1e-12)


@pytest.mark.parametrize(("word", "axis"), [("vertical_edge", -1), ("horizontal_edge", -2)])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_an_edge_is_scipys_prewitt(word, axis, dimensions):
    x, (kernel,) = example(dimensions), kernels_of(word, dimensions)
    filtered = ndimage.correlate(x, kernel, mode="constant")
    np.testing.assert_allclose(filtered, ndimage.prewitt(x, axis, mode="constant"), atol=1e-12)


@pytest.mark.parametrize("dimensions", SHAPES)
def test_the_laplacian_is_scipys(dimensions):
    x, (kernel,) = example(dimensions), kernels_of("laplacian", dimensions)
    filtered = ndimage.correlate(x, kernel, mode="constant")
    np.testing.assert_allclose(filtered, ndimage.laplace(x, mode="constant"), atol=1e-12)


@pytest.mark.parametrize("dimensions", SHAPES)
def test_the_box_blur_is_scipys_mean_of_three(dimensions):
    x, (kernel,) = example(dimensions), kernels_of("box_blur", dimensions)
    filtered = ndimage.correlate(x, kernel, mode="constant")
    np.testing.assert_allclose(filtered, ndimage.uniform_filter(x, 3, mode="constant"), atol=1e-12)


@pytest.mark.parametrize(
    ("word", "dimensions"), [(word, n) for word, kind in FIXED_FILTERS.items() for n in kind.dimensions]
)
def test_edges_of_a_plain_area_are_nothing_and_other_filters_leave_it(word, dimensions):
    expected = 1.0 if word in ("sharpen", "box_blur", "gaussian_blur") else 0.0
    for kernel in kernels_of(word, dimensions):
        assert kernel.sum() == pytest.approx(expected)


def test_only_the_horizontal_edge_has_no_meaning_on_signals():
    assert {word for word, kind in FIXED_FILTERS.items() if 1 not in kind.dimensions} == {"horizontal_edge"}


def test_a_signals_derivative_is_that_of_its_neighbours():
    assert {tuple(kernels_of(word, 1)[0]) for word in ("vertical_edge", "sobel", "scharr")} == {(-1, 0, 1)}
