import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cnnsearch.plan.augmentation import PICTURE_FILE
from cnnsearch.study.records import TrialState
from cnnsearch.tracking.mirror import Mirror
from tests.studies import (
    STARTED,
    add_epoch,
    add_trial,
    begin,
    digits,
    end,
    every_state,
    make_study,
)
from tests.tracking.readback import NOLOAD, artifacts_of, everything, history, run_of, runs_of

pytestmark = pytest.mark.filterwarnings(NOLOAD)


def uri_of(study):
    return f"sqlite:///{study.runs / 'mlflow.db'}"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study with a trial in each state, mirrored; no test changes it."""
    study = every_state(make_study(tmp_path_factory.mktemp("runs") / "some"))
    Mirror(study).sync()
    return study


@pytest.fixture(scope="module")
def runs(study):
    """Its runs: the study's own, then by trial: 0 complete, 1 pruned, 3 failed, 4 complete, 5 interrupted."""
    return runs_of(uri_of(study), study.name)


@pytest.fixture
def growing(tmp_path):
    """A study without trials, for a test to fill."""
    return make_study(tmp_path / "runs" / "growing")


def read_artifact(run, name):
    return json.loads((Path(urlsplit(run.info.artifact_uri).path) / name).read_text())


def test_every_trial_but_an_infeasible_one_is_a_run_below_the_study_s(runs):
    parent, *trials = runs
    assert [run.data.tags["cnnsearch.trial"] for run in trials] == ["0", "1", "3", "4", "5"]
    assert {run.data.tags["mlflow.parentRunId"] for run in trials} == {parent.info.run_id}


def test_the_study_s_run_counts_the_trials(runs):
    tags = runs[0].data.tags
    counted = [tags[f"cnnsearch.trials.{state.value}"] for state in TrialState]
    assert dict(zip(TrialState, counted, strict=True)) == {
        "running": "1",
        "complete": "2",
        "pruned": "1",
        "infeasible": "1",
        "failed": "1",
    }


def test_a_trial_that_memory_did_not_hold_once_begun_is_a_run_that_failed(growing):
    add_trial(growing, 0, TrialState.RUNNING, epochs=1)
    Mirror(growing).sync()
    end(growing.records(), 0, TrialState.INFEASIBLE, "out of memory")
    Mirror(growing).sync()
    _, run = runs_of(uri_of(growing), growing.name)
    assert (run.info.status, run.data.tags["cnnsearch.reason"]) == ("FAILED", "out of memory")


def test_runs_end_as_their_trials_did(runs):
    assert [run.info.status for run in runs[1:]] == ["FINISHED", "FINISHED", "FAILED", "FINISHED", "KILLED"]


def test_runs_have_the_state_of_their_trials(runs):
    said = [(run.data.tags["cnnsearch.state"], run.data.tags["cnnsearch.reason"]) for run in runs[2:]]
    assert said == [
        ("pruned", "why it is pruned"),
        ("failed", "why it is failed"),
        ("complete", ""),
        ("interrupted", ""),
    ]


def test_runs_begin_and_end_when_their_trials_did(runs):
    assert (runs[4].info.start_time, runs[4].info.end_time) == (
        1000 * (STARTED + 400),
        1000 * (STARTED + 450),
    )


def test_a_curve_has_the_recorded_times(study, runs):
    expected = [(e.epoch, e.time, e.metrics["validation_accuracy"]) for e in study.records()[4].curve]
    assert history(uri_of(study), runs[4], "validation_accuracy") == expected


def test_a_run_has_what_the_trial_came_to(study, runs):
    record, metrics = study.records()[4], runs[4].data.metrics
    assert metrics["best_validation_accuracy"] == record.value
    assert metrics["best_epoch"] == 3 and metrics["duration_seconds"] == 50
    assert metrics["num_weights"] == record.trial.counts["weights"]


def test_the_study_s_run_has_the_best_value_after_each_trial(study, runs):
    records = study.records()
    expected = [(1, STARTED + 50, records[0].value), (4, STARTED + 450, records[4].value)]
    assert history(uri_of(study), runs[0], "best_validation_accuracy") == expected
    assert runs[0].data.tags["cnnsearch.best_trial"] == "4"


def test_params_are_the_sampled_values(study, runs):
    sampled = study.records()[4].params
    assert runs[4].data.params == {name: str(value) for name, value in sampled.items()}


def test_a_run_has_its_architecture_and_plan(study, runs):
    candidate = study.records()[4].trial.candidate
    assert read_artifact(runs[4], "architecture.json") == candidate.architecture.model_dump(mode="json")
    assert read_artifact(runs[4], "training.json") == candidate.training.model_dump(mode="json")
    assert read_artifact(runs[4], "params.json") == candidate.params


def test_a_run_gets_the_picture_of_augmented_examples_once_it_is_there(growing):
    records, mirror = add_trial(growing, 0, TrialState.RUNNING, epochs=1), Mirror(growing)
    mirror.sync_trial(records[0])
    before = artifacts_of(uri_of(growing), run_of(uri_of(growing), growing.name, 0))
    (records.trial_folder(0) / PICTURE_FILE).write_bytes(b"a picture")
    add_epoch(records, 0, 2)
    mirror.sync_trial(records[0])
    run = run_of(uri_of(growing), growing.name, 0)
    assert set(artifacts_of(uri_of(growing), run)) - set(before) == {PICTURE_FILE}
    assert (Path(urlsplit(run.info.artifact_uri).path) / PICTURE_FILE).read_bytes() == b"a picture"


