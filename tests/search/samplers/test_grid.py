from itertools import islice

import pytest

from cnnsearch.errors import SettingsError
from cnnsearch.search.launch import check_finite
from cnnsearch.search.samplers import ExhaustedError, make_sampler
from tests.search.samplers.helpers import begun, drawn, proposal, settings
from tests.search.toys import ENDLESS, FINITE
from tests.space.helpers import space_of


def test_a_grid_gives_every_point_once_and_is_then_exhausted():
    space = space_of(FINITE)
    sampler = make_sampler(settings("grid"), space, [])
    points = drawn(sampler, space, 8)
    assert sorted(map(str, points)) == sorted(map(str, space.points()))
    with pytest.raises(ExhaustedError, match="every point of the space has been tried"):
        sampler.ask(8)


def test_a_rebuilt_grid_omits_the_points_tried():
    space = space_of(FINITE)
    tried = list(islice(space.points(), 3))
    sampler = make_sampler(settings("grid"), space, [])
    records = [begun(number, proposal(sampler, space, number)) for number in range(3)]
    left = drawn(make_sampler(settings("grid"), space, records), space, 5)
    assert [point for point in left if point in tried] == []


def test_a_grid_over_infinitely_many_points_is_refused_and_the_ranges_are_named():
    with pytest.raises(SettingsError) as caught:
        check_finite(space_of(ENDLESS))
    assert str(caught.value).startswith("--sampler grid: ")
    assert "optimizer.adam.learning_rate" in str(caught.value)
