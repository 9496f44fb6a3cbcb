import numpy as np
import pytest

from cnnsearch.bundle.formats import Tolerance
from cnnsearch.export.comparison import RUNS, fault, measure
from cnnsearch.tasks.classification.results import ClassificationResults
from cnnsearch.tasks.results import Agreement

TOLERANCE = Tolerance(0.01, 0.9)


def test_the_largest_difference_and_the_share_of_equal_labels():
    expected = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]], np.float32)
    found = np.array([[0.8, 0.2], [0.55, 0.45], [0.5, 0.5]], np.float32)
    agreement = ClassificationResults("abc").agreement(expected, found)
    assert agreement.difference == pytest.approx(0.15) and agreement.share == pytest.approx(2 / 3)


def test_what_is_within_the_tolerance_has_no_fault():
    assert fault(Agreement(0.01, 0.9), TOLERANCE) == ""


@pytest.mark.parametrize(
    ("agreement", "told"),
    [
        (Agreement(0.02, 1.0), "a prediction differs from that of Keras by 0.02; expected at most 0.01"),
        (
            Agreement(float("nan"), 1.0),
            "a prediction differs from that of Keras by nan; expected at most 0.01",
        ),
        (
            Agreement(0.0, 0.8),
            "80.0% of the examples have the same prediction as in Keras; expected at least 90.0%",
        ),
    ],
)
def test_a_deviation_beyond_the_tolerance_is_described(agreement, told):
    assert fault(agreement, TOLERANCE) == told


def test_one_example_is_run_at_a_time_and_the_warm_up_is_not_counted():
    seen = []
    latency = measure(lambda x: seen.append(x.shape) or x, np.zeros((1, 8, 8, 1), np.float32))
    assert latency.runs == RUNS < len(seen) and set(seen) == {(1, 8, 8, 1)}
