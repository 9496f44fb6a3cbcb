"""What the report says and shows of boxes."""

import numpy as np
import pytest

from cnnsearch.page.overlays import colour_of
from cnnsearch.tasks.detection.report import MOST_DRAWN, DetectionReport
from cnnsearch.tasks.detection.results import DetectionResults
from tests.tasks.drawn import parts_of

LABELS = ("red", "white")
REPORT, RESULTS = DetectionReport(LABELS), DetectionResults(LABELS)


def predicted(*rows, count=4):
    """Rows of x0, y0, x1, y1, score and class, then unused ones."""
    found = np.zeros((count, 6), np.float32)
    if rows:
        found[: len(rows)] = rows
    return found


@pytest.fixture(scope="module")
def boxes():
    """Twelve examples with a box each, found in all but the first two."""
    y = np.full((12, 2, 5), (0, 0, 0, 0, -1), np.float32)
    y[:, 0] = (4, 6, 20, 30, 0)
    predictions = np.stack([predicted((4, 6, 20, 30, 0.9, 0), (0, 0, 9, 9, 0.1, 1))] * 12)
    predictions[:2] = 0
    return predictions, y


def test_a_prediction_in_words_counts_plain_boxes():
    rows = predicted((0, 0, 9, 9, 0.8, 1), (0, 0, 5, 5, 0.31, 1), (0, 0, 5, 5, 0.2, 0))
    assert REPORT.predicted(rows) == "2 white"
    assert REPORT.predicted(predicted()) == "nothing"


def test_the_sentence_is_on_the_main_metric(boxes):
    score = RESULTS.scores(*boxes, on_test=False)["ap50"]
    text = REPORT.result(score, 12)
    assert text.startswith("Its AP50 is 8") and text.endswith("on 12 test examples")


def test_a_class_without_a_true_box_has_a_dash_and_no_curve(boxes):
    (table,), (plot,), _ = parts_of(REPORT, RESULTS, *boxes)
    assert [row[0] for row in table.rows] == ["red", "white"]
    assert table.rows[1][1:] == ("–", "–", "0")
    assert [marks.name for marks in plot.figure.charts[0].marks] == ["red"]
    details = RESULTS.details(*boxes, None)
    assert [row.name for row in REPORT.rows(details)] == ["AP50 of red"]
    assert REPORT.columns(details)["AP50:95"].startswith("8")


def test_curves_are_of_the_classes_with_the_lowest_precision():
    count = MOST_DRAWN + 2
    labels = tuple(map(str, range(count)))
    y = np.zeros((1, count, 5), np.float32)
    y[0, :, 2:4], y[0, :, 4] = 9, range(count)
    predictions = np.zeros((1, count, 6), np.float32)
    predictions[0, :, 2:4], predictions[0, :, 4], predictions[0, :, 5] = 9, 0.9, range(count)
    predictions[0, -1, :4] = (20, 20, 30, 30)  # the last class is missed
    _, (plot,), _ = parts_of(DetectionReport(labels), DetectionResults(labels), predictions, y)
    marks = plot.figure.charts[0].marks
    assert len(marks) == MOST_DRAWN and marks[0].name == labels[-1]
    assert "6 classes with the lowest AP50" in plot.figure.caption


def test_curves_have_the_colours_of_the_boxes():
    y = np.array([[(4, 6, 20, 30, 0), (0, 0, 9, 9, 1)]], np.float32)
    predictions = predicted((4, 6, 20, 30, 0.9, 0))[None]  # white, the lowest, is the first curve
    _, (plot,), _ = parts_of(REPORT, RESULTS, predictions, y)
    colours = {marks.name: marks.colour for marks in plot.figure.charts[0].marks}
    assert list(colours) == ["white", "red"]
    assert colours == {name: f"#{bytes(colour_of(i)).hex().upper()}" for i, name in enumerate(LABELS)}


def test_a_prediction_is_decoded_as_counts():
    rows = predicted((0, 0, 9, 9, 0.8, 1), (0, 0, 5, 5, 0.31, 1), (0, 0, 5, 5, 0.2, 0))
    assert RESULTS.decode(rows, 1) == {"count_red": 0, "count_white": 2, "score": 0.8}


def test_the_worst_and_the_best_are_shown_beside_the_truth(boxes):
    _, _, (worst, best) = parts_of(REPORT, RESULTS, *boxes)
    assert [picture.caption for picture in worst.pictures[:4]] == ["true", "predicted nothing"] * 2
    assert [picture.caption for picture in best.pictures] == ["true", "predicted 1 red"] * 4
    assert "lowest share of right boxes" in worst.caption and "highest" in best.caption


def test_an_overlay_has_the_plain_boxes():
    x = np.zeros((40, 32, 1), np.uint8)
    rows = predicted((4, 12, 20, 30, 0.9, 1), (22, 2, 30, 9, 0.2, 0))
    pixels = REPORT.overlay(x, rows, (0, 255))
    assert tuple(pixels[12 * 8, 12 * 8]) == colour_of(1)
    assert not (pixels == colour_of(0)).all(axis=-1).any()
