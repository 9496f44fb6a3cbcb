"""Heat maps of points."""

import numpy as np
import pytest
from keras import ops

from cnnsearch.tasks.heatmaps import gaussians, heat, heats, nearest
from cnnsearch.tasks.in_parts import in_parts


@pytest.mark.parametrize("count", [1, 3, 90])
def test_the_heat_maps_of_all_kinds_are_those_of_each_kind(count):
    draws = np.random.default_rng(0)
    points, sigmas = (draws.uniform(*ends, (3, 40, 2)).astype(np.float32) for ends in ((0, 100), (1, 9)))
    kinds = draws.integers(-1, count, (3, 40))  # -1: on no map
    sizes, stride = (30, 20), (4, 5)
    drawn = gaussians(points, sigmas, sizes, stride) * (kinds >= 0)[:, None, None, :].astype(np.float32)
    found = ops.convert_to_numpy(heats(drawn, kinds, count))
    assert found.shape == (3, *sizes, count)
    for kind in range(count):
        each = heat(points, sigmas, (kinds == kind).astype(np.float32), sizes, stride)
        np.testing.assert_array_equal(found[..., kind], ops.convert_to_numpy(each))


@pytest.mark.parametrize("rest", [(4,), (3, 2), ()])
def test_each_position_has_the_values_of_the_largest_gaussian(rest):
    draws = np.random.default_rng(0)
    drawn = draws.uniform(0, 1, (2, 5, 6, 7)).astype(np.float32)
    values = draws.uniform(0, 1, (2, 7, *rest)).astype(np.float32)
    found = ops.convert_to_numpy(nearest(ops.convert_to_tensor(drawn), ops.convert_to_tensor(values)))
    for example, row, column in np.ndindex(2, 5, 6):
        expected = values[example, drawn[example, row, column].argmax()]
        np.testing.assert_array_equal(found[example, row, column], expected)


@pytest.mark.parametrize(("numbers", "size"), [(1, 20), (2**22, 1), (2**21, 2), (2**30, 1)])
def test_parts_are_small_where_the_function_makes_large_arrays(numbers, size):
    sizes = []

    def doubled(x):
        sizes.append(len(x))
        return 2 * x

    x = np.arange(20.0).reshape(20, 1)
    np.testing.assert_array_equal(in_parts(doubled, x, numbers=numbers), 2 * x)
    assert set(sizes) == {size}
