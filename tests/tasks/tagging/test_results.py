import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from cnnsearch.tasks.tagging.results import TaggingResults

RESULTS = TaggingResults(("a", "b"))


@pytest.fixture
def predicted():
    draws = np.random.default_rng(1)
    y = (draws.random((300, 2)) < (0.5, 0.1)).astype(np.uint8)
    return np.clip(0.3 * y + 0.5 * draws.random((300, 2)), 0, 1), y


def test_thresholds_have_the_highest_f1_on_their_own_examples(predicted):
    probabilities, y = predicted
    chosen = RESULTS.fit(probabilities, y)
    for tag in range(2):
        reached = f1_score(y[:, tag], probabilities[:, tag] >= chosen[tag])
        tried = [f1_score(y[:, tag], probabilities[:, tag] >= t) for t in np.linspace(0.01, 0.99, 99)]
        assert reached >= max(tried) - 1e-12


def test_a_test_score_has_an_interval_around_it(predicted):
    probabilities, y = predicted
    for name, score in RESULTS.scores(probabilities, y, on_test=True).items():
        if name != "loss":
            assert score.interval[0] <= score.value <= score.interval[1]
    assert all(score.interval is None for score in RESULTS.scores(probabilities, y, on_test=False).values())


def test_details_are_of_each_tag_at_its_threshold(predicted):
    probabilities, y = predicted
    of_tag = RESULTS.details(probabilities, y, np.array([0.4, 0.6])).per_tag["b"]
    chosen = probabilities[:, 1] >= 0.6
    assert (of_tag.threshold, of_tag.support) == (0.6, int(y[:, 1].sum()))
    assert of_tag.recall == pytest.approx(y[chosen, 1].sum() / y[:, 1].sum())
    assert of_tag.auc == pytest.approx(roc_auc_score(y[:, 1], probabilities[:, 1]))


def test_the_worst_examples_are_the_most_confidently_wrong():
    probabilities, y = np.array([[0.9, 0.1], [0.2, 0.95], [0.6, 0.1]]), np.array([[1, 0], [0, 0], [0, 0]])
    np.testing.assert_array_equal(RESULTS.worst(probabilities, y), [1, 2])


def test_a_prediction_lists_its_tags_and_every_probability():
    assert RESULTS.decode(np.array([0.75, 0.25]), 1) == {"tags": "a", "a": 0.75, "b": 0.25}
