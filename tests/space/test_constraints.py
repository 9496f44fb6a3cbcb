import pytest

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.costs import COSTS, costs
from cnnsearch.space.grammar import CONSTRAINTS
from tests.space.helpers import faults_with, network, space_with


@pytest.fixture(scope="module")
def found():
    return costs(analyze(network(space_with("stages: {filters: 4, blocks: conv}"))), TrainingPlan())


def test_limits_are_read():
    space = space_with(rest="constraints: {max_weights: 5000000, min_layers: 2}")
    assert space.constraints == Constraints({"max_weights": 5_000_000, "min_layers": 2})


@pytest.mark.parametrize("cost", COSTS)
def test_every_count_can_be_bounded_from_both_sides(cost, found):
    value = found[cost]
    Constraints({f"max_{cost}": value, f"min_{cost}": value}).check(found)
    for name, limit in {f"max_{cost}": value - 1, f"min_{cost}": value + 1}.items():
        with pytest.raises(InfeasibleArchitectureError) as caught:
            Constraints({name: limit}).check(found)
        assert str(caught.value) == f"{name} is {limit:,}, but the network has {value:,}"
        assert caught.value.limit == name
        assert caught.value.violation > 0


def test_the_limit_broken_by_the_largest_factor_is_named(found):
    limits = Constraints({"max_weights": found["weights"] // 2, "max_macs": found["macs"] // 10})
    with pytest.raises(InfeasibleArchitectureError) as caught:
        limits.check(found)
    assert caught.value.limit == "max_macs"


def test_no_limits_are_always_kept(found):
    Constraints().check(found)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "{max_weihgts: 3}",
            "constraints.max_weihgts: found 'max_weihgts'; expected "
            + ", ".join(CONSTRAINTS)
            + ". Did you mean 'max_weights'?",
        ),
        ("{max_weights: 1e6}", "constraints.max_weights: found 1e6; expected a whole number of at least 0"),
        ("{max_weights: -1}", "constraints.max_weights: found -1; expected a whole number of at least 0"),
        (
            "{max_weights: [1, 2]}",
            "constraints.max_weights: found a list; expected a whole number of at least 0",
        ),
        ("{max_weights: 5_000}", "constraints.max_weights: found 5_000; write the number without '_'"),
        ("{min_layers: 5, max_layers: 3}", "constraints.min_layers: found 5, above max_layers, 3"),
        ("[max_weights]", "constraints: found a list; expected " + ", ".join(CONSTRAINTS)),
    ],
)
def test_a_faulty_constraint_gives_one_message(text, fault):
    assert faults_with(rest=f"constraints: {text}") == [f"space.yaml:4: {fault}"]
