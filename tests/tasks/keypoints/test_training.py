"""Keypoints as maps, and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.keypoints.task import Keypoints
from cnnsearch.tasks.keypoints.training import Maps


def perfect(maps, y, sizes):
    """The outputs that stand for the targets."""
    wanted = maps.encoded(y, sizes)
    flat = [np.reshape(each, (*np.shape(each)[:3], -1)) for each in (wanted.offsets, wanted.joints)]
    heats, centres = map(ops.convert_to_numpy, (wanted.heats, wanted.centres))
    parts = [heats, flat[0], *([centres, flat[1]] if maps.has_several else [])]
    return np.concatenate(parts, axis=-1).astype(np.float32)


@st.composite
def single(draw):
    height, width = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    stride, keypoints = draw(st.sampled_from([1, 2, 4])), draw(st.integers(1, 4))
    draws = np.random.default_rng(draw(st.integers(0, 2**16)))
    places = draws.uniform(0, 1, (2, 1, keypoints, 2)) * (width, height)
    y = np.concatenate([places, np.full((2, 1, keypoints, 1), 2.0)], axis=-1).astype(np.float32)
    sizes = -(-height // stride), -(-width // stride)
    return y, Maps(keypoints, False, max(height, width), (stride, stride)), sizes


@settings(deadline=None, max_examples=50)
@given(single())
def test_points_as_maps_decode_to_the_points(given_targets):
    y, maps, sizes = given_targets
    found = ops.convert_to_numpy(maps.points(perfect(maps, y, sizes)))
    np.testing.assert_allclose(found[..., :2], y[..., :2], atol=1e-3)
    np.testing.assert_allclose(found[..., 2], 1.0)


@pytest.mark.parametrize("stride", (1, 2, 4))
def test_several_instances_are_told_apart(stride):
    y = np.zeros((1, 3, 2, 3), np.float32)
    y[0, 0] = [(10.3, 12.1, 2), (17.0, 20.2, 2)]
    y[0, 1] = [(50.9, 13.3, 2), (44.2, 22.8, 1)]
    maps = Maps(2, True, 64, (stride, stride))
    found = ops.convert_to_numpy(maps.points(perfect(maps, y, (48 // stride, 64 // stride))))[0]
    found = found[found[..., 2].mean(axis=-1) > 0.5]
    assert len(found) == 2
    order = np.argsort(found[:, 0, 0])
    np.testing.assert_allclose(found[order][..., :2], y[0, :2, :, :2], atol=1e-3)


@pytest.mark.parametrize("instances", (1, 2))
def test_the_loss_is_least_for_the_targets_and_their_values_are_perfect(instances):
    y = np.zeros((1, instances, 2, 3), np.float32)
    y[0, 0] = [(10.3, 12.1, 2), (17.0, 20.2, 2)]
    y[0, -1] = [(50.9, 13.3, 2), (44.2, 22.8, 2)]
    task = Keypoints(labels=("a", "b")).fitted(y, (48, 64, 1))
    training = task.training(TrainingPlan(), y, "none", (4, 4))
    right = perfect(Maps(2, instances > 1, 64, (4, 4)), y, (12, 16))
    values = training.values(training.measured(right, y))
    assert values["mean_oks"] == pytest.approx(1.0, abs=1e-4) and values["pixel_error"] < 1e-3
    wrong = right.copy()
    wrong[..., 2:6] += 1.0  # displacements by one position
    assert training.values(training.measured(wrong, y))["loss"] > values["loss"] + 0.5
