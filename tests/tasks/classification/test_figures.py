import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from cnnsearch.tasks.classification.figures import (
    MOST_CLASSES,
    confused_pairs,
    confusion_figure,
    confusions,
    reliability_figure,
)
from cnnsearch.tasks.classification.results import calibration
from cnnsearch.tasks.evidence import Evidence


def evidence(examples=500, classes=6, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, examples)
    scores = rng.normal(size=(examples, classes)) + 2 * np.eye(classes)[truth]
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return Evidence(truth, probabilities.astype(np.float32), *(np.zeros(0),) * 4)


def test_the_confusion_matrix_is_scikit_learn_s():
    found = evidence()
    expected = confusion_matrix(found.truth, found.predictions.argmax(axis=1))
    assert (confusions(found) == expected).all()


def test_the_reliability_plot_shows_the_bins_of_the_calibration_error():
    found = evidence()
    figure = reliability_figure(found)
    points = next(marks for marks in figure.charts[0].marks if marks.kind == "points")
    counts = [int(text.split()[0]) for text in points.texts]
    gaps = [abs(right - confidence) for confidence, right in zip(points.x, points.y, strict=True)]
    error = sum(count * gap for count, gap in zip(counts, gaps, strict=True)) / len(found.truth)
    assert error == pytest.approx(calibration(found.predictions, found.truth, 1.0).ece)
    assert len(counts) > 10 and "in 15 bins" in figure.caption


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
