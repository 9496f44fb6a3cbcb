"""What Keras users have in memory becomes the same dataset as from a file."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from cnnsearch.data import load_data
from cnnsearch.data.sources.memory import IN_MEMORY
from cnnsearch.errors import DataError
from tests.data.helpers import pictures, write_classes

X, Y = pictures(40, 6, 5, 3), np.arange(40) % 2
TRAIN, VALIDATION, TEST = (X[:20], Y[:20]), (X[20:30], Y[20:30]), (X[30:], Y[30:])


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return X[index * 10 : index * 10 + 10], Y[index * 10 : index * 10 + 10]


def tensors(x, y):
    return tf.data.Dataset.from_tensor_slices((x, y))


@pytest.mark.parametrize(
    "given",
    [
        (X, Y),
        [X, Y],
        (X, pd.Series(Y)),
        (X.tolist(), Y.tolist()),
        (tf.constant(X), tf.constant(Y)),
        {"x": X, "y": Y},
        tensors(X, Y),
        tensors(X, Y).batch(7),
        tensors(X, Y).batch(10, drop_remainder=True),
        Batches(),
    ],
    ids=[
        "tuple",
        "list",
        "series",
        "lists",
        "tensors",
        "dict",
        "examples",
        "batches",
        "even batches",
        "keras",
    ],
)
def test_one_set_is_split(given):
    dataset = load_data(given, seed=3)
    expected = load_data((X, Y), seed=3)
    assert dataset.summary.split_origin == "made" and dataset.input_shape == (6, 5, 3)
    assert np.array_equal(dataset.train.x, expected.train.x) and dataset.labels == ("0", "1")


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ((TRAIN, TEST), "completed"),
        ((TRAIN, VALIDATION, TEST), "given"),
        ([list(TRAIN), list(VALIDATION), list(TEST)], "given"),
        (tuple(tensors(*part).batch(4) for part in (TRAIN, VALIDATION, TEST)), "given"),
        ({"x_train": TRAIN[0], "y_train": TRAIN[1], "x_test": TEST[0], "y_test": TEST[1]}, "completed"),
    ],
    ids=["as Keras", "three", "lists", "datasets", "dict"],
)
def test_given_parts_stay_as_they_are(given, origin):
    summary = load_data(given).summary
    assert (summary.split_origin, summary.examples["test"], summary.source) == (origin, 10, IN_MEMORY)


@pytest.mark.parametrize(
    "texts", [np.array(["cat", "dog"], object), pd.Series(["cat", "dog"]), ["cat", "dog"]]
)
def test_texts_are_labels_whatever_holds_them(texts):
    y = pd.Series(list(texts) * 20) if isinstance(texts, pd.Series) else np.tile(np.asarray(texts), 20)
    assert load_data((X, y)).labels == ("cat", "dog")


def test_a_frame_is_a_manifest(tmp_path, monkeypatch):
    root = write_classes(tmp_path, count=10)
    monkeypatch.chdir(root)
    paths = sorted(path.relative_to(root) for path in root.glob("*/*.png"))
    frame = pd.DataFrame({"file": paths, "kind": [path.parent.name for path in paths], "camera": 1.0})
    dataset = load_data(frame, columns={"path": "file", "label": "kind"})
    assert dataset.labels == ("cat", "dog") and sum(dataset.summary.examples.values()) == 20


def test_a_wrong_frame_is_refused_as_a_manifest_is():
    with pytest.raises(DataError, match=r"the frame: no column 'path' \(the path\), 'label' \(the label\)"):
        load_data(pd.DataFrame({"file": ["a.png"]}))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (X, "found ndarray as the data; expected"),
        ((X,), "found ndarray as the data"),
        ((X, Y, Y, Y), "found tuple of 4 as the data"),
        (7, "found int as the data; expected"),
        ({"x": X}, "the dictionary: found the arrays x; expected x and y"),
        (tensors(X, Y).repeat(), "the dataset has no end; expected a finite one"),
        (tensors(X, Y).take(0), "the dataset is empty"),
        (
            tf.data.Dataset.from_tensor_slices(X),
            r"has elements of ndarray; expected pairs \(x, y\)",
        ),
        ((X, np.array([None, 1] * 20)), r"found object; expected integers or strings; \.astype\(str\)"),
    ],
)
def test_what_cannot_be_data_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        load_data(given)


def test_an_npz_file_of_objects_says_how_to_save_texts(tmp_path):
    np.savez(tmp_path / "a.npz", x=X, y=np.array(["cat", "dog"] * 20, object))
    with pytest.raises(DataError, match=r"; save texts with \.astype\(str\)"):
        load_data(tmp_path / "a.npz")
