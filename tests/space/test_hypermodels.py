"""A hypermodel's space: what its trials have asked for."""

import pytest

from cnnsearch.errors import SpaceError
from cnnsearch.space import Hypermodel
from cnnsearch.space.domains import Choice, Range
from cnnsearch.space.hypermodels import hypermodel_space
from cnnsearch.space.trials import RandomTrial

BUILD = Hypermodel(source="module:build", folder="/there")


def candidate():
    return hypermodel_space(BUILD).sample(RandomTrial(0), input_shape=(8, 8, 1), num_classes=10)


def test_a_hypermodels_space_is_empty_at_first():
    assert hypermodel_space(BUILD).parameters == {}


def test_what_trials_have_asked_for_is_known():
    known = [candidate().with_value("units", Range(1, 9), 4), candidate()]
    assert hypermodel_space(BUILD, known).parameters == {"units": Range(1, 9)}


def test_a_candidate_of_it_has_no_values():
    assert (candidate().hypermodel, candidate().params) == (BUILD, {})


def test_a_range_that_moves_is_widened():
    space = hypermodel_space(BUILD)
    assert space.learn("units", Range(1, 9)) == space.learn("units", Range(4, 20)) == ""
    assert space.parameters["units"] == Range(1, 20)


def test_other_choices_under_the_same_name_are_refused():
    space = hypermodel_space(BUILD)
    space.learn("kind", Choice(("a", "b")))
    refused = space.learn("kind", Choice(("a", "c")))
    assert refused == "kind: found one of a, c; expected one of a, b, as in an earlier trial"


def test_its_points_are_not_known():
    with pytest.raises(SpaceError, match="build: the points of a hypermodel are not known in advance"):
        next(hypermodel_space(BUILD).points())
