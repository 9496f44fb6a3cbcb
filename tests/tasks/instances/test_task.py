"""Instances as targets."""

import numpy as np
import pytest

from cnnsearch.data import load_data
from cnnsearch.errors import DataError
from cnnsearch.tasks.base import RawTargets
from cnnsearch.tasks.instances.task import Instances
from cnnsearch.tasks.registry import encode_targets


def pairs_of(count=20):
    """Two squares of class 2 and one of class 1 in every example."""
    y = np.zeros((count, 12, 16, 2), np.int64)
    y[:, 1:5, 1:5] = (2, 1)
    y[:, 1:5, 8:12] = (2, 2)
    y[:, 7:11, 2:6] = (1, 3)
    return y


def encoded(y, **more):
    return encode_targets(RawTargets({"train": y}, **more), None, "set")


def test_pairs_of_class_and_number_are_instances():
    ys, task = encoded(pairs_of(), columns=("background", "cell", "platelet"))
    assert ys["train"].dtype == np.uint8
    assert task == Instances(labels=("background", "cell", "platelet"), things=(1, 2), most=3)
    assert task.text(ys["train"][0]) == "1 cell, 2 platelet"
    task = task.fitted(ys["train"], (12, 16, 1))
    assert (task.most, task.extent) == (3, 4.0)


def test_classes_without_names_are_numbers_after_the_background():
    assert encoded(pairs_of())[1].labels == ("background", "1", "2")


def test_a_class_without_instances_is_no_thing():
    y = pairs_of()
    y[:, 11] = (1, 0)
    y[:, 7:11, 2:6] = (0, 0)
    assert encoded(y)[1].things == (2,)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (
            np.full((2, 4, 4, 2), 300),
            "found classes up to 300 and instances up to 300; expected at most 255 and 254",
        ),
        (np.full((2, 4, 4, 2), -1), "expected at most 255 and 254"),
    ],
)
def test_numbers_out_of_range_are_named(y, message):
    with pytest.raises(DataError, match=message):
        encoded(y)


def test_numbers_may_start_anew_for_each_class():
    y = pairs_of()
    y[:, 7:11, 2:6] = (1, 1)
    y[:, 7:11, 12:] = (255, 1)
    ys, task = encoded(y)
    first = ys["train"][0]
    assert task.text(first) == "1 1, 2 2" and task.most == 3
    assert sorted(np.unique(first[first[..., 0] % 255 > 0], axis=0).tolist()) == [[1, 1], [2, 2], [2, 3]]
    assert (first[2, 2, 1], first[2, 9, 1], first[8, 3, 1]) == (2, 3, 1)


def test_a_part_may_have_more_instances_than_the_training_examples():
    y = pairs_of()
    more = pairs_of(2)
    more[:, 0, 0] = (1, 9)
    _, task = encode_targets(RawTargets({"train": y, "validation": more}), None, "set")
    assert task.fitted(y.astype(np.uint8), (12, 16, 1)).most == 4  # folds are trained on both parts


def test_gaps_between_numbers_are_closed():
    y = pairs_of()
    y[..., 1] *= 80
    ys, task = encoded(y)
    assert task.most == 3
    assert sorted(np.unique(ys["train"][..., 1]).tolist()) == [0, 1, 2, 3]


def test_too_many_instances_of_several_classes_are_named():
    y = np.stack(np.meshgrid([1, 2], np.arange(1, 201)), axis=-1)[None]
    with pytest.raises(DataError, match="found 400 instances in example 0; expected at most 254"):
        encoded(y)


def test_instances_of_the_background_are_refused():
    y = pairs_of()
    y[..., 0] -= y[..., 0] > 0
    with pytest.raises(DataError, match="found instances of the class 0, background, which is the back"):
        encoded(y)


def test_maps_of_another_size_are_refused():
    x = np.zeros((20, 12, 15, 1), np.uint8)
    with pytest.raises(DataError, match="found the size 12x16; expected 12x15, as the examples"):
        load_data((x, pairs_of()))


def test_arrays_of_instances_are_loaded():
    data = load_data((np.zeros((20, 12, 16, 1), np.uint8), pairs_of()))
    assert data.task.type == "instances" and data.train.y.shape == (12, 12, 16, 2)
