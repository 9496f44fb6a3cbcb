import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix

from cnnsearch.bundle.metrics import Evidence
from cnnsearch.report.quality import (
    MOST_CLASSES,
    confused_pairs,
    confusion_figure,
    confusions,
    reliability,
)


def evidence(examples=500, classes=6, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, examples)
    scores = rng.normal(size=(examples, classes)) + 2 * np.eye(classes)[truth]
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return Evidence(truth, probabilities.astype(np.float32), *(np.zeros(0),) * 4)


def test_the_confusion_matrix_is_scikit_learn_s():
    found = evidence()
    expected = confusion_matrix(found.truth, found.probabilities.argmax(axis=1))
    assert (confusions(found) == expected).all()


def test_the_reliability_is_scikit_learn_s():
    found = evidence()
    right = found.probabilities.argmax(axis=1) == found.truth
    confidence = found.probabilities.max(axis=1)
    accuracy, mean = calibration_curve(right, confidence, n_bins=10)
    bins = reliability(found)
    assert bins.accuracy == pytest.approx(accuracy) and bins.confidence == pytest.approx(mean)
    assert bins.count.sum() == 500


def test_of_many_classes_those_with_the_most_errors_are_drawn():
    classes = MOST_CLASSES + 5
    truth = np.arange(classes)
    named = np.where(truth >= 5, truth, (truth + 1) % 5)
    found = Evidence(truth, np.eye(classes, dtype=np.float32)[named], *(np.zeros(0),) * 4)
    labels = [str(n) for n in range(classes)]
    figure = confusion_figure(found, labels)
    assert set("01234") <= set(figure.charts[0].grid.rows)
    assert len(figure.charts[0].grid.rows) == MOST_CLASSES and "35" in figure.caption


def test_the_most_frequent_confusion_comes_first():
    truth = np.array([0, 0, 0, 1, 2])
    named = np.array([1, 1, 0, 0, 2])
    found = Evidence(truth, np.eye(3, dtype=np.float32)[named], *(np.zeros(0),) * 4)
    assert confused_pairs(found, ["a", "b", "c"]).rows == [("a", "b", "2"), ("b", "a", "1")]


def test_without_errors_there_are_no_pairs():
    found = Evidence(np.arange(3), np.eye(3, dtype=np.float32), *(np.zeros(0),) * 4)
    assert confused_pairs(found, ["a", "b", "c"]) is None
