"""The metrics of segmentation against scikit-learn's confusion matrix and scores of flat positions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, jaccard_score, log_loss

from cnnsearch.tasks.bootstrap import bootstrap_intervals
from cnnsearch.tasks.segmentation import metrics
from cnnsearch.tasks.segmentation.metrics import IGNORED
from cnnsearch.tasks.segmentation.report import SegmentationReport
from cnnsearch.tasks.segmentation.results import SegmentationResults


def predictions(draws, *shape, classes=3):
    numbers = draws.random((*shape, classes)).astype(np.float32) + 0.01
    return numbers / numbers.sum(axis=-1, keepdims=True)


def values(p, y):
    """The loss and the metrics, as a training computes them."""
    loss = float(metrics.crossentropies(p, y).mean())
    return {"loss": loss} | metrics.values_of(metrics.confusions(p, y, 3).sum(axis=0))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    ignored=st.floats(0.0, 0.9),
)
def test_the_metrics_are_those_of_scikit_learn(seed, size, ignored):
    draws = np.random.default_rng(seed)
    y = draws.integers(3, size=(4, *size)).astype(np.uint8)
    y[draws.random(y.shape) < ignored] = IGNORED
    y[0, 0, 0] = 1
    p = predictions(draws, 4, *size)
    found, counted = values(p, y), y != IGNORED
    true, guessed = y[counted], p.argmax(axis=-1)[counted]
    present = sorted({*true.tolist(), *guessed.tolist()})
    scores = {"labels": present, "average": "macro", "zero_division": 0}
    assert found["mean_iou"] == pytest.approx(jaccard_score(true, guessed, **scores))
    assert found["mean_dice"] == pytest.approx(f1_score(true, guessed, **scores))
    assert found["pixel_accuracy"] == pytest.approx(np.mean(true == guessed))
    np.testing.assert_array_equal(
        metrics.confusions(p, y, 3).sum(axis=0), confusion_matrix(true, guessed, labels=range(3))
    )


def test_the_loss_is_the_mean_crossentropy_of_an_example():
    draws = np.random.default_rng(0)
    y, p = draws.integers(3, size=(5, 6, 7)).astype(np.uint8), predictions(draws, 5, 6, 7)
    assert values(p, y)["loss"] == pytest.approx(log_loss(y.ravel(), p.reshape(-1, 3)), rel=1e-5)


def test_positions_of_no_class_count_for_nothing():
    y = np.full((2, 3, 3), IGNORED, np.uint8)
    assert values(predictions(np.random.default_rng(0), 2, 3, 3), y) == {
        "loss": 0.0,
        "mean_iou": 0.0,
        "mean_dice": 0.0,
        "pixel_accuracy": 0.0,
    }


@pytest.fixture
def scored():
    draws = np.random.default_rng(3)
    y = draws.integers(3, size=(12, 6, 5)).astype(np.uint8)
    p = predictions(draws, 12, 6, 5) * 0.3 + 0.7 * np.eye(3, dtype=np.float32)[y]
    p[4] = predictions(draws, 6, 5)
    return SegmentationResults(("ground", "cell", "gap")), p, y


def test_test_scores_have_intervals_over_examples(scored):
    results, p, y = scored
    scores = results.scores(p, y, on_test=True)
    low, high = scores["mean_iou"].interval
    assert low < scores["mean_iou"].value < high <= 1.0
    assert results.scores(p, y, on_test=False)["mean_iou"].interval is None


def test_the_worst_example_comes_first(scored):
    results, p, y = scored
    assert results.worst(p, y)[0] == 4
    assert sorted(results.worst(p, y)) == list(range(12))


def test_the_scores_of_a_class(scored):
    results, p, y = scored
    found = results.details(p, y, None).per_class["cell"]
    true, guessed = y == 1, p.argmax(axis=-1) == 1
    assert found.iou == pytest.approx((true & guessed).sum() / (true | guessed).sum())
    assert found.dice == pytest.approx(2 * (true & guessed).sum() / (true.sum() + guessed.sum()))
    assert found.support == true.sum()


def test_a_class_that_is_not_there_counts_for_nothing():
    p = np.eye(3, dtype=np.float32)[np.zeros((2, 4, 4), int)]
    results = SegmentationResults(("ground", "cell", "gap"))
    found = results.details(p, np.zeros((2, 4, 4), np.uint8), None)
    assert [of.exists for of in found.per_class.values()] == [True, False, False]
    assert SegmentationReport(("ground", "cell", "gap")).columns(found)["mean Dice"].startswith("100")


def test_an_example_without_counted_positions_is_not_the_worst(scored):
    results, p, y = scored
    y = y.copy()
    y[2] = IGNORED
    assert 2 not in results.worst(p, y)


def test_the_intervals_are_those_of_drawn_examples(scored):
    results, p, y = scored
    found = results.scores(p, y, on_test=True)["mean_iou"].interval
    expected = bootstrap_intervals(lambda p, y: values(p, y), p, y)["mean_iou"]
    assert found == pytest.approx(expected)


def test_runtimes_are_compared_position_by_position(scored):
    results, p, _ = scored
    other = p.copy()
    other[0, 0, 0] = np.roll(p[0, 0, 0], 1)
    found = results.agreement(p, other)
    assert found.share == pytest.approx(1 - 1 / (12 * 6 * 5))
    assert found.difference == pytest.approx(np.abs(p - other).max())


def test_a_prediction_is_decoded_as_shares():
    p = np.eye(2, dtype=np.float32)[np.array([[0, 1], [1, 1]])]
    assert SegmentationResults(("ground", "cell")).decode(p, 1) == {"share_ground": 0.25, "share_cell": 0.75}
