"""Scores, decoding and agreement of instances, and what the report shows."""

import numpy as np
import pytest

from cnnsearch.page.overlays import colour_of
from cnnsearch.tasks.instances.metrics import measured, values_of
from cnnsearch.tasks.instances.report import InstancesReport
from cnnsearch.tasks.instances.results import InstancesResults
from tests.tasks.drawn import parts_of

LABELS = ("background", "cell", "crumb")
REPORT, RESULTS = InstancesReport(LABELS), InstancesResults(LABELS)


def maps_of(*objects, size=(40, 32), score=0.8):
    """A prediction with squares of 8 pixels: class, number, top and left."""
    found = np.zeros((*size, 3), np.float32)
    for kind, number, top, left in objects:
        found[top : top + 8, left : left + 8] = (kind, number, score)
    return found


def renumbered(prediction, **numbers):
    found = prediction.copy()
    for old, new in numbers.items():
        found[..., 1][prediction[..., 1] == int(old[1:])] = new
    return found


@pytest.fixture(scope="module")
def maps():
    """Twelve examples with a cell, which is missed in the first three; crumbs do not occur."""
    predictions = np.stack([maps_of((1, 1, 4, 4))] * 12)
    y = predictions[..., :2].astype(np.uint8)
    predictions[:3] = 0
    return predictions, y


def test_scores_are_the_metrics_with_intervals_on_test(maps):
    scores = RESULTS.scores(*maps, on_test=True)
    expected = values_of(measured(*maps, len(LABELS)))
    assert {name: score.value for name, score in scores.items()} == expected
    low, high = scores["mask_ap50"].interval
    assert low < expected["mask_ap50"] < high
    assert all(score.interval is None for score in RESULTS.scores(*maps, on_test=False).values())


def test_details_have_each_class(maps):
    of = RESULTS.details(*maps, None).per_class
    assert of["cell"].support == 12 and of["cell"].ap50 == pytest.approx(0.75, abs=0.01)
    assert of["cell"].quality == pytest.approx(9 / (9 + 1.5))
    assert (of["background"].ap50, of["background"].support) == (None, 0)
    assert of["background"].iou > 0.9
    assert (of["crumb"].ap50, of["crumb"].quality, of["crumb"].iou) == (None, None, None)


def test_predictions_are_kept_in_the_form_of_targets(maps):
    kept = RESULTS.kept(maps[0])
    assert kept.dtype == np.uint8 and np.array_equal(kept[3:], maps[1][3:])


def test_the_worst_come_first_and_empty_examples_are_left_out(maps):
    predictions, y = (array.copy() for array in maps)
    predictions[5], y[5] = 0, 0
    assert RESULTS.worst(predictions, y).tolist() == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]


def test_the_numbers_of_instances_do_not_matter_for_agreement():
    expected = np.stack([maps_of((1, 1, 4, 4), (1, 2, 20, 20))])
    agreement = RESULTS.agreement(expected, renumbered(expected, n1=2, n2=7))
    assert agreement == (0.0, 1.0)


def test_a_split_or_another_class_is_no_agreement():
    expected = np.stack([maps_of((1, 1, 4, 4), (1, 2, 20, 20))])
    split, other = expected.copy(), expected.copy()
    split[0, 4:6, 4:12, 1] = 3  # a quarter of the first one
    other[0, 20:28, 20:28, 0] = 2
    assert RESULTS.agreement(expected, split).share == pytest.approx(1 - 16 / (40 * 32))
    assert RESULTS.agreement(expected, other).share == pytest.approx(1 - 64 / (40 * 32))


def test_scores_of_the_same_instances_are_compared():
    expected = np.stack([maps_of((1, 1, 4, 4))])
    found = np.stack([maps_of((1, 1, 4, 4), score=0.75)])
    assert RESULTS.agreement(expected, found).difference == pytest.approx(0.05)


def test_a_prediction_is_decoded_as_counts():
    decoded = RESULTS.decode(maps_of((1, 1, 4, 4), (1, 2, 20, 20), (2, 3, 4, 20)), 1)
    assert decoded == {"count_cell": 2, "count_crumb": 1, "score": 0.8}
    assert REPORT.predicted(maps_of((1, 1, 4, 4), (2, 3, 4, 20))) == "1 cell, 1 crumb"
    assert RESULTS.decode(maps_of(), 1)["score"] == 0.0


def test_the_report_shows_classes_and_instances(maps):
    (table,), _, (worst, best) = parts_of(REPORT, RESULTS, *maps)
    assert table.rows[2] == ("crumb", "–", "–", "–", "–", "0")
    assert [picture.caption for picture in worst.pictures[:2]] == ["true", "predicted nothing"]
    assert [picture.caption for picture in best.pictures] == ["true", "predicted 1 cell"] * 4
    details = RESULTS.details(*maps, None)
    assert [row.name for row in REPORT.rows(details)] == ["mask AP50 of cell"]
    assert REPORT.columns(details)["panoptic quality"].startswith("9")


def test_an_overlay_outlines_each_instance():
    pixels = REPORT.overlay(np.zeros((40, 32, 1), np.uint8), maps_of((1, 1, 4, 4), (1, 2, 4, 12)), (0, 255))
    assert tuple(pixels[4 * 8, 8 * 8]) == colour_of(0) and tuple(pixels[4 * 8, 16 * 8]) == colour_of(1)
