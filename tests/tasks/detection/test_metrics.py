"""The metrics of detection against pycocotools' own accumulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsearch.tasks import average_precision
from cnnsearch.tasks.average_precision import RECALLS, THRESHOLDS
from cnnsearch.tasks.detection import metrics
from tests.tasks import coco

CLASSES = 3


def boxes(draws, *shape):
    """Random boxes, x0, y0, x1, y1."""
    corners = draws.uniform(0, 60, (*shape, 2))
    return np.concatenate([corners, corners + draws.uniform(4, 40, (*shape, 2))], axis=-1)


def random_boxes(seed, examples=6, most=5, predicted=12, levels=8, absent=None):
    """Predictions, most near a true box, and targets; the first example has no box, the second no prediction.

    Scores are one of `levels` values, or 0.
    """
    draws = np.random.default_rng(seed)
    y = np.concatenate([boxes(draws, examples, most), np.zeros((examples, most, 1))], axis=-1)
    y[..., 4] = draws.integers(CLASSES, size=(examples, most))
    p = np.zeros((examples, predicted, 6))
    near = draws.integers(most, size=(examples, predicted, 1))
    p[..., :4] = np.take_along_axis(y[..., :4], near, axis=1) + draws.normal(0, 2, (examples, predicted, 4))
    p[..., 2:4] = np.maximum(p[..., 2:4], p[..., :2] + 1)
    p[..., 5] = np.take_along_axis(y[..., 4], near[..., 0], axis=1)
    astray = draws.random((examples, predicted)) < 0.3
    p[astray, 5] = draws.integers(CLASSES, size=astray.sum())
    p[..., 4] = draws.integers(levels + 1, size=(examples, predicted)) / levels
    p = np.take_along_axis(p, np.argsort(-p[..., 4], axis=1, kind="stable")[..., None], axis=1)
    y[draws.random((examples, most)) < 0.3] = [0, 0, 0, 0, -1]
    y[0] = [0, 0, 0, 0, -1]
    p[1] = 0
    y[y[..., 4] == absent] = [0, 0, 0, 0, -1]
    return p.astype(np.float32), y.astype(np.float32)


def reference(p, y, classes=CLASSES):
    """The precisions of COCOeval."""
    true, predicted = [], []
    for example in range(len(y)):
        for x0, y0, x1, y1, label in y[example].tolist():
            if label >= 0:
                box = [x0, y0, x1 - x0, y1 - y0]
                true.append({"image_id": example, "category_id": int(label), "bbox": box})
        for x0, y0, x1, y1, score, label in p[example].tolist():
            if score > 0:
                row = {"image_id": example, "category_id": int(label), "bbox": [x0, y0, x1 - x0, y1 - y0]}
                predicted.append({**row, "score": score})
    return coco.precisions(true, predicted, len(y), classes, "bbox")


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    levels=st.sampled_from([1, 8, 10**6]),
    examples=st.integers(2, 8),
    absent=st.sampled_from([None, 0, 2]),
)
def test_the_precisions_are_exactly_those_of_cocoeval(seed, levels, examples, absent):
    p, y = random_boxes(seed, examples, levels=levels, absent=absent)
    found = average_precision.interpolated_precisions(metrics.match(p, y, CLASSES))
    np.testing.assert_array_equal(np.nan_to_num(found, nan=-1.0), reference(p, y))


def test_at_most_a_hundred_detections_of_a_class_and_an_example_count():
    p, y = random_boxes(5, 3, predicted=250, levels=10**6)
    p[..., 5], y[..., 4] = 0, np.minimum(y[..., 4], 0)
    matches = metrics.match(p, y, 1)
    assert max(np.bincount(matches.detections[0].examples)) == 100
    found = average_precision.interpolated_precisions(matches)
    np.testing.assert_array_equal(np.nan_to_num(found, nan=-1.0), reference(p, y, 1))


def test_the_values_are_means_over_the_classes_that_occur():
    p, y = random_boxes(3, 12, absent=1)
    expected = reference(p, y)
    assert (expected[1] == -1).all()
    found = metrics.values_of(metrics.match(p, y, CLASSES))
    assert found["ap50"] == pytest.approx(expected[[0, 2], 0].mean())
    assert found["ap"] == pytest.approx(expected[[0, 2]].mean())
    assert 0 < found["ap"] < found["ap50"] < 1


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_an_example_that_counts_several_times_is_one_that_is_there_several_times(seed):
    p, y = random_boxes(seed, 6, levels=10**6)
    chosen = np.sort(np.random.default_rng(seed).integers(6, size=6))
    expected = average_precision.average_precisions(metrics.match(p[chosen], y[chosen], CLASSES))
    found = average_precision.average_precisions(
        metrics.match(p, y, CLASSES), np.bincount(chosen, minlength=6)
    )
    np.testing.assert_array_equal(found, expected)


def test_the_matches_of_perfect_boxes():
    y = np.array([[[0, 0, 10, 10, 1], [20, 20, 30, 40, 0]]], np.float32)
    p = np.insert(y, 4, [[0.9, 0.8]], axis=2)
    matches = metrics.match(p, y, 2)
    assert matches.true.tolist() == [[1, 1]]
    assert [detections.scores.tolist() for detections in matches.detections] == [
        pytest.approx([0.8]),
        pytest.approx([0.9]),
    ]
    assert all(detections.correct.all() for detections in matches.detections)
    assert metrics.values_of(matches) == pytest.approx({"ap50": 1.0, "ap": 1.0})


def test_a_detection_is_correct_up_to_its_iou():
    y = np.array([[[0, 0, 10, 10, 0]]], np.float32)
    p = np.array([[[0, 0, 10, 7.2, 0.5, 0]]], np.float32)  # IoU 0.72
    correct = metrics.match(p, y, 1).detections[0].correct
    assert correct[:, 0].tolist() == (THRESHOLDS < 0.72).tolist()
    assert metrics.values_of(metrics.match(p, y, 1)) == pytest.approx({"ap50": 1.0, "ap": 0.5})


def test_a_class_is_not_matched_with_another():
    y = np.array([[[0, 0, 10, 10, 0]]], np.float32)
    p = np.array([[[0, 0, 10, 10, 0.5, 1]]], np.float32)
    assert metrics.values_of(metrics.match(p, y, 2)) == {"ap50": 0.0, "ap": 0.0}


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_box_that_is_not_finite_matches_nothing(wrong):
    y = np.array([[[0, 0, 10, 10, 0]]], np.float32)
    p = np.array([[[0, wrong, 10, 10, 0.5, 0]]], np.float32)
    assert metrics.values_of(metrics.match(p, y, 1)) == {"ap50": 0.0, "ap": 0.0}


@pytest.mark.parametrize("predicted", [0, 4])
def test_without_a_true_box_every_value_is_0(predicted):
    p = np.zeros((3, 4, 6), np.float32)
    p[:, :predicted] = [0, 0, 5, 5, 0.5, 1]
    y = np.full((3, 1, 5), [0, 0, 0, 0, -1], np.float32)
    matches = metrics.match(p, y, 2)
    assert metrics.values_of(matches) == {"ap50": 0.0, "ap": 0.0}
    assert np.isnan(average_precision.average_precisions(matches)).all()


def test_the_mean_of_a_curve_is_the_average_precision():
    matches = metrics.match(*random_boxes(2, 10), CLASSES)
    curves = average_precision.precision_recall(matches, 0.75)
    expected = average_precision.average_precisions(matches)[:, 5]
    assert all(recalls is RECALLS for recalls, _ in curves)
    np.testing.assert_array_equal([precisions.mean() for _, precisions in curves], expected)
    assert all((np.diff(precisions) <= 0).all() for _, precisions in curves)


def test_nothing_is_printed(capfd):
    metrics.match(*random_boxes(1), CLASSES)
    assert capfd.readouterr() == ("", "")
