"""`cnnsearch export` as its users have it."""

import json

import pytest

from tests.cli.conftest import run
from tests.studies import add_trial, make_study

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exported(searched):
    """An export to two formats: what it printed, and the study's folder."""
    _, runs = searched
    done = run("export", "tiny-digits", "--runs", runs, "--format", "onnx,keras", "--license", "CC0-1.0")
    return done, runs / "tiny-digits"


def test_the_files_lie_in_the_study_s_exports(exported):
    done, study = exported
    assert done.status == 0, done.err
    assert {path.name for path in (study / "exports").iterdir()} == {
        "card.md",
        "export.json",
        "labels.json",
        "model.keras",
        "model.onnx",
    }


def test_the_table_compares_each_file(exported):
    lines = exported[0].out.splitlines()
    assert {line.split()[1] for line in lines if "MB" in line} == {"model.keras", "model.onnx"}
    assert "compared with Keras on 256 validation examples; latency at batch size 1, on the CPU" in lines
    assert all("100.0%" in line for line in lines if "MB" in line)


def test_libraries_stay_silent(exported):
    assert exported[0].err == ""


def test_the_card_names_the_licence(exported):
    assert "| licence | CC0-1.0 |" in (exported[1] / "exports" / "card.md").read_text()


def test_scripts_get_json_and_earlier_files_stay_in_the_record(exported, searched):
    study = exported[1]
    done = run("export", study, "--format", "litert", "--quantize", "float16", "--json")
    told = json.loads(done.out)
    assert told["folder"] == str(study / "exports")
    assert [file["file"] for file in told["files"]] == ["model-float16.tflite"]
    record = json.loads((study / "exports" / "export.json").read_text())
    assert [file["file"] for file in record] == ["model.keras", "model.onnx", "model-float16.tflite"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "onnz"], "--format: found onnz; expected one or several of keras, onnx, saved_model"),
        (["--format", "onnx", "--quantize", "int8"], "--quantize int8: only litert supports it; found"),
        (["--format", "litert", "--quantize", "int4"], "--quantize: found int4; expected one of none, int8"),
        (
            ["--format", "keras", "--trial", 0, "--finalist", 0],
            "--trial and --finalist: found both; expected",
        ),
        (["--format", "keras", "--trial", 5], "some has no trial 5; found 0 to 0"),
        (
            ["--format", "keras", "--trial", 0],
            "some: trial 0 (complete) has no weights; only those of the best",
        ),
        (["--format", "keras"], "some has no bundle yet; run `cnnsearch finish some` to make it"),
    ],
)
def test_wrong_input_is_reported_in_one_message(cli, tmp_path, arguments, message):
    add_trial(make_study(tmp_path / "some"), 0)
    outcome = cli("export", "some", "--runs", tmp_path, *arguments)
    assert outcome.status == 2 and outcome.out == ""
    assert outcome.err.startswith(f"cnnsearch: {message}") and outcome.err.count("\n") == 1


def test_a_study_with_no_finished_trial_is_reported(cli, tmp_path):
    make_study(tmp_path / "some")
    outcome = cli("export", "some", "--runs", tmp_path, "--format", "keras")
    assert outcome.status == 2
    assert outcome.err == "cnnsearch: some has no bundle, and no finished trial to make one from\n"
