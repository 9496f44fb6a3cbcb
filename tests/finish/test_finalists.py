"""The finish of a study with retrained finalists."""

import json

import numpy as np
import pytest
from scipy.stats import binomtest

from cnnsearch.data import open_stored, read_ledger
from cnnsearch.data.store import map_split
from cnnsearch.finish.run import finish_again, finish_search
from cnnsearch.search.finish_plan import is_concluded, read_plan
from cnnsearch.search.interruption import Interruption
from cnnsearch.study.events import FinalistChanged
from cnnsearch.study.finalists import Finalists, refit_seed
from cnnsearch.study.storage import read_json
from cnnsearch.tasks.classification.calibration import reliability
from cnnsearch.tasks.classification.temperature import tempered
from cnnsearch.tracking.mirror import Mirror
from tests.finish.processes import HERE, TRAINED, run, trained_study
from tests.studies import EPOCHS
from tests.tracking.readback import NOLOAD, everything, history, runs_of

pytestmark = [pytest.mark.filterwarnings(NOLOAD), pytest.mark.timeout(240), pytest.mark.slow]

SEEDS = 2


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study whose two trials were retrained, and all events; no test changes it."""
    told = []
    study = trained_study(tmp_path_factory.mktemp("runs") / "some")
    assert finish_again(study, {"finalists": 2, "final_seeds": SEEDS}, [told.append])
    return study, told


@pytest.fixture(scope="module")
def evidence(study):
    with np.load(study.best / "evidence.npz", allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def champion(metrics):
    """The metrics of the finalist that became the champion."""
    return next(f for f in metrics["finalists"] if f["trial"] == metrics["trial"])


@pytest.fixture
def test_split(study):
    return map_split(study.data_folder, "test")


def test_both_are_trained_again_from_every_seed(study):
    retrainings = Finalists(study).all()
    assert [r.begun.trial for r in retrainings] == [0] * SEEDS + [TRAINED] * SEEDS
    assert all(r.is_complete and len(r.curve) == EPOCHS for r in retrainings)
    assert len({r.result.value for r in retrainings}) > 1


def test_the_figures_separate_searched_and_retrained_scores(study, metrics):
    for finalist in metrics["finalists"]:
        values = [r.result.value for r in Finalists(study).of(finalist["trial"], SEEDS)]
        spread = finalist["retrained"]["accuracy"]["spread"]
        assert spread["values"] == values and spread["n"] == SEEDS
        assert (spread["mean"], spread["std"]) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
        searched = study.records()[finalist["trial"]].value
        assert finalist["searched"]["accuracy"]["value"] == searched


def test_the_champion_is_not_whom_the_search_had_found_best_but_whom_training_again_has(metrics):
    means = {f["trial"]: f["retrained"]["accuracy"]["value"] for f in metrics["finalists"]}
    assert metrics["finalists"][0]["searched"]["accuracy"]["value"] == 1.0  # of a lucky seed, it says
    assert metrics["trial"] == max(means, key=means.get)


def test_the_bundle_has_the_best_weights_on_validation(study, metrics):
    record = study.records()[metrics["trial"]]
    found = Finalists(study).weights(record, Finalists(study).of(record.number, SEEDS))
    assert metrics["seed"] == found.seed
    assert metrics["validation_accuracy"] == pytest.approx(found.result.value, abs=1e-6)
    assert read_json(study.best / "training.json")["seed"] == found.seed
    assert metrics["rule"].endswith("the best of its trainings on validation")


def test_plain_keras_reaches_the_test_accuracy_in_a_fresh_process(study, metrics, champion):
    sealed = study.data_folder / "sealed"
    done = run(HERE / "recompute.py", study.best, sealed / "x_test.npy", sealed / "y_test.npy")
    assert json.loads(done.stdout.splitlines()[-1])["accuracy"] == metrics["test_accuracy"]
    assert champion["test"] == metrics["test"]


def test_the_test_figures_have_their_interval(metrics):
    for finalist in metrics["finalists"]:
        accuracy, examples = finalist["test"]["accuracy"], metrics["test_examples"]
        expected = binomtest(round(accuracy["value"] * examples), examples).proportion_ci(method="wilson")
        assert accuracy["interval"] == pytest.approx([expected.low, expected.high])


def test_the_evidence_is_of_the_bundle_s_network(metrics, evidence, test_split):
    assert (evidence["truth"] == test_split.y).all()
    right = evidence["predictions"].argmax(axis=1) == evidence["truth"]
    assert float(right.mean()) == metrics["test_accuracy"]
    assert (evidence["worst_x"] == test_split.x[evidence["worst_index"]]).all()


def test_the_calibration_is_that_of_the_evidence(evidence, champion):
    found = champion["details"]["calibration"]
    answers, truth = evidence["predictions"], evidence["truth"]
    assert found["ece"] == pytest.approx(reliability(answers, truth).error, abs=1e-5)
    after = reliability(tempered(answers, found["temperature"]), truth).error
    assert found["ece_after"] == pytest.approx(after, abs=1e-5)


def test_every_class_is_accounted_for(champion, evidence):
    predicted = evidence["predictions"].argmax(axis=1)
    per_class = champion["details"]["per_class"]
    assert list(per_class) == [str(digit) for digit in range(10)]
    for digit in range(10):
        found, named = per_class[str(digit)], predicted == digit
        right = (named & (evidence["truth"] == digit)).sum()
        assert found["support"] == (evidence["truth"] == digit).sum()
        assert found["recall"] == pytest.approx(right / found["support"])
        assert found["precision"] == pytest.approx(right / max(named.sum(), 1))


def test_size_and_latency_are_measured(study, metrics, champion):
    assert champion["file_size"] == pytest.approx((study.best / "model.keras").stat().st_size, rel=0.01)
    assert champion["latency"]["batch"] == 1 and champion["latency"]["runs"] >= 50
    assert 0 < champion["latency"]["median"] <= champion["latency"]["p95"]


def test_the_test_split_is_read_once(study, metrics):
    assert len(read_ledger(study.ledger)) == metrics["test_readings"] == 1


def test_watchers_receive_every_training(finished):
    _, told = finished
    ended = [event for event in told if isinstance(event, FinalistChanged) and event.retraining.result]
    assert len(ended) == 2 * SEEDS


def test_a_finished_study_is_not_finished_again(study):
    assert is_concluded(study) and read_plan(study).is_done


def test_each_training_is_a_nested_run_with_its_curve(study):
    uri = f"sqlite:///{study.runs / 'mlflow.db'}"
    runs = [run for run in runs_of(uri, "some") if "cnnsearch.finalist" in run.data.tags]
    assert len(runs) == 2 * SEEDS
    for retraining in Finalists(study).all():
        [found] = [run for run in runs if run.data.tags["cnnsearch.seed"] == str(retraining.begun.seed)]
        assert found.data.tags["cnnsearch.finalist"] == str(retraining.begun.trial)
        assert found.info.status == "FINISHED"
        curve = [(epoch.epoch, epoch.metrics["validation_accuracy"]) for epoch in retraining.curve]
        recorded = history(uri, found, "validation_accuracy")
        assert [(step, value) for step, _, value in recorded] == curve


def test_the_study_s_own_run_stays_one(study):
    uri = f"sqlite:///{study.runs / 'mlflow.db'}"
    tags = [run.data.tags for run in runs_of(uri, "some")]
    parents = [tag for tag in tags if "mlflow.parentRunId" not in tag]
    assert len(parents) == 1


def test_mirroring_the_finalists_again_changes_nothing(study):
    uri = f"sqlite:///{study.runs / 'mlflow.db'}"
    once = everything(uri, "some")
    Mirror(study).sync()
    assert everything(uri, "some") == once


@pytest.mark.slow
def test_the_champion_is_refitted_on_train_and_validation(tmp_path):
    study = trained_study(tmp_path / "runs" / "some")
    assert finish_again(study, {"finalists": 1, "final_seeds": 1, "refit": True}, [])
    metrics = read_json(study.best / "metrics.json")
    seed = refit_seed(study.settings.seed, metrics["trial"])
    refit = Finalists(study).read(metrics["trial"], seed)
    [again] = Finalists(study).of(metrics["trial"], 1)
    assert metrics["seed"] == seed
    epochs = again.result.best_epoch
    assert metrics["rule"].endswith(f"trained on train and validation for {epochs} epochs")
    assert refit.begun.is_refit and len(refit.curve) == epochs
    assert metrics["validation_accuracy"] == again.result.value  # of weights that had not seen that split
    assert metrics["details"]["calibration"] is None
    assert len(read_ledger(study.ledger)) == 1


@pytest.mark.slow
def test_where_no_finalist_is_fast_enough_the_fastest_is_named_and_the_test_split_stays_closed(tmp_path):
    study = trained_study(tmp_path / "runs" / "some")
    with pytest.raises(Exception, match=r"no finalist .* at most 1 µs .* the fastest is trial 1"):
        finish_again(study, {"finalists": 0, "max_latency": 1e-6}, [])
    assert not study.ledger.exists() and not study.best.exists()


@pytest.mark.slow
def test_a_finish_that_cannot_be_made_can_be_made_later(tmp_path):
    study = trained_study(tmp_path / "runs" / "some", finalists=0)
    open_stored(study.data_folder)
    sealed = study.data_folder / "sealed"
    sealed.rename(tmp_path / "away")
    with pytest.raises(Exception, match="the bundle could not be made"):
        finish_search(study, [], Interruption())
    (tmp_path / "away").rename(sealed)
    assert finish_search(study, [], Interruption())
    assert is_concluded(study)
