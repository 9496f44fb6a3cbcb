"""Detection of the task from a dataset's targets, and the error for ambiguous targets."""

import numpy as np
import pytest

from cnnsearch.errors import DataError
from cnnsearch.page.formatting import measured
from cnnsearch.tasks.base import RawTargets
from cnnsearch.tasks.registry import MEASURED, TASKS, encode_targets

TAGS = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]])
ONE_HOT = np.eye(3, dtype=int)[[0, 2, 1, 1]]


def task_of(*parts, wanted=None, **more):
    raw = RawTargets(dict(zip(("train", "test"), map(np.asarray, parts), strict=False)), **more)
    return encode_targets(raw, wanted, "set")


@pytest.mark.parametrize(
    ("targets", "name"),
    [
        ([3, 1, 2], "classification"),
        (["b", "a", "b"], "classification"),
        (["1", "2", "1"], "classification"),
        ([[3], [1]], "classification"),
        (TAGS, "tagging"),
        (TAGS.astype(bool), "tagging"),
        (TAGS.astype(float), "tagging"),
        (TAGS.astype(str), "tagging"),
        (["a|b", "", "b"], "tagging"),
        ([0.5, 1.0, 2.0], "regression"),
        (["0.5", "1", "2"], "regression"),
        ([[0.5, 3.0], [1.0, 4.0]], "regression"),
        ([[7, 3, 0], [5, 4, 1]], "regression"),
        ([["7", "3"], ["5", "4"]], "regression"),
        ([[[0, 1], [1, 1]]], "segmentation"),
        ([[[[0, 1, 0], [1, 1, 0]]]], "segmentation"),
        ([[[[0, 0], [1, 1]]]], "instances"),
        ([[[1.0, 2.0, 3.0, 4.0, 0.0]]], "detection"),
        ([[[[1.0, 2.0, 2.0]]]], "keypoints"),
    ],
)
def test_plain_targets_set_their_task(targets, name):
    assert task_of(targets)[1].type == name


@pytest.mark.parametrize(
    ("targets", "names"),
    [(ONE_HOT, ("classification", "tagging")), ([1.0, 2.0, 4.0], ("classification", "regression"))],
)
def test_ambiguous_targets_are_asked_for_with_both_spellings(targets, names):
    with pytest.raises(DataError, match=f"^set: .*; give --task {names[0]} or --task {names[1]}"):
        task_of(targets)
    for name in names:
        assert task_of(targets, wanted=name)[1].type == name


def test_folders_hold_classes_whatever_they_are_called():
    ys, task = task_of(["0.5", "a|b", "0.5"], are_classes=True)
    assert task.type == "classification" and task.names == ("0.5", "a|b")
    np.testing.assert_array_equal(ys["train"], [0, 1, 0])


def test_one_hot_rows_become_class_indices():
    ys, task = task_of(ONE_HOT, wanted="classification")
    np.testing.assert_array_equal(ys["train"], [0, 2, 1, 1])
    assert task.names == ("0", "1", "2")


def test_numbers_with_a_text_among_them_are_asked_for_and_then_named():
    with pytest.raises(DataError, match="give --task classification or --task regression"):
        task_of(["1.5", "n/a", "2"])
    with pytest.raises(DataError, match="found 'age' of example 1: 'n/a'"):
        task_of(["1.5", "n/a", "2"], wanted="regression", columns=("age",))
    with pytest.raises(DataError, match="found 'b' of example 0: 'n/a'"):
        task_of([["1", "n/a"], ["2", "3"]], columns=("a", "b"))


def test_no_text_is_no_class():
    with pytest.raises(DataError, match=r"^set, train labels: no label for 1 of 3 examples, the first at 1"):
        task_of(["a|b", "", "c"], wanted="classification")


def test_one_hot_rows_have_the_same_classes_in_each_part():
    with pytest.raises(DataError, match=r"^set: as many columns of classes .* found \[3, 4\]"):
        task_of(ONE_HOT, np.eye(4, dtype=int), wanted="classification")


def test_an_infinite_number_is_no_class():
    with pytest.raises(DataError, match="found float64; expected integers or strings"):
        task_of([0.0, 1.0, np.inf], wanted="classification")


@pytest.mark.parametrize(
    ("targets", "name"),
    [([b"a", b"b"], "classification"), ([b"a|b", b""], "tagging"), ([b"1.5", b"2"], "regression")],
)
def test_bytes_are_read_as_texts(targets, name):
    ys, task = task_of(np.array(targets))
    assert task.type == name
    texts = [text.decode() for text in targets]
    other_ys, other = task_of(np.array(texts))
    assert task == other
    np.testing.assert_array_equal(ys["train"], other_ys["train"])


EXAMPLES = {
    "classification": TAGS[:, 0],
    "detection": [[[1.0, 2.0, 3.0, 4.0, 0.0]]],
    "keypoints": [[[[1.0, 2.0, 2.0]]]],
    "instances": [[[[0, 0], [1, 1]]]],
}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_called_by_its_name_and_round_trips_through_json(name):
    task = task_of(EXAMPLES.get(name, TAGS), wanted=name)[1]
    assert task.type == name
    assert type(task).model_validate_json(task.model_dump_json()) == task


@pytest.mark.parametrize("name", TASKS)
def test_the_loss_is_every_tasks_last_metric_and_no_default_objective(name):
    assert list(TASKS[name].metrics)[-1] == "loss"
    assert {f"validation_{metric}" for metric in TASKS[name].metrics} <= MEASURED.keys()


def test_metrics_of_one_name_agree_on_their_direction_and_their_format():
    for task in TASKS.values():
        for metric in task.metrics.values():
            known = MEASURED[f"validation_{metric.name}"]
            assert known.direction == metric.direction
            assert measured(known.unit, 0.5) == measured(metric.unit, 0.5)
