import pytest

from cnnsearch.bundle.card import write_card, write_export_card
from cnnsearch.bundle.exported import Exported, Latency
from cnnsearch.data.pictures import PictureForm, describe_preprocessing
from cnnsearch.data.store import read_summary
from cnnsearch.errors import StudyError
from cnnsearch.study.records import TrialState
from cnnsearch.study.storage import write_json
from cnnsearch.tasks.instances.task import Instances
from cnnsearch.tasks.scores import Score, Spread
from tests.bundle.figures import details, finalist, made_up, scores
from tests.studies import add_trial, make_study

TESTED = scores(333 / 359, 0.2, (0.895999, 0.950100))
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
    content = made_up(**{"test": TESTED} | metrics).model_dump(mode="json")
    write_json(study.best / "metrics.json", content)
    return write_card(study).read_text()


def test_the_card_lies_in_the_bundle(study):
    card(study)
    assert (study.best / "card.md").is_file()


def test_it_describes_the_search(study):
    text = card(study)
    assert (
        "Space `plain`, sampler tpe, pruner asha, objective validation_accuracy; "
        "budget 40 trials, 10 min, at most 3 epochs a trial; seed 0, backend tensorflow." in text
    )
    assert "Trials: 1 complete, 1 pruned." in text and "the test split was read 0 times." in text


def test_it_describes_the_data_and_their_splits(study):
    text = card(study)
    assert (
        "`digits`: 1,079 train, 359 validation, 359 test. Split by cnnsearch, stratified, with seed" in text
    )
    assert "| 8 | 104 | 35 | 35 |" in text


def test_the_test_figure_has_its_interval(study):
    row = "| test accuracy | 0.9276 (95% interval 0.8960 to 0.9501) | 359 examples |"
    assert row in card(study)


def test_a_network_that_was_not_trained_again_has_no_figure_of_that(study):
    assert "retrained" not in card(study, finalists=(finalist(retrained=None),))


def test_several_trainings_are_shown_with_their_spread(study):
    row = "| validation accuracy, retrained | 0.9600, standard deviation 0.0100 | 3 seeds |"
    assert row in card(study)


def test_a_single_training_has_no_spread(study):
    again = {"accuracy": Score.over_seeds(Spread.of([0.94]))}
    text = card(study, finalists=(finalist(retrained=again),))
    assert "| validation accuracy, retrained | 0.9400 | 1 seed |" in text


def test_the_calibration_is_that_of_the_bundle_s_weights(study):
    text = card(study)
    assert "| expected calibration error | 0.0310 (0.0140 at temperature 1.20) | the test split |" in text
    assert "was not measured" not in text


def test_a_refitted_champion_has_no_calibration(study):
    text = card(study, details=details(calibration=None))
    assert (
        "calibration error" not in text and "The calibration of its probabilities was not measured." in text
    )


def test_it_describes_the_conversion_of_images_of_another_size(study):
    text = " ".join(card(study).split())
    assert "an image of any size to 8 x 8 (height x width) as in training" in text
    assert describe_preprocessing(PictureForm("L", 8, 8, 8)) in text


@pytest.mark.parametrize("runtime", ["keras", "onnxruntime", "tensorflow", "ai_edge_litert"])
def test_it_describes_how_to_load_each_runtime(study, runtime):
    assert f"import {runtime}" in card(study).replace("json, ", "").replace("from ai_", "import ai_")


def test_the_licence_is_given_or_not_stated(study, tmp_path):
    assert "| licence | not stated |" in card(study)
    write_export_card(study, tmp_path, [FILE], "champion", "CC0-1.0")
    assert "| licence | CC0-1.0 |" in (tmp_path / "card.md").read_text()


def test_exported_files_are_listed_with_their_comparison(study, tmp_path):
    card(study)
    write_export_card(study, tmp_path, [FILE], "champion", "")
    row = "| model.onnx | 123,456 | 3.2e-07 | 100.0% | 256 | 1.2 ms | 3.4 ms | onnxruntime 1.22 |"
    assert row in (tmp_path / "card.md").read_text()


def test_a_trial_s_card_has_the_figures_of_that_trial_alone(study, tmp_path):
    card(study)
    write_export_card(study, tmp_path, [], "trial 1", "")
    text = (tmp_path / "card.md").read_text()
    assert text.startswith("# some: trial 1\n") and "validation accuracy, in the search" in text
    assert "test accuracy" not in text and "cnnsearch predict some" not in text


def test_a_finalist_s_card_has_the_test_scores_of_its_weights(study, tmp_path):
    card(study)
    write_export_card(study, tmp_path, [], "finalist 1", "")
    row = "| test accuracy | 0.9500 (95% interval 0.9220 to 0.9680) | 359 examples |"
    assert row in (tmp_path / "card.md").read_text()


def test_tables_are_whole_and_no_line_is_blank_twice(study):
    text = card(study)
    assert "\n\n\n" not in text and "{{" not in text and "{%" not in text


def test_without_a_bundle_there_is_no_card(study):
    with pytest.raises(StudyError, match=r"metrics\.json"):
        write_card(study)


def test_maps_of_instances_are_described_and_the_background_is_not_counted(study, tmp_path):
    task, summary = Instances(labels=("background", "cell")), read_summary(study.data_folder)
    counts = {part: {"cell": 50} for part in summary.counts}
    changed = summary.model_dump(mode="json") | {"task": task.model_dump(mode="json"), "counts": counts}
    write_json(study.data_folder / "summary.json", changed)
    text = write_export_card(study, tmp_path, [], "trial 1", "").read_text()
    assert f"# {task.layout}\n" in text
    assert "| cell | 50 | 50 | 50 |" in text and "| background |" not in text
