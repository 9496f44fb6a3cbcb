"""Keypoints as targets."""

import numpy as np
import pytest

from cnnsearch.data import load_data
from cnnsearch.errors import DataError
from cnnsearch.tasks.base import RawTargets
from cnnsearch.tasks.keypoints.task import Keypoints
from cnnsearch.tasks.registry import encode_targets

NAMES = ("nose", "left_ear", "right_ear")


def points_of(count=20, instances=1):
    draws = np.random.default_rng(0)
    places = draws.uniform(1, 11, (count, instances, 3, 2))
    return np.concatenate([places, np.full((count, instances, 3, 1), 2)], axis=-1).astype(np.float32)


def encoded(y, **more):
    return encode_targets(RawTargets({"train": y}, **more), None, "set")


def test_points_keep_their_places_and_their_names():
    y = points_of()
    ys, task = encoded(y, columns=NAMES)
    np.testing.assert_array_equal(ys["train"], y)
    assert task.names == NAMES and task.swaps == ((1, 2),)
    task = task.fitted(y, (12, 16, 3))
    assert not task.has_several and task.size == (12, 16)
    assert [output.channels for output in task.outputs] == [3, 6]


def test_several_instances_need_centres():
    task = encoded(points_of(instances=2))[1].fitted(points_of(instances=2), (12, 16, 3))
    assert task.has_several
    assert [output.channels for output in task.outputs] == [3, 6, 1, 6]


def test_a_single_instance_needs_no_axis_of_instances():
    ys, task = encode_targets(RawTargets({"train": points_of()[:, 0]}), "keypoints", "set")
    assert ys["train"].shape == (20, 1, 3, 3) and task.names == ("0", "1", "2")


def test_points_without_a_label_have_no_place():
    y = points_of()
    y[0, 0, 1, 2] = 0
    ys, _ = encoded(y)
    np.testing.assert_array_equal(ys["train"][0, 0, 1], 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: y.__setitem__((0, 0, 0, 2), 3), "found the visibility 3; expected 0, 1 or 2"),
        (lambda y: y.__setitem__((0, 0, 0, 0), np.inf), "found NaN or infinite numbers"),
    ],
)
def test_a_wrong_point_is_named(change, message):
    y = points_of()
    change(y)
    with pytest.raises(DataError, match=message):
        encoded(y)


def test_names_must_be_as_many_as_keypoints():
    with pytest.raises(DataError, match="found 3 keypoints of an instance, but 2 names"):
        encoded(points_of(), columns=NAMES[:2])


def test_parts_have_equally_many_keypoints():
    raw = RawTargets({"train": points_of(), "test": points_of()[:, :, :2]})
    with pytest.raises(DataError, match="test keypoints: found 2 keypoints of an instance; expected 3"):
        Keypoints.encode(raw, "set")


def test_a_point_outside_is_named():
    y = points_of()
    y[4, 0, 2, 0] = 40
    x = np.zeros((20, 12, 16, 1), np.uint8)
    with pytest.raises(DataError, match=r"2 of example 4, 40, .*, is outside of the image of 16 x 12"):
        load_data((x, y))
    assert load_data((x, points_of())).task.type == "keypoints"
