"""Boxes as maps, and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.detection.task import Detection
from cnnsearch.tasks.detection.training import decoded, encoded, generalized_iou
from cnnsearch.tasks.heatmaps import places


@st.composite
def targets(draw):
    """Boxes whose centres are in different positions of the grid."""
    height, width = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    stride, classes = draw(st.sampled_from([1, 2, 4, 8])), draw(st.integers(1, 3))
    draws = np.random.default_rng(draw(st.integers(0, 2**16)))
    count = draw(st.integers(1, 6))
    ends = [np.sort(draws.uniform(0, size, (count, 2)), axis=1) for size in (width, height)]
    kinds = draws.integers(0, classes, count)
    boxes = np.stack([ends[0][:, 0], ends[1][:, 0], ends[0][:, 1], ends[1][:, 1], kinds], axis=1)
    centres = (boxes[:, :2] + boxes[:, 2:4]) / 2 // stride
    _, kept = np.unique(centres, axis=0, return_index=True)
    unused = np.tile([0.0, 0.0, 0.0, 0.0, -1.0], (7 - len(kept), 1))
    y = np.concatenate([boxes[kept], unused])[None].astype(np.float32)
    return y, classes, (-(-height // stride), -(-width // stride)), (stride, stride)


def perfect(y, classes, sizes, stride):
    """The outputs that stand for the targets."""
    maps = encoded(y, classes, sizes, stride)
    centres = places(maps.boxes, stride)
    sides = ops.concatenate([centres - maps.boxes[..., :2], maps.boxes[..., 2:] - centres], axis=-1)
    return ops.convert_to_numpy(ops.concatenate([maps.centres, sides], axis=-1))


@settings(deadline=None, max_examples=60)
@given(targets())
def test_boxes_as_maps_decode_to_the_boxes(given_targets):
    y, classes, sizes, stride = given_targets
    outputs = perfect(y, classes, sizes, stride)
    found = ops.convert_to_numpy(decoded(outputs, classes, stride))[0]
    found = found[found[:, 4] > 0.9999]
    wanted = y[0][y[0, :, 4] >= 0]
    assert len(found) == len(wanted)
    np.testing.assert_allclose(
        sorted(map(tuple, np.delete(found, 4, axis=1).round(3).tolist())),
        sorted(map(tuple, wanted.round(3).tolist())),
        atol=2e-3,
    )


def test_the_loss_is_least_for_the_targets():
    y = np.array([[[4, 4, 20, 16, 0], [30, 10, 42, 30, 1], [0, 0, 0, 0, -1]]], np.float32)
    task = Detection(labels=("a", "b"))
    training = task.training(TrainingPlan(), y, "none", (4, 4))
    right = perfect(y, 2, (10, 12), (4, 4))
    least = float(training.loss.call(y, right)[0])
    moved = right.copy()
    moved[..., 2:] += 3.0  # larger boxes
    missed = right.copy()
    missed[0, :, :, 0] = 0.0  # no box of the first class
    assert least < 0.01
    assert all(float(training.loss.call(y, other)[0]) > least + 0.1 for other in (moved, missed))


def test_values_are_perfect_for_the_targets():
    y = np.array([[[4, 4, 20, 16, 0]], [[30, 10, 42, 30, 1]], [[0, 0, 0, 0, -1]]], np.float32)
    training = Detection(labels=("a", "b")).training(TrainingPlan(), y, "none", (4, 4))
    values = training.values(training.measured(perfect(y, 2, (10, 12), (4, 4)), y))
    assert values["ap50"] == pytest.approx(1.0) and values["ap"] == pytest.approx(1.0)
    assert values["loss"] < 0.01


def test_generalized_iou_of_known_boxes():
    box = np.array([0.0, 0.0, 2.0, 2.0], np.float32)
    others = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [2, 2, 4, 4]], np.float32)
    expected = [1.0, 1 / 3, -0.5]  # the last: no overlap, and half of the 16 around is empty
    np.testing.assert_allclose(ops.convert_to_numpy(generalized_iou(box[None], others)), expected, atol=1e-6)
