"""A hypermodel's network, trained and reported as a trial's."""

import numpy as np
import pytest

from cnnsearch import load_data
from cnnsearch.data import open_stored
from cnnsearch.errors import InfeasibleArchitectureError, SearchError, SettingsError
from cnnsearch.interop.hypermodel import HypermodelTraining, load_hypermodel, metrics_of, run_hypermodel
from cnnsearch.training.checkpoint import read_weights
from cnnsearch.training.progress import Objective
from cnnsearch.training.store import Folder

HYPERMODELS = "tests.interop.hypermodels"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return open_stored(load_data("digits").store(tmp_path_factory.mktemp("data")))


@pytest.fixture
def run(data, tmp_path):
    """Run a hypermodel of this folder; return the result, the requests and the reports."""

    def run(name, *, epochs=2, answers=None, built="continue", judge=lambda report: "continue", **rest):
        asked, reports = {}, []

        def ask(name, domain):
            asked[name] = (answers or {}).get(name, domain.largest)
            return asked[name]

        def report(epoch):
            reports.append(epoch)
            return judge(epoch)

        objective = Objective(rest.get("metric", "validation_accuracy"), "maximize")
        job = HypermodelTraining(3, f"{HYPERMODELS}:{name}", Folder(tmp_path), epochs, 0, objective)
        result = run_hypermodel(job, data, ask=ask, built=lambda model: built, judge=report)
        return result, asked, reports

    return run


def test_a_function_builds_and_trains(run):
    result, asked, reports = run("build_model")
    assert (result.outcome, result.epochs, asked) == ("complete", 2, {"units": 16})
    assert [report.epoch for report in reports] == [1, 2] and reports[-1].is_last


def test_an_epoch_is_reported_under_the_names_of_a_trial(run):
    _, _, reports = run("build_model", epochs=1)
    assert set(reports[0].metrics) == {"loss", "accuracy", "validation_loss", "validation_accuracy"}


def test_the_weights_left_are_those_of_the_best_epoch(run, data, tmp_path):
    result, _, _ = run("build_model", answers={"units": 8})
    model = load_hypermodel(f"{HYPERMODELS}:network").build(8)
    model.set_weights(read_weights(tmp_path / "weights.npz"))
    found = model.predict(np.asarray(data.validation.x), verbose=0).argmax(1)
    assert np.mean(found == data.validation.y) == pytest.approx(result.metrics["validation_accuracy"])


def test_the_same_seed_trains_the_same_network(run):
    assert run("build_model")[0].metrics == run("build_model")[0].metrics


def test_conditional_scopes_ask_for_what_is_active(run):
    assert run("Conditional", epochs=1, answers={"kind": "small"})[1] == {
        "kind": "small",
        "kind:small/units": 4,
    }


def test_a_custom_fit_requests_values_too(run):
    assert run("OwnFit", epochs=1)[1] == {"batch_size": 128}


def test_a_loop_that_reports_nothing_is_one_epoch_with_what_it_returns(run):
    result, _, reports = run("OwnLoop", epochs=5)
    assert (result.outcome, len(reports)) == ("complete", 1)
    assert result.metrics["validation_accuracy"] == reports[0].metrics["validation_accuracy"]


def test_targets_are_one_hot_where_the_loss_requires_it(run):
    assert run("build_one_hot", epochs=1)[0].outcome == "complete"


def test_a_verdict_ends_training(run, tmp_path):
    result, _, reports = run("build_model", epochs=5, judge=lambda report: "stop")
    assert (result.outcome, len(reports), (tmp_path / "weights.npz").exists()) == ("stopped", 1, True)


def test_a_loop_that_swallows_errors_is_left_too(run):
    assert len(run("Stubborn", epochs=5, judge=lambda report: "stop")[2]) == 1


def test_a_paused_trial_leaves_nothing_behind(run, tmp_path):
    result, _, _ = run("build_model", epochs=5, judge=lambda report: "pause")
    assert (result.outcome, (tmp_path / "weights.npz").exists()) == ("paused", False)


def test_a_network_that_is_refused_is_not_trained(run):
    result, _, reports = run("build_model", built="stop")
    assert (result.outcome, reports) == ("stopped", [])


def test_a_loss_that_is_not_number_ends_the_trial_as_diverged(run):
    assert run("build_diverging")[0].outcome == "diverged"


def test_a_failed_trial_is_infeasible_with_its_reason(run):
    with pytest.raises(InfeasibleArchitectureError, match="too slow"):
        run("build_failing")


def test_a_return_value_that_is_not_a_model_is_refused(run):
    with pytest.raises(SearchError, match=r"build_nothing returned NoneType; expected a keras\.Model"):
        run("build_nothing")


def test_a_model_without_an_input_is_built_for_the_data(run):
    assert run("build_without_input", epochs=1)[0].outcome == "complete"


@pytest.mark.filterwarnings("ignore:.*build.*:UserWarning")
def test_a_model_that_is_not_graph_of_layers_is_refused(run):
    with pytest.raises(SearchError, match="returned a Subclassed; expected a Sequential or functional model"):
        run("build_subclassed")


def test_a_model_without_the_objective_is_refused_with_a_remedy(run):
    with pytest.raises(SearchError, match=r"expected validation_accuracy too: .*metrics=\['accuracy'\]"):
        run("build_without_metrics")


def test_keras_names_become_a_trials_own():
    assert metrics_of({"val_sparse_categorical_accuracy": 1, "val_auc": 2, "acc": 3}) == {
        "validation_accuracy": 1.0,
        "validation_auc": 2.0,
        "accuracy": 3.0,
    }
    assert metrics_of({"val_mean_absolute_error": 4, "r2_score": 0.5}) == {"validation_mae": 4.0, "r2": 0.5}


WRONG = {
    "tests.interop.hypermodels": "expected package.module:name",
    "no.such.module:build": "no module no",
    "tests.interop.hypermodels:biuld": "tests.interop.hypermodels has no biuld",
    "tests.interop.hypermodels:NOT_CALLABLE": "found int; expected",
}


@pytest.mark.parametrize("source", WRONG)
def test_a_wrong_source_is_refused_with_the_reason(source):
    with pytest.raises(SettingsError, match=WRONG[source]):
        load_hypermodel(source)
