import json
import shutil

import pytest

from cnnsearch.bundle.files import describe_form, read_bundle_files
from cnnsearch.errors import StudyError
from tests.bundle.figures import made_up
from tests.studies import add_trial, digits, make_study


@pytest.fixture
def bundle(tmp_path):
    """A bundle's folder whose model is not opened."""
    record = add_trial(make_study(tmp_path / "some"), 0)[0]
    contents = {
        "architecture.json": record.trial.candidate.architecture.model_dump(mode="json"),
        "bundle.json": describe_form(digits().summary),
        "labels.json": list(digits().labels),
        "metrics.json": made_up().model_dump(mode="json"),
    }
    folder = tmp_path / "best"
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content))
    (folder / "model.keras").touch()
    return folder


def test_a_bundle_describes_its_input_and_output(bundle):
    files = read_bundle_files(bundle)
    assert (
        files.form.shape == (8, 8, 1) and files.form.dtype == "uint8" and files.form.values.ends == (0, 255)
    )
    assert files.task == digits().task and files.metrics == made_up()


def test_a_folder_without_a_bundle_is_refused_with_the_expected_files(tmp_path):
    with pytest.raises(StudyError, match=r"no bundle; expected a folder with model\.keras, labels\.json"):
        read_bundle_files(tmp_path)


@pytest.mark.parametrize(
    "name", ["model.keras", "labels.json", "metrics.json", "architecture.json", "bundle.json"]
)
def test_a_missing_file_is_named(bundle, name):
    (bundle / name).unlink()
    with pytest.raises(StudyError, match=rf"damaged: missing {name}; run `cnnsearch finish STUDY`"):
        read_bundle_files(bundle)


def test_a_bundle_of_another_version_is_refused(bundle):
    (bundle / "bundle.json").write_text('{"version": 7, "input": "something new"}')
    with pytest.raises(StudyError, match=r"bundle\.json: found version 7; expected version 2"):
        read_bundle_files(bundle)


def test_labels_that_differ_from_the_task_are_refused(bundle):
    (bundle / "labels.json").write_text('["a", "b"]')
    with pytest.raises(
        StudyError, match=r"damaged: the names in labels\.json and in the task of bundle\.json differ"
    ):
        read_bundle_files(bundle)


def test_labels_that_do_not_match_the_outputs_are_refused(bundle):
    described = json.loads((bundle / "bundle.json").read_text())
    described["task"]["labels"] = ["a", "b"]
    (bundle / "bundle.json").write_text(json.dumps(described))
    (bundle / "labels.json").write_text('["a", "b"]')
    expected = (
        r"damaged: the task of bundle\.json has 2 outputs, but the network of architecture\.json has 10"
    )
    with pytest.raises(StudyError, match=expected):
        read_bundle_files(bundle)


def test_an_input_that_differs_from_the_network_is_refused(bundle):
    other = json.loads((bundle / "bundle.json").read_text())
    other["input"]["shape"] = [9, 9, 1]
    (bundle / "bundle.json").write_text(json.dumps(other))
    with pytest.raises(StudyError, match=r"damaged: the input shape is \(9, 9, 1\) in bundle\.json, but"):
        read_bundle_files(bundle)


def test_a_file_that_is_not_json_is_named(bundle):
    (bundle / "labels.json").write_text("[")
    with pytest.raises(StudyError, match=r"labels\.json: is damaged or was edited"):
        read_bundle_files(bundle)


def test_a_bundle_is_read_wherever_it_was_moved(bundle, tmp_path):
    shutil.move(bundle, tmp_path / "elsewhere")
    assert read_bundle_files(tmp_path / "elsewhere").task == digits().task
