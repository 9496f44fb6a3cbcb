import pytest

from cnnsearch.space.constraints import Constraints
from cnnsearch.space.dialect.grammar import CONSTRAINTS
from tests.space.helpers import faults_with, space_with


def test_limits_are_read():
    space = space_with(rest="constraints: {max_weights: 5000000, min_layers: 2}")
    assert space.constraints == Constraints({"max_weights": 5_000_000, "min_layers": 2})


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
        (
            "{min_layers: 5, max_layers: 3}",
            "constraints.min_layers: found 5; expected at most max_layers, which is 3",
        ),
        ("[max_weights]", "constraints: found a list; expected " + ", ".join(CONSTRAINTS)),
    ],
)
def test_a_faulty_constraint_gives_one_message(text, fault):
    assert faults_with(rest=f"constraints: {text}") == [f"space.yaml:4: {fault}"]