def test_a_picture_that_came_last_is_there_when_the_trial_has_ended(growing):
    records, mirror = add_trial(growing, 0, TrialState.RUNNING, epochs=1), Mirror(growing)
    mirror.sync_trial(records[0])
    (records.trial_folder(0) / PICTURE_FILE).write_bytes(b"a picture")
    end(records, 0, TrialState.COMPLETE)
    Mirror(growing).sync()
    assert PICTURE_FILE in artifacts_of(uri_of(growing), run_of(uri_of(growing), growing.name, 0))


def test_the_study_s_run_has_the_space_and_the_settings(study, runs):
    assert artifacts_of(uri_of(study), runs[0]) == ["space.yaml", "study.yaml"]


def test_artifacts_stand_beside_the_studies(study, runs):
    assert Path(urlsplit(runs[1].info.artifact_uri).path).is_relative_to(study.runs / "artifacts" / "some")


def test_every_run_reads_the_dataset(runs):
    summary = digits().summary
    inputs = [[entry.dataset for entry in run.inputs.dataset_inputs] for run in runs]
    known = [[(dataset.name, dataset.digest) for dataset in datasets] for datasets in inputs]
    assert known == [[("digits", summary.fingerprint[:16])]] * len(runs)


def test_runs_have_seed_and_versions(runs):
    tags = runs[4].data.tags
    assert tags["cnnsearch.seed"] == "4" and {"version.keras", "version.cnnsearch"} <= tags.keys()


def test_a_baseline_s_run_is_called_by_it(runs):
    assert [run.info.run_name for run in runs[:3]] == ["some", "0000 small", "0001"]


def test_mirroring_again_changes_nothing(study):
    before = everything(uri_of(study), study.name)
    Mirror(study).sync()
    assert everything(uri_of(study), study.name) == before


def test_a_mirror_that_is_started_again_and_again_logs_no_epoch_twice(growing):
    records = growing.records()
    begin(records, 0)
    for epoch in (1, 2, 3):
        add_epoch(records, 0, epoch)
        Mirror(growing).sync_trial(records[0])
    run = run_of(uri_of(growing), growing.name, 0)
    assert [step for step, _, _ in history(uri_of(growing), run, "loss")] == [1, 2, 3]


def test_a_running_trial_has_the_status_running(growing):
    records = add_trial(growing, 0, TrialState.RUNNING, epochs=1)
    Mirror(growing).sync_trial(records[0])
    run = run_of(uri_of(growing), growing.name, 0)
    assert (run.info.status, run.data.tags["cnnsearch.state"]) == ("RUNNING", "running")


def test_an_epoch_trained_again_is_not_logged_twice(growing):
    records = add_trial(growing, 0, TrialState.RUNNING, epochs=2)
    Mirror(growing).sync_trial(records[0])
    again = records[0].curve[1].model_copy(update={"time": STARTED + 30})
    records.add_epoch(0, again)
    Mirror(growing).sync_trial(records[0])
    run = run_of(uri_of(growing), growing.name, 0)
    assert [step for step, _, _ in history(uri_of(growing), run, "loss")] == [1, 2]


def test_an_interrupted_trial_that_is_resumed_ends_as_any_other(growing):
    records = add_trial(growing, 0, TrialState.RUNNING, epochs=1)
    Mirror(growing).sync()
    resumed = Mirror(growing)
    add_epoch(records, 0, 2)
    resumed.sync_trial(records[0])
    assert run_of(uri_of(growing), growing.name, 0).info.status == "RUNNING"
    end(records, 0, TrialState.COMPLETE)
    resumed.sync_trial(records[0])
    assert run_of(uri_of(growing), growing.name, 0).info.status == "FINISHED"


def test_another_study_of_the_same_name_has_separate_runs(tmp_path):
    for place, started in (("old", STARTED), ("new", STARTED + 9)):
        study = make_study(tmp_path / place / "some", tracking_uri=f"sqlite:///{tmp_path / 'shared.db'}")
        add_trial(study, 0, started=started)
        Mirror(study).sync()
    assert len(runs_of(f"sqlite:///{tmp_path / 'shared.db'}", "some")) == 4


def test_an_experiment_deleted_by_hand_comes_back(growing):
    add_trial(growing, 0)
    mirror = Mirror(growing)
    mirror.sync()
    client = mirror.store.client
    client.delete_experiment(client.get_experiment_by_name(growing.name).experiment_id)
    Mirror(growing).sync()
    assert client.get_experiment_by_name(growing.name).lifecycle_stage == "active"


def test_nothing_is_left_in_the_current_folder(growing, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    add_trial(growing, 0)
    Mirror(growing).sync()
    assert list(here.iterdir()) == []


def test_a_study_without_trials_has_nothing_to_mirror(growing):
    Mirror(growing).sync()
    assert not (growing.runs / "mlflow.db").exists()


def test_it_needs_neither_keras_nor_optuna():
    code = "import sys, cnnsearch.tracking.mirror; sys.exit(bool({'keras', 'optuna'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
