import numpy as np
import pytest

from cnnsearch.tasks.classification.calibration import reliability


def two_classes(confidence):
    """Predictions of class 0 with these confidences."""
    first = np.asarray(confidence)
    return np.stack([first, 1 - first], axis=1)


def test_the_bins_are_the_hand_computed_ones():
    found = reliability(two_classes([0.55, 0.6, 0.9, 1.0]), np.array([0, 1, 0, 0]), bins=5)
    assert found.confidence == pytest.approx([0.575, 0.95])
    assert found.accuracy == pytest.approx([0.5, 1.0])
    assert found.count.tolist() == [2, 2]


def test_the_error_is_the_hand_computed_one():
    found = reliability(two_classes([0.55, 0.6, 0.9, 1.0]), np.array([0, 1, 0, 0]), bins=5)
    assert found.error == pytest.approx(0.5 * 0.075 + 0.5 * 0.05)


@pytest.mark.parametrize("edge", [0.625, 0.75, 0.875, 1.0])
def test_a_bin_holds_its_upper_edge_and_not_its_lower_one(edge):
    confidence = [edge, np.nextafter(edge, 0), edge - 0.125]
    assert reliability(two_classes(confidence), np.zeros(3, int), bins=8).count.tolist() == [1, 2]


def test_one_wrong_answer_of_full_confidence_is_an_error_of_one():
    assert reliability(np.array([[1.0, 0.0]]), np.array([1])).error == 1.0
