import json

import pytest

from cnnsearch.bundle.card import write_card, write_export_card
from cnnsearch.bundle.exported import Exported, Latency
from cnnsearch.errors import StudyError
from cnnsearch.study.records import TrialState
from tests.studies import add_trial, make_study

METRICS = {
    "trial": 1,
    "validation_accuracy": 0.95,
    "validation_examples": 359,
    "test_accuracy": 333 / 359,
    "test_examples": 359,
}
FINALIST = {
    "trial": 1,
    "retrained": {"validation_accuracy": {"mean": 0.94, "std": 0.012, "n": 3}},
    "test": {"accuracy": 333 / 359, "interval": [0.8962, 0.9501], "examples": 359},
    "calibration": {"ece": 0.031, "temperature": 1.2, "ece_after": 0.014},
}
FILE = Exported(
    format="onnx",
    quantization="none",
    source="champion",
    file="model.onnx",
    bytes=123_456,
    examples=256,
    largest_difference=3.2e-7,
    label_agreement=1.0,
    tolerance=(1e-3, 0.99),
    latency=Latency(median=0.0012, p95=0.0034, runs=100),
    runtime="onnxruntime 1.22",
    created=0.0,
)


@pytest.fixture
def study(tmp_path):
    made = make_study(tmp_path / "some", timeout=600.0, trials=40)
    add_trial(made, 0, TrialState.PRUNED, epochs=1)
    add_trial(made, 1)
    made.best.mkdir()
    return made


def card(study, **metrics):
    (study.best / "metrics.json").write_text(json.dumps(METRICS | metrics))
    return write_card(study).read_text()


def test_the_card_lies_in_the_bundle(study):
    card(study)
    assert (study.best / "card.md").is_file()


def test_it_says_what_was_searched_and_how(study):
    text = card(study)
    assert (
        "Space `plain`, sampler tpe, pruner asha, objective validation_accuracy; "
        "budget 40 trials, 10 min, at most 3 epochs a trial; seed 0, backend tensorflow." in text
    )
    assert "Trials: 1 complete, 1 pruned." in text and "the test split was read 0 times." in text


def test_it_says_what_the_data_are_and_how_they_were_split(study):
    text = card(study)
    assert (
        "`digits`: 1,079 train, 359 validation, 359 test. Split by cnnsearch, stratified, with seed" in text
    )
    assert "| 8 | 104 | 35 | 35 |" in text


def test_the_test_figure_has_its_interval(study):
    row = "| test accuracy | 0.9276 (95% interval 0.8960 to 0.9501) | 359 examples |"
    assert row in card(study)


def test_without_finalists_nothing_is_said_of_them(study):
    text = card(study, finalists=[])
    assert "trained again" not in text and "Its probabilities were not checked for calibration." in text


def test_with_finalists_their_spread_and_calibration_are_told(study):
    text = card(study, finalists=[FINALIST])
    assert "| validation accuracy, trained again | 0.9400, standard deviation 0.0120 | 3 seeds |" in text
    assert "| expected calibration error | 0.0310 (0.0140 at temperature 1.20) | the test split |" in text
    assert "not checked for calibration" not in text


def test_a_champion_with_other_weights_than_its_finalist_has_not_its_calibration(study):
    text = card(study, finalists=[FINALIST], test_accuracy=340 / 359)
    assert "calibration error" not in text and "not checked for calibration" in text


def test_it_says_how_a_picture_of_another_size_is_brought_to_the_input(study):
    text = " ".join(card(study).split())
    assert "a picture of any size to 8 x 8 (height x width) as it was done before training" in text
    assert "greyscale (transparency over white), scaled bicubically with its aspect kept" in text


@pytest.mark.parametrize("runtime", ["keras", "onnxruntime", "tensorflow", "ai_edge_litert"])
def test_it_says_how_to_load_it_in_each_runtime(study, runtime):
    assert f"import {runtime}" in card(study).replace("json, ", "").replace("from ai_", "import ai_")


def test_the_licence_is_stated_or_said_not_to_be(study, tmp_path):
    assert "| licence | not stated |" in card(study)
    write_export_card(study, tmp_path, [FILE], "champion", "CC0-1.0")
    assert "| licence | CC0-1.0 |" in (tmp_path / "card.md").read_text()


def test_exported_files_are_told_with_how_they_compare(study, tmp_path):
    card(study)
    write_export_card(study, tmp_path, [FILE], "champion", "")
    row = "| model.onnx | 123,456 | 3.2e-07 | 100.0% | 256 | 1.2 ms | 3.4 ms | onnxruntime 1.22 |"
    assert row in (tmp_path / "card.md").read_text()


def test_a_trial_s_card_has_the_figures_of_that_trial_alone(study, tmp_path):
    card(study, finalists=[FINALIST])
    write_export_card(study, tmp_path, [], "trial 1", "")
    text = (tmp_path / "card.md").read_text()
    assert text.startswith("# some: trial 1\n") and "validation accuracy, as searched" in text
    assert "test accuracy" not in text and "cnnsearch predict some" not in text


def test_tables_are_whole_and_no_line_is_blank_twice(study):
    text = card(study, finalists=[FINALIST])
    assert "\n\n\n" not in text and "{{" not in text and "{%" not in text


def test_without_a_bundle_there_is_no_card(study):
    with pytest.raises(StudyError, match=r"metrics\.json"):
        write_card(study)
