"""Instances as maps, and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.instances.task import Instances
from cnnsearch.tasks.instances.training import Maps


def rectangles(height, width, count, classes, seed):
    """Instances of a few rectangles, the later ones over the earlier ones."""
    draws = np.random.default_rng(seed)
    y = np.zeros((1, height, width, 2), np.uint8)
    for number in range(1, count + 1):
        (top, bottom), (left, right) = (np.sort(draws.integers(0, size, 2)) for size in (height, width))
        y[0, top : bottom + 1, left : right + 1] = (draws.integers(1, classes), number)
    return y


def perfect(maps, y):
    """The outputs that stand for the targets."""
    wanted = maps.encoded(y[..., 1].astype(np.int32), max(1, int(y[..., 1].max())))
    classes = np.eye(maps.classes, dtype=np.float32)[y[..., 0]]
    parts = [classes, *map(ops.convert_to_numpy, (wanted.centres, wanted.displacements))]
    return np.concatenate(parts, axis=-1)


def far_apart(y):
    """Whether no two centres are within one window."""
    numbers = [n for n in np.unique(y[..., 1]) if n]
    centres = np.array([np.argwhere(y[0, ..., 1] == n).mean(axis=0) for n in numbers]).reshape(-1, 2)
    distances = np.abs(centres[:, None] - centres[None]).max(axis=-1) + 99 * np.eye(len(centres))
    return bool(len(numbers)) and distances.min(initial=99) > 6


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 4), st.integers(0, 2**16))
def test_instances_as_maps_decode_to_the_instances(height, width, count, seed):
    y = rectangles(height, width, count, 3, seed)
    if not far_apart(y):
        return
    found = ops.convert_to_numpy(Maps(3, (1, 2), 4.0).instances(perfect(Maps(3, (1, 2), 4.0), y)))
    np.testing.assert_array_equal(found[..., 0], y[..., 0])
    pairs = {(int(a), int(b)) for a, b in zip(found[..., 1].ravel(), y[..., 1].ravel(), strict=True)}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})  # one number for each
    np.testing.assert_allclose(found[..., 2], y[..., 1] > 0, atol=1e-5)


@pytest.mark.parametrize("loss", ("auto", "crossentropy_dice"))
def test_the_loss_is_least_for_the_targets_and_their_values_are_perfect(loss):
    y = rectangles(24, 30, 2, 3, 5)
    y[0, 0, 0] = (255, 0)  # ignored
    task = Instances(labels=("background", "a", "b"), things=(1, 2)).fitted(y, (24, 30, 1))
    training = task.training(TrainingPlan(loss=loss), y, "none", (1, 1))
    shown = y.copy()
    shown[0, 0, 0] = (0, 0)
    right = perfect(Maps(3, (1, 2), task.extent), shown)
    values = training.values(training.measured(right, y))
    assert values["mask_ap50"] == pytest.approx(1.0) and values["panoptic_quality"] == pytest.approx(1.0)
    wrong = right.copy()
    wrong[..., 4:] += 1.0
    assert training.values(training.measured(wrong, y))["loss"] > values["loss"] + 0.5
    assert float(training.loss.call(y, right)[0]) < float(training.loss.call(y, wrong)[0]) - 0.5
