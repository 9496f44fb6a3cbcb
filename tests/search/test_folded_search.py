"""A search over folds with the other settings for imbalanced classes, by real workers."""

import subprocess

import pytest

from cnnsearch.api import search
from cnnsearch.search.launch import run_study
from cnnsearch.study.folder import Study
from cnnsearch.study.folds import by_fold, figures
from tests.search.real import TINY, stopping_in, table, wait_until_stopped
from tests.tracking.readback import NOLOAD, history, run_of

pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings(NOLOAD), pytest.mark.slow]

F1 = "validation_macro_f1"
CHOSEN = {
    "trials": 2,
    "epochs": 2,
    "folds": 3,
    "pruner": "none",
    "class_weights": "balanced",
    "objective": F1,
    "finalists": 0,
    "workers": 1,
}
"""One worker: how many share the cores would be measured, and sums over them differ in the last digit."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Two trials over three folds of two epochs, and the bundle of the better one."""
    folder = tmp_path_factory.mktemp("folded")
    (folder / "tiny.yaml").write_text(TINY)
    return search(folder / "tiny.yaml", "digits", runs=folder / "runs", watchers=[], **CHOSEN)


def test_every_trial_has_every_epoch_of_every_fold(whole):
    expected = [(fold, epoch) for fold in range(3) for epoch in (1, 2)]
    for record in whole.study.records():
        assert [(epoch.fold, epoch.epoch) for epoch in record.curve] == expected


def test_a_trials_value_is_the_mean_over_its_folds(whole):
    for record in whole.study.records():
        best_epoch, means = figures(record.curve, F1, is_whole=True)
        assert (record.result.best_epoch, record.result.metrics, record.value) == (
            best_epoch,
            means,
            means[F1],
        )


def test_the_best_has_the_highest_macro_f1(whole):
    assert whole.best.value == max(record.value for record in whole.study.records())


def test_mlflow_has_the_folds_one_after_another(whole):
    uri = f"sqlite:///{whole.study.runs / 'mlflow.db'}"
    run = run_of(uri, whole.study.name, 0)
    assert [step for step, _, _ in history(uri, run, F1)] == [1, 2, 3, 4, 5, 6]


def test_the_bundle_is_evaluated_on_examples_outside_its_training(whole):
    first = max(by_fold(whole.best.curve)[0], key=lambda epoch: epoch.metrics[F1])
    assert whole.metrics["validation_accuracy"] == pytest.approx(
        first.metrics["validation_accuracy"], abs=1e-6
    )
    assert whole.metrics.validation_examples == pytest.approx(1438 / 3, abs=10)


@pytest.mark.slow
def test_a_driver_killed_in_a_later_fold_is_resumed_to_the_same_table(tmp_path, whole):
    (tmp_path / "tiny.yaml").write_text(TINY)
    options = {name.replace("_", "-"): value for name, value in CHOSEN.items()}
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    command = [*stopping_in(trial=1, fold=1), "search", "tiny.yaml", "--data", "digits", *arguments]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_until_stopped(process)
    process.kill()
    process.communicate(timeout=60)
    study = Study(tmp_path / "runs" / "tiny-digits")
    assert (study.records()[1].curve[-1].fold, study.records()[1].result) == (1, None)
    assert run_study(study)
    assert table(study) == table(whole.study)
