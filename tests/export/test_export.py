"""A trained network in every format; each file is also loaded by a process without cnnsearch."""

import json
from pathlib import Path

import numpy as np
import pytest

from cnnsearch.bundle.exported import Exported
from cnnsearch.data.store import read_summary
from cnnsearch.errors import StudyError
from cnnsearch.export.request import ExportRequest
from cnnsearch.export.source import find_source
from cnnsearch.export.start import export
from cnnsearch.study.storage import read_json
from tests.export.conftest import EVERY
from tests.finish.processes import TRAINED, run

FILES = [
    "model-float16.tflite",
    "model-int8.tflite",
    "model.keras",
    "model.onnx",
    "model.tflite",
    "saved_model",
]


@pytest.fixture(scope="module")
def folder(exported):
    return exported.request.folder


@pytest.fixture(scope="module")
def elsewhere(study, folder):
    """The output for the files of a process without cnnsearch."""
    x = study.data_folder / "x_validation.npy"
    return json.loads(run(Path(__file__).with_name("elsewhere.py"), folder, x).stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def files(exported):
    return {told.file: told for told in exported.answers}


def test_every_format_is_written(exported):
    assert [(told.format, told.quantization) for told in exported.answers] == list(EVERY)
    assert all(isinstance(told, Exported) for told in exported.answers)


def test_the_folder_holds_the_files_and_what_describes_them_and_nothing_else(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["card.md", "export.json", "labels.json", *FILES]
    )


def test_the_champion_s_files_are_in_the_study_s_exports(study, folder):
    assert folder == study.path / "exports"


def test_float32_files_answer_as_keras_does(files):
    found = {name: files[name].largest_difference for name in files if "-" not in name}
    assert max(found.values()) < 1e-5, found


def test_quantized_files_give_keras_s_labels(files):
    assert files["model-float16.tflite"].label_agreement >= 0.99
    assert files["model-int8.tflite"].label_agreement >= 0.95


def test_quantized_files_are_smaller(files):
    sizes = [files[name].bytes for name in ("model-int8.tflite", "model-float16.tflite", "model.tflite")]
    assert sizes == sorted(sizes) and sizes[0] < sizes[2] / 2


def test_real_examples_are_compared(files):
    assert {told.examples for told in files.values()} == {256}


def test_each_file_is_timed_in_its_own_runtime(files):
    assert all(told.latency.runs >= 50 for told in files.values())
    assert all(0 < told.latency.median <= told.latency.p95 for told in files.values())
    assert files["model.onnx"].runtime.startswith("onnxruntime ")
    assert files["model.tflite"].runtime.startswith("ai-edge-litert ")


def test_the_record_is_what_was_answered(exported, folder):
    assert read_json(folder / "export.json") == [told.model_dump(mode="json") for told in exported.answers]


def test_the_labels_lie_beside(folder):
    assert read_json(folder / "labels.json") == [str(digit) for digit in range(10)]


def test_without_cnnsearch_the_files_give_the_probabilities_of_raw_pixels(elsewhere):
    expected = np.array(elsewhere["answers"]["model.keras"])
    np.testing.assert_allclose(expected.sum(axis=1), 1.0, rtol=1e-5)
    for name in ("model.onnx", "saved_model", "model.tflite"):
        np.testing.assert_allclose(elsewhere["answers"][name], expected, atol=1e-5)
    assert elsewhere["foreign"] == []


def test_the_recorded_differences_are_found_again(elsewhere, files):
    expected = np.array(elsewhere["answers"]["model.keras"])
    for name in ("model-int8.tflite", "model-float16.tflite"):
        found = np.abs(np.array(elsewhere["answers"][name]) - expected).max()
        assert found >= files[name].largest_difference - 1e-6  # over all examples, of which 256 were compared


def test_the_accuracy_is_the_bundle_s(elsewhere, study):
    y = np.load(study.data_folder / "y_validation.npy")
    found = {name: float((np.argmax(p, axis=1) == y).mean()) for name, p in elsewhere["answers"].items()}
    recorded = read_json(study.best / "metrics.json")["validation_accuracy"]
    assert found["model.onnx"] == pytest.approx(recorded, abs=0.003)
    assert found["model-int8.tflite"] == pytest.approx(recorded, abs=0.03)


def test_onnx_takes_any_batch_and_has_its_labels_range_and_opset(study, elsewhere):
    assert elsewhere["batch"] == "batch" and elsewhere["opset"] == 15
    assert json.loads(elsewhere["labels"]) == [str(digit) for digit in range(10)]
    assert json.loads(elsewhere["value_range"]) == list(read_summary(study.data_folder).values.ends)


def test_what_libraries_print_is_in_the_study_s_log(study, exported):
    assert "TensorFlow Lite" in study.log.read_text()


def test_a_trial_is_rebuilt_from_its_weights(study, tmp_path):
    request = ExportRequest(study=study.path, trial=TRAINED, targets=(("onnx", "none"),), output=tmp_path)
    (told,) = export(study, request)
    assert isinstance(told, Exported) and told.source == f"trial {TRAINED}"
    assert f"# some: trial {TRAINED}\n" in (tmp_path / "card.md").read_text()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"trial": 0}, r"some: trial 0 \(complete\) has no weights; .* \(found 1\)"),
        ({"trial": 9}, "some has no trial 9; found 0 to 1"),
        ({"finalist": 0}, "some: trial 0 is not a finalist; found 1"),
    ],
)
def test_a_network_that_is_not_there_is_refused(study, tmp_path, wanted, message):
    request = ExportRequest(study=study.path, targets=(("keras", "none"),), output=tmp_path, **wanted)
    with pytest.raises(StudyError, match=message):
        find_source(request)
