import numpy as np
import pytest

from cnnsearch.data import Split
from cnnsearch.finish.evidence import MOST_WORST, evidence
from cnnsearch.tasks.classification.results import ClassificationResults

CLASSES = 3
RESULTS = ClassificationResults(("a", "b", "c"))


def kept_of(predictions, test):
    return evidence(predictions, test, RESULTS)


@pytest.fixture(scope="module")
def predicted():
    draws = np.random.default_rng(0)
    truth = draws.integers(CLASSES, size=100)
    probabilities = draws.dirichlet(np.ones(CLASSES), size=100)
    return probabilities, Split(draws.integers(256, size=(100, 2, 2, 1), dtype=np.uint8), truth)


def test_it_keeps_all_predictions_and_the_truth(predicted):
    probabilities, test = predicted
    kept = kept_of(*predicted)
    assert kept["predictions"].dtype == np.float32 and kept["predictions"] == pytest.approx(probabilities)
    assert (kept["truth"] == test.y).all()


def test_the_worst_are_wrong_and_the_most_confident_first(predicted):
    kept = kept_of(*predicted)
    confidence = kept["worst_predictions"].max(axis=1)
    assert len(confidence) == MOST_WORST and (np.diff(confidence) <= 0).all()
    assert (kept["worst_predictions"].argmax(axis=1) != kept["worst_truth"]).all()


def test_the_worst_can_be_found_in_the_test_split(predicted):
    _, test = predicted
    kept = kept_of(*predicted)
    assert (test.x[kept["worst_index"]] == kept["worst_x"]).all()
    assert (test.y[kept["worst_index"]] == kept["worst_truth"]).all()


def test_where_nothing_is_wrong_there_are_none():
    test = Split(np.zeros((2, 4, 4, 1), np.uint8), np.array([0, 1]))
    assert kept_of(np.eye(2), test)["worst_x"].shape == (0, 4, 4, 1)
