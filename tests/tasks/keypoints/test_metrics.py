"""The metrics of keypoints against pycocotools' OKS and values computed by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.cocoeval import COCOeval

from cnnsearch.tasks.keypoints import metrics

SIZES = (80, 100)


def random_keypoints(seed, examples=6, most=3, predicted=4, keypoints=5):
    """Predictions near true instances, and targets with hidden and unlabelled keypoints."""
    draws = np.random.default_rng(seed)
    y = np.zeros((examples, most, keypoints, 3))
    y[..., :2] = draws.uniform(0, 60, (examples, most, 1, 2)) + draws.uniform(
        0, 30, (examples, most, keypoints, 2)
    )
    y[..., 2] = draws.integers(3, size=y.shape[:3])
    y[y[..., 2] == 0] = 0
    y[0] = 0
    p = np.zeros((examples, predicted, keypoints, 3))
    near = draws.integers(most, size=(examples, predicted))
    p[..., :2] = np.take_along_axis(y[..., :2], near[..., None, None], axis=1) + draws.normal(
        0, 4, (examples, predicted, keypoints, 2)
    )
    p[..., 2] = draws.uniform(0, 0.6, (examples, predicted, 1))
    return p.astype(np.float32), y.astype(np.float32)


def instance(*points, last=2):
    return [[x, y, last] for x, y in points]


def coco_oks(predicted, true, area):
    """The OKS by COCOeval of one predicted and one true instance, `(keypoints, 3)`."""
    evaluation = COCOeval(iouType="keypoints")
    evaluation.params.kpt_oks_sigmas = np.full(len(true), metrics.SIGMA)
    flat = true.ravel().tolist()
    evaluation._gts[0, 0] = [{"keypoints": flat, "bbox": [0, 0, 1, 1], "area": area}]
    evaluation._dts[0, 0] = [{"keypoints": predicted.ravel().tolist(), "score": 1.0}]
    return evaluation.computeOks(0, 0)[0, 0]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_the_oks_is_that_of_cocoeval(seed):
    p, y = random_keypoints(seed, examples=2, most=1, predicted=1)
    p[..., 2], y[1, 0, 0, 2] = 0.5, 2
    labelled = y[1, 0][y[1, 0, :, 2] > 0]
    width, height, _ = np.ptp(labelled, axis=0).astype(np.float64)
    area = max((width**2 + height**2) / 2, (0.05 * 100) ** 2)
    found = metrics.matched(p, y, SIZES)
    assert found.examples.tolist() == [1]
    assert found.oks[0] == pytest.approx(coco_oks(p[1, 0], y[1, 0], area), rel=1e-6, abs=1e-12)


def test_the_values_by_hand():
    y = np.array([[instance((10, 10), (50, 40))]], np.float32)  # 40 wide, 30 high
    p = np.array([[instance((13, 14), (50, 60), last=0.9)]], np.float32)  # 5 and 20 pixels off
    found = metrics.matched(p, y, SIZES)
    terms = [math.exp(-(d**2) / (2 * 1250 * 0.1**2)) for d in (5, 20)]
    np.testing.assert_allclose(found.similarities, [terms])
    assert metrics.values_of(found) == pytest.approx(
        {"mean_oks": sum(terms) / 2, "pck": 0.5, "pixel_error": 12.5}  # correct: at most 8 pixels
    )


def test_the_scale_of_a_small_instance_is_a_share_of_the_example():
    y = np.array([[instance((10, 10))]], np.float32)
    p = np.array([[instance((10, 11), last=0.9)]], np.float32)
    found = metrics.matched(p, y, SIZES)
    assert found.oks[0] == pytest.approx(math.exp(-1 / (2 * 5**2 * 0.1**2)))
    assert found.correct.all()


def test_a_keypoint_that_is_not_labelled_counts_for_nothing():
    y = np.array([[[[10, 10, 1], [0, 0, 0], [30, 10, 2]]]], np.float32)
    p = np.array([[instance((10, 10), (70, 70), (30, 10), last=0.9)]], np.float32)
    found = metrics.matched(p, y, SIZES)
    assert metrics.values_of(found) == {"mean_oks": 1.0, "pck": 1.0, "pixel_error": 0.0}
    by_keypoint = metrics.values_by_keypoint(found)
    assert by_keypoint.labelled.tolist() == [1, 0, 1]
    np.testing.assert_array_equal(by_keypoint.mean_oks, [1.0, np.nan, 1.0])
    np.testing.assert_array_equal(by_keypoint.median_error, [0.0, np.nan, 0.0])


def test_a_missed_instance_has_oks_0_and_no_distance():
    y = np.array([[instance((10, 10), (40, 10)), instance((10, 60), (40, 60))]], np.float32)
    p = np.array(
        [[instance((10, 10), (40, 11), last=0.9), instance((10, 60), (40, 60), last=0.05)]], np.float32
    )
    found = metrics.matched(p, y, SIZES)
    assert found.oks[1] == 0.0
    assert metrics.values_of(found)["pck"] == 0.5
    assert metrics.values_of(found)["pixel_error"] == 0.5
    assert metrics.values_by_keypoint(found).mean_error.tolist() == [0.0, 1.0]


def test_a_predicted_instance_of_higher_score_is_assigned_first():
    y = np.array([[instance((10, 10), (40, 10))]], np.float32)
    p = np.array(
        [[instance((10, 10), (40, 10), last=0.5), instance((10, 11), (40, 11), last=0.9)]], np.float32
    )
    assert metrics.matched(p, y, SIZES).distances.tolist() == [[1.0, 1.0]]


def test_a_far_predicted_instance_does_not_take_the_place_of_a_near_one():
    y = np.array([[instance((10, 10), (40, 10))]], np.float32)
    far, near = instance((60, 70), (90, 70), last=0.9), instance((10, 11), (40, 11), last=0.5)
    assert metrics.matched(np.array([[far, near]], np.float32), y, SIZES).distances.tolist() == [[1.0, 1.0]]
    alone = metrics.matched(np.array([[far]], np.float32), y, SIZES)
    assert metrics.values_of(alone)["pixel_error"] == pytest.approx(math.hypot(50, 60))
    assert metrics.values_of(alone)["mean_oks"] < 1e-6


def test_instances_are_assigned_one_to_one():
    p, y = random_keypoints(4, examples=1, most=3, predicted=3)
    y[0] = np.array(instance(*[(x, 10 + x * x / 50) for x in range(0, 50, 10)]))
    p[0] = y[0]
    p[..., 2] = 0.8
    np.testing.assert_array_equal(metrics.matched(p, y, SIZES).oks, [1.0, 1.0, 1.0])


@pytest.mark.parametrize("score", [0.0, 0.9])
def test_without_a_true_instance_the_shares_are_0(score):
    y = np.zeros((2, 1, 3, 3), np.float32)
    p = np.full((2, 2, 3, 3), score, np.float32)
    found = metrics.matched(p, y, SIZES)
    assert metrics.values_of(found) == {"mean_oks": 0.0, "pck": 0.0, "pixel_error": math.hypot(80, 100)}
    assert metrics.values_by_keypoint(found).labelled.tolist() == [0, 0, 0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_an_example_that_counts_several_times_is_one_that_is_there_several_times(seed):
    p, y = random_keypoints(seed)
    chosen = np.random.default_rng(seed).integers(6, size=6)
    expected = metrics.values_of(metrics.matched(p[chosen], y[chosen], SIZES))
    found = metrics.values_of(metrics.matched(p, y, SIZES), np.bincount(chosen, minlength=6))
    assert found == pytest.approx(expected)
