import pytest

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.costs import COSTS, costs
from tests.space.helpers import network, space_with


@pytest.fixture(scope="module")
def found():
    return costs(analyze(network(space_with("stages: {filters: 4, blocks: conv}"))), TrainingPlan())


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
