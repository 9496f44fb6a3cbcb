"""The metrics of instances against pycocotools, scikit-learn and a direct computation of panoptic quality."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask
from sklearn.metrics import jaccard_score

from cnnsearch.tasks import average_precision
from cnnsearch.tasks.instances import metrics
from cnnsearch.tasks.segmentation.metrics import IGNORED
from tests.tasks import coco

CLASSES = 4  # 0: background, 1: without instances, 2 and 3: with instances
SIZE = (17, 23)


def random_maps(seed, examples=5, ignored=0.05):
    """Predictions and targets of overlapping rectangles, at nearly the same places in both."""
    draws = np.random.default_rng(seed)
    y = np.zeros((examples, *SIZE, 2), np.uint8)
    p = np.zeros((examples, *SIZE, 3), np.float32)
    for example in range(examples):
        for index in range(1, draws.integers(1, 8)):
            top, left, tall, wide = draws.integers((0, 0, 4, 4), (11, 17, 9, 9))
            label, score = draws.integers(1, CLASSES), draws.integers(1, 5) / 4
            number = 0 if label == 1 else index
            if draws.random() < 0.85:
                y[example, top : top + tall, left : left + wide] = label, number
            top, left = np.maximum(np.add((top, left), draws.integers(-1, 2, size=2)), 0)
            if draws.random() < 0.15:
                label, number = 2, 20 + index
            if draws.random() < 0.85:
                p[example, top : top + tall, left : left + wide] = label, number, score if number else 0
    y[draws.random(y.shape[:3]) < ignored] = IGNORED, 0
    top, left = draws.integers(0, 12, size=2)
    y[:, top : top + 4, left : left + 8] = IGNORED, 0
    return p, y


def objects(maps, counted):
    """The label, score and counted positions of each instance of an example."""
    found = {tuple(pair) for pair in maps[..., :2].reshape(-1, 2).astype(int).tolist()}
    for label, number in sorted(found):
        positions = (maps[..., 0] == label) & (maps[..., 1] == number)
        if number and (positions & counted).any():
            yield label, maps[positions][0, -1].item(), positions & counted


def reference_precisions(p, y):
    """The precisions of COCOeval."""
    true, predicted = [], []
    for example, (prediction, maps) in enumerate(zip(p, y, strict=True)):
        for target, source in ((true, maps), (predicted, prediction)):
            for label, score, positions in objects(source, maps[..., 0] != IGNORED):
                region = mask.encode(np.asfortranarray(positions.astype(np.uint8)))
                row = {"image_id": example, "category_id": label, "segmentation": region}
                target.append(row if target is true else {**row, "score": score})
    return coco.precisions(true, predicted, len(y), CLASSES, "segm", SIZE)


def regions(labels, numbers):
    """The positions of each segment of an example, by class and number, as sets."""
    found = {}
    for position in np.ndindex(*labels.shape):
        found.setdefault((int(labels[position]), int(numbers[position])), set()).add(position)
    return found


def panoptic_quality(p, y):
    """Equation 1 of Kirillov et al., segment by segment, with their rules for ignored positions."""
    ious, halves = {}, {}
    for prediction, maps in zip(p, y, strict=True):
        true, predicted = regions(maps[..., 0], maps[..., 1]), regions(prediction[..., 0], prediction[..., 1])
        void = true.pop((IGNORED, 0), set())
        left = dict(predicted)
        for (label, _), positions in true.items():
            halves[label] = halves.get(label, 0) + 0.5
            for other, others in predicted.items():
                iou = len(positions & others) / len(positions | (others - void))
                if other[0] == label and iou > 0.5:
                    ious.setdefault(label, []).append(iou)
                    halves[label] += 0.5
                    del left[other]
        for (label, _), positions in left.items():
            if len(positions & void) <= 0.5 * len(positions):
                halves[label] = halves.get(label, 0) + 0.5
    return np.mean([sum(ious.get(label, [])) / halves[label] for label in halves])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_the_precisions_are_exactly_those_of_cocoeval(seed):
    p, y = random_maps(seed)
    found = average_precision.interpolated_precisions(metrics.measured(p, y, CLASSES).matches)
    np.testing.assert_array_equal(np.nan_to_num(found, nan=-1.0), reference_precisions(p, y))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**16), ignored=st.sampled_from([0.0, 0.3]))
def test_the_panoptic_quality_is_that_of_the_definition(seed, ignored):
    p, y = random_maps(seed, ignored=ignored)
    found = metrics.values_of(metrics.measured(p, y, CLASSES))
    assert found["panoptic_quality"] == pytest.approx(panoptic_quality(p, y))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_the_mean_iou_is_that_of_the_classes(seed):
    p, y = random_maps(seed)
    counted = y[..., 0] != IGNORED
    true, predicted = y[..., 0][counted], p[..., 0][counted].astype(int)
    present = sorted({*true.tolist(), *predicted.tolist()})
    expected = jaccard_score(true, predicted, labels=present, average="macro", zero_division=0)
    assert metrics.values_of(metrics.measured(p, y, CLASSES))["mean_iou"] == pytest.approx(expected)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_an_example_that_counts_several_times_is_one_that_is_there_several_times(seed):
    p, y = random_maps(seed)
    p[..., 2] *= 1 - np.arange(5)[:, None, None] / 100 - p[..., 1] / 1000  # no scores are equal
    chosen = np.sort(np.random.default_rng(seed).integers(5, size=5))
    expected = metrics.values_of(metrics.measured(p[chosen], y[chosen], CLASSES))
    found = metrics.values_of(metrics.measured(p, y, CLASSES), np.bincount(chosen, minlength=5))
    assert found == pytest.approx(expected)


def test_perfect_maps():
    _, y = random_maps(1)
    p = np.concatenate([np.where(y[..., :1] == IGNORED, 0, y[..., :1]), y[..., 1:], y[..., 1:] > 0], axis=-1)
    found = metrics.values_of(metrics.measured(p.astype(np.float32), y, CLASSES))
    assert found == pytest.approx(
        {"mask_ap50": 1.0, "mask_ap": 1.0, "panoptic_quality": 1.0, "mean_iou": 1.0}
    )


def test_without_instances_the_average_precisions_are_0():
    p, y = np.zeros((2, *SIZE, 3), np.float32), np.zeros((2, *SIZE, 2), np.uint8)
    found = metrics.values_of(metrics.measured(p, y, CLASSES))
    assert found == {"mask_ap50": 0.0, "mask_ap": 0.0, "panoptic_quality": 1.0, "mean_iou": 1.0}


def test_an_example_without_counted_positions_counts_for_nothing():
    p, _ = random_maps(0)
    y = np.full((len(p), *SIZE, 2), (IGNORED, 0), np.uint8)
    measured = metrics.measured(p, y, CLASSES)
    assert set(metrics.values_of(measured).values()) == {0.0}
    assert np.isnan(metrics.panoptic_qualities(measured.segments)).all()


def test_the_panoptic_quality_of_each_class():
    y = np.zeros((1, 4, 10, 2), np.uint8)
    y[0, :, :4] = 2, 1
    p = np.zeros((1, 4, 10, 3), np.float32)
    p[0, :, :3] = 2, 7, 0.9
    p[0, 0, 9] = 3, 8, 0.5
    found = metrics.panoptic_qualities(metrics.measured(p, y, CLASSES).segments)
    assert found == pytest.approx([23 / 28, np.nan, 0.75, 0.0], nan_ok=True)
