"""Masks as targets."""

import numpy as np
import pytest

from cnnsearch.data import load_data
from cnnsearch.data.arrays import check_arrays
from cnnsearch.data.splits import divide
from cnnsearch.errors import DataError
from cnnsearch.tasks.base import RawTargets
from cnnsearch.tasks.registry import encode_targets
from cnnsearch.tasks.segmentation.metrics import IGNORED
from cnnsearch.tasks.segmentation.task import Segmentation


def encoded(*masks, **more):
    return encode_targets(RawTargets(dict(zip(("train", "test"), masks, strict=False)), **more), None, "set")


def masks_of(*values, count=6, side=4, dtype=np.uint8):
    """Masks with every value in turn."""
    return np.resize(np.array(values, dtype), (count, side, side))


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ((0, 1, 2), ("0", "1", "2")),
        ((0, 255), ("0", "255")),  # a mask of 8 bits
        ((0, 7, 255), ("0", "7")),  # 255 is ignored where there are two other values
        ((-1, 300), ("-1", "300")),
        ((False, True), ("0", "1")),
    ],
)
def test_the_values_of_the_masks_are_the_classes(values, labels):
    dtype = bool if isinstance(values[0], bool) else np.int32
    ys, task = encoded(masks_of(*values, dtype=dtype))
    assert task.type == "segmentation" and task.labels == labels
    assert ys["train"].dtype == np.uint8
    kept = [value for value in values if str(int(value)) in labels]
    assert set(np.unique(ys["train"])) == {*range(len(kept)), *([IGNORED] if len(kept) < len(values) else [])}


def test_an_axis_of_one_channel_is_left_out():
    ys, _ = encoded(masks_of(0, 1)[..., None])
    assert ys["train"].shape == (6, 4, 4)


def test_all_parts_have_the_same_classes():
    ys, task = encoded(masks_of(0, 1), masks_of(1, 3, count=2))
    assert task.labels == ("0", "1", "3")
    assert set(np.unique(ys["test"])) == {1, 2}


def test_signals_have_masks_if_the_task_is_given():
    y = np.resize([0, 1, 1], (20, 30))
    pairs = {"train": (np.zeros((20, 30)), y)}
    assert check_arrays(pairs, "set", "segmentation", dims=1).task.type == "segmentation"


def test_masks_with_values_in_between_are_refused():
    blurred = np.arange(6 * 16 * 16).reshape(6, 16, 16) % 251 + 3
    with pytest.raises(DataError, match=r"^set: found 251 values in the masks \(3 to 253\); .* JPEG"):
        encoded(blurred)


def test_masks_of_fractions_are_refused():
    raw = RawTargets({"train": masks_of(0, 1).astype(float)})
    with pytest.raises(DataError, match=r"found float64 of shape .* expected whole numbers"):
        Segmentation.encode(raw, "set")


def test_masks_of_another_size_are_refused():
    pairs = {"train": (np.zeros((6, 4, 5, 1), np.uint8), masks_of(0, 1))}
    with pytest.raises(DataError, match=r"train masks: found the size 4x4; expected 4x5, as the examples\."):
        check_arrays(pairs, "set")


def test_a_single_class_is_nothing_to_learn():
    _, task = encoded(masks_of(3))
    with pytest.raises(DataError, match="found only the value 3 in the masks"):
        task.check({"train": np.zeros((6, 4, 4), np.uint8)}, "set")


def test_a_class_that_is_not_trained_is_refused():
    ys, task = encoded(masks_of(0, 1), masks_of(1, 3, count=2))
    with pytest.raises(DataError, match="no training position of class '3'"):
        task.check(ys, "set")


def test_too_few_examples_cannot_be_split():
    ys, task = encoded(masks_of(0, 1, count=4))
    with pytest.raises(DataError, match="found 4; expected at least 5"):
        divide(ys["train"], ("validation", "test"), task=task, place="set", seed=0)


@pytest.mark.parametrize("seed", range(10))
def test_a_rare_class_is_in_the_training_part(seed):
    y = np.zeros((50, 6, 6), np.uint8)
    y[:25, 0], y[[7, 31, 40], 2, 2] = 1, 2
    parts = divide(y, ("validation", "test"), task=Segmentation.of(3), place="set", seed=seed)
    assert (y[parts["train"]] == 2).any()
    assert sorted(np.concatenate(list(parts.values()))) == list(range(50))


def test_an_example_is_described_by_its_shares():
    task = Segmentation(labels=("ground", "cell"))
    y = np.array([[[0, 1], [1, 1]], [[0, 0], [0, IGNORED]]], np.uint8)
    assert [task.text(mask) for mask in y] == ["cell 75\xa0%, ground 25\xa0%", "ground 100\xa0%"]
    np.testing.assert_array_equal(task.numbers(y), [[0.25, 0.75], [1.0, 0.0]])
    assert task.counts(y) == {"ground": 2, "cell": 1}
    assert task.agreement(task.numbers(y), y) == 1.0


def test_an_npz_of_masks_is_loaded_and_split(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), np.uint8)
    np.savez(tmp_path / "cells.npz", x=x, y=(x[..., 0] > 127).astype(np.uint8))
    dataset = load_data(tmp_path / "cells.npz")
    assert dataset.task.described == "2 classes for each position"
    assert dataset.train.y.shape == (12, 8, 8)
    np.testing.assert_array_equal(dataset.train.y, dataset.train.x[..., 0] > 127)
