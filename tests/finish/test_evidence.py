import numpy as np
import pytest

from cnnsearch.data import Split
from cnnsearch.finish.evidence import MOST_WRONG, evidence

CLASSES = 3


@pytest.fixture(scope="module")
def answers():
    draws = np.random.default_rng(0)
    truth = draws.integers(CLASSES, size=100)
    probabilities = draws.dirichlet(np.ones(CLASSES), size=100)
    return probabilities, Split(draws.integers(256, size=(100, 2, 2, 1), dtype=np.uint8), truth)


def test_it_keeps_all_answers_and_the_truth(answers):
    probabilities, test = answers
    kept = evidence(probabilities, test)
    assert kept["probabilities"].dtype == np.float32 and kept["probabilities"] == pytest.approx(probabilities)
    assert (kept["truth"] == test.y).all()


def test_the_wrong_ones_are_wrong_and_the_most_confident_first(answers):
    kept = evidence(*answers)
    confidence = kept["wrong_probabilities"].max(axis=1)
    assert len(confidence) == MOST_WRONG and (np.diff(confidence) <= 0).all()
    assert (kept["wrong_probabilities"].argmax(axis=1) != kept["wrong_truth"]).all()


def test_the_wrong_ones_can_be_found_in_the_test_split(answers):
    _, test = answers
    kept = evidence(*answers)
    assert (test.x[kept["wrong_index"]] == kept["wrong_x"]).all()
    assert (test.y[kept["wrong_index"]] == kept["wrong_truth"]).all()


def test_where_nothing_is_wrong_there_are_none():
    test = Split(np.zeros((2, 4, 4, 1), np.uint8), np.array([0, 1]))
    assert evidence(np.eye(2), test)["wrong_x"].shape == (0, 4, 4, 1)
