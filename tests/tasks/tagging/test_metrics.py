import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, log_loss

from cnnsearch.tasks.tagging.metrics import average_precision, values


@pytest.fixture
def predicted():
    """Probabilities of 200 examples and 4 tags, some equal, and the truth."""
    draws = np.random.default_rng(0)
    y = (draws.random((200, 4)) < (0.5, 0.2, 0.7, 0.05)).astype(np.uint8)
    return np.round(np.clip(0.4 * y + draws.random((200, 4)) * 0.6, 0, 1), 2), y


def test_they_are_those_of_scikit_learn(predicted):
    probabilities, y = predicted
    found = values(probabilities, y)
    chosen = probabilities >= 0.5
    assert found["mean_average_precision"] == pytest.approx(average_precision_score(y, probabilities))
    assert found["micro_f1"] == pytest.approx(f1_score(y, chosen, average="micro"))
    assert found["macro_f1"] == pytest.approx(f1_score(y, chosen, average="macro"))
    assert found["exact_match"] == pytest.approx((chosen == y).all(axis=1).mean())
    losses = [log_loss(y[:, tag], probabilities[:, tag]) for tag in range(4)]
    assert found["loss"] == pytest.approx(np.mean(losses), rel=1e-5)


@pytest.mark.parametrize("scores", [[0.9, 0.8, 0.1], [0.1, 0.8, 0.9], [0.5, 0.5, 0.5]])
def test_the_average_precision_of_ties_is_scikit_learns(scores):
    truth = np.array([1, 0, 1])
    assert average_precision(np.array(scores), truth) == pytest.approx(average_precision_score(truth, scores))


def test_a_tag_without_an_example_is_left_out(predicted):
    probabilities, y = predicted
    y[:, 3] = 0
    expected = average_precision_score(y[:, :3], probabilities[:, :3])
    assert values(probabilities, y)["mean_average_precision"] == pytest.approx(expected)
