import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnsearch.data import DatasetSummary, load_data
from cnnsearch.errors import DataError
from tests.data.helpers import keras_arrays, pictures, total, write_classes, write_npz

HEAVY = {"keras", "tensorflow", "jax", "optuna", "mlflow", "sklearn", "PIL"}


@pytest.fixture(scope="module")
def digits():
    return load_data("digits")


def test_digits_are_embedded(digits):
    assert (digits.input_shape, digits.task.num_classes, digits.labels) == (
        (8, 8, 1),
        10,
        tuple("0123456789"),
    )


def test_digits_are_split_60_20_20(digits):
    assert total(digits.summary.counts) == {"train": 1079, "validation": 359, "test": 359}


def test_the_splits_have_what_the_summary_counts(digits):
    counted = np.bincount(digits.validation.y).tolist()
    assert counted == list(digits.summary.counts["validation"].values())


def test_another_seed_keeps_the_fingerprint(digits):
    assert load_data("digits", seed=1).summary.fingerprint == digits.summary.fingerprint


def test_another_seed_gives_other_splits(digits):
    assert not np.array_equal(load_data("digits", seed=1).train.x, digits.train.x)


def test_a_dataset_is_returned_as_it_is(digits):
    assert load_data(digits) is digits


def test_the_summary_goes_through_json_and_back(digits):
    assert DatasetSummary.model_validate_json(digits.summary.model_dump_json()) == digits.summary


def test_the_test_split_is_not_shown(digits):
    assert not hasattr(digits, "test") and "_test" not in repr(digits)


def test_an_npz_file(tmp_path):
    path = write_npz(tmp_path / "shapes.npz", **keras_arrays(train=80, test=20))
    summary = load_data(path).summary
    assert (summary.name, summary.source, summary.split_origin) == ("shapes", str(path), "completed")
    assert total(summary.counts) == {"train": 60, "validation": 20, "test": 20}


@pytest.mark.parametrize("input_shape", [(16, 2), (6, 5, 1), (4, 5, 6, 2)])
def test_signals_pictures_and_volumes(tmp_path, input_shape):
    x = np.random.default_rng(0).normal(size=(20, *input_shape))
    dataset = load_data(write_npz(tmp_path / "set.npz", x=x, y=np.arange(20) % 2))
    assert (dataset.input_shape, dataset.summary.dtype) == (input_shape, "float32")
    assert len(dataset.summary.channel_means) == input_shape[-1]


def test_a_folder_of_pictures(tmp_path):
    summary = load_data(write_classes(tmp_path / "pets.v1")).summary
    assert (summary.name, summary.labels) == ("pets.v1", ("cat", "dog"))
    assert (summary.channel_mode, summary.image_size, summary.dtype) == ("RGB", (6, 8), "uint8")


def test_a_folder_of_pictures_in_a_size_that_was_asked_for(tmp_path):
    assert load_data(write_classes(tmp_path), image_size=(12, 10)).input_shape == (12, 10, 3)


def test_a_file_moved_elsewhere_keeps_its_fingerprint(tmp_path):
    arrays = keras_arrays(train=20)
    one, two = (load_data(write_npz(tmp_path / name, **arrays)) for name in ("a.npz", "b.npz"))
    assert one.summary.fingerprint == two.summary.fingerprint


def test_a_folder_called_like_an_embedded_dataset_is_given_as_a_path(tmp_path, monkeypatch):
    write_classes(tmp_path / "digits")
    monkeypatch.chdir(tmp_path)
    assert load_data("./digits").labels == load_data(Path("digits")).labels == ("cat", "dog")


def test_an_image_size_for_arrays_is_refused():
    with pytest.raises(DataError, match=r"^digits: image size applies to image files only; arrays are"):
        load_data("digits", image_size=(8, 8))


def test_an_unknown_argument_is_reported_with_what_was_expected():
    message = (
        r"^'nowhere/xyz' is neither a known dataset \(digits, keras:NAME\) nor an existing path; "
        r"expected an \.npz file, a COCO file or a folder of COCO files, a Pascal VOC folder, a YOLO folder, "
        r"a folder of images and a folder of masks, a folder of class folders or a CSV manifest\.$"
    )
    with pytest.raises(DataError, match=message):
        load_data("nowhere/xyz")


def test_a_known_name_nearby_is_offered():
    with pytest.raises(DataError, match=r"\. Similar names: digits\.$"):
        load_data("nowhere/digit")


def test_a_path_nearby_is_offered(tmp_path):
    (tmp_path / "flowers").mkdir()
    with pytest.raises(DataError, match=r"\. Similar names: flowers\.$"):
        load_data(tmp_path / "flowrs")


def test_a_class_with_too_few_examples_is_named(tmp_path):
    path = write_npz(tmp_path / "set.npz", x=pictures(9), y=[0] * 5 + [1] * 4)
    with pytest.raises(
        DataError, match=r"set\.npz: too few examples .*: class '1' has 4; each class needs at least 5"
    ):
        load_data(path)


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, cnnsearch.data; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not HEAVY & set(loaded.split())


def test_a_manifest_of_pictures(tmp_path):
    root = write_classes(tmp_path / "pets")
    lines = [f"{path.relative_to(root)},{path.parent.name}" for path in sorted(root.glob("*/*"))]
    (root / "all.csv").write_text("\n".join(["path,label", *lines]) + "\n")
    summary = load_data(root / "all.csv").summary
    assert (summary.name, summary.labels, summary.split_by) == ("all", ("cat", "dog"), "random")


def test_parts_of_an_npz_file_may_be_drawn_anew(tmp_path):
    path = write_npz(tmp_path / "shapes.npz", **keras_arrays(train=90, test=10))
    summary = load_data(path, split_by="random").summary
    assert total(summary.counts) == {"train": 60, "validation": 20, "test": 20}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split_by": "time"}, r"^digits: --split-by time applies to image files only\.$"),
        ({"group": "patient"}, r"^digits: columns and groups apply to image files only\.$"),
        ({"group_duplicates": True}, r"^digits: columns and groups apply to image files only\.$"),
        ({"on_bad": "blank"}, r"^on_bad: found 'blank'; expected one of error, skip\.$"),
        (
            {"split_by": "magic"},
            r"^split_by: found 'magic'; expected one of random, folder, manifest, time\.$",
        ),
        ({"split_by": "time", "group": "x"}, r"^split_by 'time' does not support groups; omit group"),
    ],
)
def test_what_does_not_fit_the_source_is_refused(options, message):
    with pytest.raises(DataError, match=message):
        load_data("digits", **options)


def test_columns_of_a_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"columns and groups apply to CSV manifests only; found a folder\.$"):
        load_data(write_classes(tmp_path), group="patient")
