"""Heat maps of points."""

import numpy as np
import pytest
from keras import ops

from cnnsearch.tasks.heatmaps import gaussians, heat, heats


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
