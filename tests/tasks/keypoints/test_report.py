"""What the report says and shows of keypoints."""

import numpy as np
import pytest

from cnnsearch.page.overlays import MOST_NAMED, colour_of
from cnnsearch.tasks.keypoints.report import KeypointsReport
from cnnsearch.tasks.keypoints.results import KeypointsResults
from tests.tasks.drawn import parts_of

LABELS = ("nose", "tail", "ear")
REPORT, RESULTS = KeypointsReport(LABELS), KeypointsResults(LABELS, (40, 32))


@pytest.fixture(scope="module")
def points():
    """Twelve examples of one instance, the nose found at increasing distances; the ear is not labelled."""
    y = np.zeros((12, 1, 3, 3), np.float32)
    y[:, 0, 0], y[:, 0, 1] = (5, 8, 2), (20, 30, 1)
    predictions = y.copy()
    predictions[..., 2] = 0.9
    predictions[:, 0, 0, 0] += np.arange(12)
    return predictions, y


def test_a_prediction_in_words_counts_instances():
    prediction = np.zeros((3, 3, 3), np.float32)
    assert REPORT.predicted(prediction) == "nothing"
    prediction[:2, :, 2] = [[0.5], [0.8]]
    assert REPORT.predicted(prediction) == "2 instances (80\xa0%)"


def test_the_table_has_the_errors_of_each_keypoint(points):
    (table,), _, _ = parts_of(REPORT, RESULTS, *points)
    assert [row[2] for row in table.rows] == ["5.50", "0.00", "–"]
    details = RESULTS.details(*points, None)
    assert [row.value for row in REPORT.rows(details)] == ["5.50", "0.00"]
    assert REPORT.columns(details) == {"median error": "2.75"}


def test_the_figure_has_the_share_within_each_distance(points):
    _, (plot,), _ = parts_of(REPORT, RESULTS, *points)
    nose, tail = plot.figure.charts[0].marks
    assert (nose.name, tail.name) == ("nose", "tail")
    assert nose.x == list(range(12)) and nose.y == pytest.approx(np.arange(1, 13) / 12)


def test_the_worst_and_the_best_are_shown_beside_the_truth(points):
    _, _, (worst, best) = parts_of(REPORT, RESULTS, *points)
    assert len(worst.pictures) == 16 and len(best.pictures) == 8
    assert worst.pictures[1].caption == "predicted 1 instance (90\xa0%)"
    assert "lowest mean OKS" in worst.caption


def test_many_keypoints_are_numbered_in_the_caption():
    labels = [f"point {{{number}}}" for number in range(MOST_NAMED + 1)]
    y = np.full((1, 1, len(labels), 3), 2, np.float32)
    y[..., 0] += np.arange(len(labels))
    results = KeypointsResults(labels, (40, 32))
    _, _, (worst,) = parts_of(KeypointsReport(labels), results, y, y)
    assert "Numbers: 1 point {0}, 2 point {1}," in worst.caption


def test_an_overlay_has_the_instances_that_count():
    prediction = np.zeros((2, 3, 3), np.float32)
    prediction[0], prediction[1] = (10.5, 10.5, 0.9), (25.5, 25.5, 0.05)
    pixels = REPORT.overlay(np.zeros((40, 32, 1), np.uint8), prediction, (0, 255))
    assert tuple(pixels[10 * 8 + 4, 10 * 8 + 4]) == colour_of(2)
    assert not pixels[25 * 8 : 26 * 8, 25 * 8 : 26 * 8].any()
