"""Boxes as targets."""

import numpy as np
import pytest

from cnnsearch.data import load_data
from cnnsearch.errors import DataError
from cnnsearch.tasks.base import RawTargets
from cnnsearch.tasks.detection.task import Detection
from cnnsearch.tasks.registry import encode_targets

NOTHING = (0.0, 0.0, 0.0, 0.0, -1.0)


def boxes_of(*rows, count=1):
    """The same boxes in every example."""
    return np.tile(np.array(rows, np.float32), (count, 1, 1))


def encoded(y, **more):
    return encode_targets(RawTargets({"train": y}, **more), None, "set")


def test_boxes_keep_their_places_and_their_classes():
    y = boxes_of((1, 2, 8, 9, 1), NOTHING, count=3)
    ys, task = encoded(y, columns=("cell", "platelet"))
    assert task == Detection(labels=("cell", "platelet"))
    np.testing.assert_array_equal(ys["train"], y)
    assert task.text(ys["train"][0]) == "1 platelet"
    assert task.counts(ys["train"]) == {"cell": 0, "platelet": 3}


def test_classes_without_names_are_numbers():
    assert encoded(boxes_of((0, 0, 1, 1, 2)))[1].labels == ("0", "1", "2")


def test_the_first_prediction_is_a_box_of_the_mean_size():
    task = encoded(boxes_of((0, 0, 10, 4, 0), (5, 5, 11, 9, 0), NOTHING))[1]
    task = task.fitted(boxes_of((0, 0, 10, 4, 0), (5, 5, 11, 9, 0), NOTHING), (20, 20, 1))
    assert task.half_sides == (4.0, 2.0)
    assert task.outputs[1].offset == (4.0, 2.0, 4.0, 2.0)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(5, 2, 1, 9, 0)], r"train boxes: box 0 of example 0 is 5, 2, 1, 9; expected x0 < x1 and y0 < y1"),
        ([NOTHING, (1, 2, 1, 9, 0)], r"box 1 of example 0 is 1, 2, 1, 9; expected x0 < x1"),
        ([(1, 2, np.nan, 9, 0)], "found NaN or infinite numbers"),
        ([(1, 2, 3, 9, 0.5)], "found classes that are not whole numbers"),
    ],
)
def test_a_wrong_box_is_named(rows, message):
    with pytest.raises(DataError, match=f"^set.*{message}"):
        encoded(boxes_of(*rows))


def test_a_class_without_a_name_is_refused():
    with pytest.raises(DataError, match=r"found the class 2; expected 0 to 1"):
        encoded(boxes_of((0, 0, 1, 1, 2)), columns=("a", "b"))


def test_a_class_far_beyond_all_others_is_refused():
    with pytest.raises(DataError, match=r"found the class 1000000; expected 0 to 9999"):
        encoded(boxes_of((0, 0, 1, 1, 1_000_000)))


def test_arrays_of_boxes_are_loaded_and_a_box_outside_is_named():
    x = np.zeros((20, 12, 16, 3), np.uint8)
    data = load_data((x, boxes_of((1, 2, 8, 9, 0), count=20)))
    assert data.task.type == "detection" and data.train.y.shape == (12, 1, 5)
    with pytest.raises(
        DataError, match=r"box 0 of example 0, 17, 2, 20, 9, is outside of the image of 16 x 12"
    ):
        load_data((x, boxes_of((17, 2, 20, 9, 0), count=20)))


def test_boxes_need_images():
    with pytest.raises(DataError, match="boxes need images"):
        load_data((np.zeros((20, 50)), boxes_of((1, 2, 8, 9, 0), count=20)), dims=1)


def test_examples_without_any_box_are_refused():
    with pytest.raises(DataError, match="found no objects in the training examples"):
        load_data((np.zeros((20, 12, 16, 3), np.uint8), boxes_of(NOTHING, count=20)))


def test_each_part_has_every_class():
    y = boxes_of(NOTHING, count=40)
    y[:8, 0] = (0, 0, 4, 4, 0)
    y[8:, 0] = (0, 0, 4, 4, 1)
    x = np.random.default_rng(0).integers(0, 255, (40, 8, 8, 1)).astype(np.uint8)
    counts = load_data((x, y)).summary.counts
    assert all(part["0"] >= 1 and part["1"] >= 5 for part in counts.values())
