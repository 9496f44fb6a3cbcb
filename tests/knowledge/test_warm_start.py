"""Which points of a space a study begins with."""

import pytest

from cnnsearch.data import load_data
from cnnsearch.knowledge.feature_cache import known_features
from cnnsearch.knowledge.warm_start import recommended_points
from cnnsearch.space import load_space
from cnnsearch.study.settings import checked_settings
from tests.knowledge.made import configurations, entries, experience


@pytest.fixture(scope="module")
def dataset():
    return load_data("digits")


def begun(dataset, **settings):
    """The warm start of a study of the digits in `auto`, from a study of data like them."""
    like_them = known_features(dataset).model_dump()
    known = experience(configurations(12), lambda place: 0.5 + place / 50, **like_them)
    chosen = checked_settings({"space": "auto", "data": "digits", **settings})
    return recommended_points(chosen, load_space("auto"), dataset, entries(known))


def test_the_best_known_points_come_in_place_of_the_baselines(dataset):
    found = begun(dataset)
    assert list(found.points) == [f"recommended {number}" for number in range(1, 9)]
    assert configurations(12)[-1].params in found.points.values()
    assert not found.with_baselines


def test_baselines_of_own_spaces_are_tried_too(dataset):
    found = begun(dataset, space="mine.yaml")
    assert found.with_baselines
    assert ", then the baselines; " in found.text


def test_baselines_that_are_not_wanted_are_not_tried(dataset):
    found = begun(dataset, space="mine.yaml", baselines="none")
    assert not found.with_baselines
    assert "baselines" not in found.text
