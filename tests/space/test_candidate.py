"""What is trained, of either kind."""

import pytest
from pydantic import TypeAdapter

from cnnsearch import analyze, load_space
from cnnsearch.plan.training_plan import EarlyStopping
from cnnsearch.space import AnyCandidate, Candidate, Hypermodel
from cnnsearch.space.costs import costs
from cnnsearch.space.domains import Choice, Range
from cnnsearch.space.hypermodels import hypermodel_space
from cnnsearch.space.trials import RandomTrial

SHAPE = {"input_shape": (8, 8, 1), "num_classes": 10}
DRAWN = load_space("plain").sample_random(0, baseline="small", **SHAPE)
EMPTY = hypermodel_space(Hypermodel(source="module:build")).sample(RandomTrial(0), **SHAPE)
GROWN = (
    EMPTY.with_value("units", Range(1, 9, step=2), 3)
    .with_value("rate", Range(0.0, 1.0), 1.0)
    .with_value("wide", Choice((False, True)), True)
)


@pytest.mark.parametrize("candidate", [DRAWN, EMPTY, GROWN])
def test_a_candidate_goes_to_json_and_back(candidate):
    found = TypeAdapter(AnyCandidate).validate_json(candidate.model_dump_json())
    assert found == candidate and repr(found) == repr(candidate)


@pytest.mark.parametrize("candidate", [DRAWN, GROWN])
def test_architecture_json_has_inputs_and_outputs(candidate):
    described = candidate.describe_network()
    assert described["input"]["shape"] == [8, 8, 1]
    assert [output["channels"] for output in described["outputs"]] == [10]


def test_the_costs_of_an_architecture_are_known_in_advance():
    assert DRAWN.costs() == costs(analyze(DRAWN.architecture), DRAWN.training)


def test_those_of_a_hypermodels_network_are_not():
    assert GROWN.costs() == {} and GROWN.known_architecture is None


def test_a_hypermodels_network_is_known_by_its_values():
    other = EMPTY.with_value("units", Range(1, 9), 5)
    same = EMPTY.with_value("units", Range(1, 20), 5)
    assert other.identity() == same.identity() != GROWN.identity()


def test_early_stopping_can_be_left_out():
    plan = DRAWN.training.model_copy(update={"early_stopping": EarlyStopping(patience=3)})
    stopping = Candidate(architecture=DRAWN.architecture, training=plan, params={})
    assert stopping.without_early_stopping().training.early_stopping is None
    assert GROWN.without_early_stopping() == GROWN
