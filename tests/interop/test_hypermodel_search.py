"""Small real searches of hypermodels."""

from pathlib import Path

import optuna
import pytest

from cnnsearch.api import StudyResult
from cnnsearch.bundle.bundle import load_bundle
from cnnsearch.errors import SettingsError
from cnnsearch.finish.run import finish_search
from cnnsearch.search.interruption import Interruption
from cnnsearch.search.launch import create_study, resume_settings, run_study
from cnnsearch.search.optuna_study import project
from cnnsearch.space import Hypermodel
from cnnsearch.study.records import TrialState
from cnnsearch.study.settings import checked_settings
from tests.tracking.readback import NOLOAD, run_of

slow = pytest.mark.slow
ROOT = str(Path(__file__).parents[2])


def study_of(folder, name, **settings):
    """A study of a hypermodel of this folder: three trials of two epochs."""
    source = f"tests.interop.hypermodels:{name}"
    budget = {"trials": 3, "epochs": 2, "pruner": "none", "finalists": 1, "final_seeds": 1}
    given = {"space": Hypermodel(source=source, folder=ROOT), "data": "digits"}
    return create_study(checked_settings({**given, **budget, **settings}), folder, None, "digits")


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A study of a hypermodel with conditional scopes; its second trial was interrupted and resumed."""
    study = study_of(tmp_path_factory.mktemp("runs"), "Conditional", trials=2)
    run_study(study)
    (study.records().trial_folder(1) / "result.json").unlink()
    before = study.records()[1].params
    study = resume_settings(study, {"trials": 3})
    run_study(study)
    finish_search(study, [], Interruption())
    assert study.records()[1].params == before, "an interrupted trial keeps its values"
    return study


@slow
def test_trials_are_trained_before_and_after_an_interruption(searched):
    assert [record.state for record in searched.records()] == [TrialState.COMPLETE] * 3


@slow
def test_a_trials_params_are_what_its_network_was_built_with(searched):
    for record in searched.records():
        kind = record.params["kind"]
        assert set(record.params) == {"kind", f"kind:{kind}/units"}


@slow
def test_a_trials_counts_are_those_of_the_network_that_stood(searched):
    for record in searched.records():
        units = record.params[f"kind:{record.params['kind']}/units"]
        assert record.trial.counts["weights"] == 65 * units + 10 * units + 10
        assert record.trial.counts["macs"] == 64 * units + 10 * units


@slow
def test_optunas_own_file_has_the_parameters(searched):
    file = project(searched)
    stored = optuna.load_study(study_name=searched.name, storage=f"sqlite:///{file}")
    assert [trial.params for trial in stored.trials] == [record.params for record in searched.records()]


@slow
@pytest.mark.filterwarnings(NOLOAD)
def test_mlflow_has_the_parameters(searched):
    for record in searched.records():
        run = run_of(f"sqlite:///{searched.runs / 'mlflow.db'}", searched.name, record.number)
        assert run.data.params == {name: str(value) for name, value in record.params.items()}


@slow
def test_the_bundle_is_the_champions_network(searched):
    champion = StudyResult(searched).champion
    bundle = load_bundle(searched.best, trusted=True)
    assert bundle.model.count_params() == champion.trial.counts["weights"]
    assert bundle.metrics["test_accuracy"] > 0.3


@slow
def test_a_network_over_a_limit_is_infeasible(tmp_path):
    study = study_of(tmp_path, "build_of_any_size", trials=1, max_weights=20_000, seed=1)
    run_study(study)
    for record in study.records():
        is_large = record.trial.counts["weights"] > 20_000
        assert (record.state == TrialState.INFEASIBLE) == is_large
        assert (record.result.limit == "max_weights") == is_large


@slow
def test_a_trial_that_the_hypermodel_fails_is_infeasible(tmp_path):
    study = study_of(tmp_path, "build_failing_once", trials=1)
    run_study(study)
    first, *_ = sorted(study.records(), key=lambda record: record.number)
    assert (first.state, first.reason) == (TrialState.INFEASIBLE, "too slow")


@slow
def test_other_choices_under_a_known_name_fail_the_trial_with_the_reason(tmp_path):
    study = study_of(tmp_path, "build_unsteady", trials=6, epochs=1)
    run_study(study)
    failed = [record for record in study.records() if record.state == TrialState.FAILED]
    assert failed and all("units: found one of 1, " in record.reason for record in failed)


WRONG = {
    "sampler": ("grid", "--sampler grid"),
    "folds": (3, "--folds 3"),
    "class_weights": ("balanced", "--class-weights balanced"),
    "objective": ("validation_macro_f1", "--objective validation_macro_f1"),
    "refit": (True, "--refit True"),
    "space": (Hypermodel(source="build"), "--hypermodel: found 'build'; expected package.module:name"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_hypermodel_does_not_serve_is_refused_before_anything_is_written(name, tmp_path):
    value, said = WRONG[name]
    with pytest.raises(SettingsError, match=said):
        study_of(tmp_path, "build_model", **{name: value})
    assert list(tmp_path.iterdir()) == []
