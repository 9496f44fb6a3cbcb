import os

from cnnsearch.search.finish_plan import FinishPlan, write_plan
from cnnsearch.search.garbage import collect
from cnnsearch.study.folder import all_studies
from cnnsearch.study.lock import driving
from cnnsearch.study.records import TrialState
from tests.studies import add_trial, make_study


def put(path, size=10):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def freed(study):
    return dict(collect(study.runs, [study]))


def finished(tmp_path):
    """A study with a bundle, an ended trial and one that was interrupted."""
    study = make_study(tmp_path / "runs" / "mine")
    add_trial(study, 0)
    add_trial(study, 1, TrialState.RUNNING, epochs=1)
    put(study.best / "metrics.json")
    return study


def test_weights_and_checkpoints_of_ended_trials_are_deleted_once_there_is_a_bundle(tmp_path):
    study = finished(tmp_path)
    weights = put(study.path / "trials/0000/weights.npz", 30)
    checkpoint = put(study.path / "trials/0000/checkpoint.npz", 20)
    assert freed(study) == {weights: 30, checkpoint: 20}
    assert not weights.exists() and not checkpoint.exists()


def test_without_a_bundle_the_weights_stay(tmp_path):
    study = finished(tmp_path)
    (study.best / "metrics.json").unlink()
    put(study.path / "trials/0000/weights.npz")
    assert freed(study) == {}


def test_the_checkpoint_of_an_interrupted_trial_is_kept(tmp_path):
    study = finished(tmp_path)
    checkpoint = put(study.path / "trials/0001/checkpoint.npz")
    assert freed(study) == {}
    assert checkpoint.exists()


def test_incomplete_files_of_a_kill_are_deleted(tmp_path):
    study = finished(tmp_path)
    half = put(study.path / f"trials/0001/.checkpoint.npz-{'0a' * 16}")
    assert freed(study) == {half: 10}


def test_a_study_whose_creation_was_killed_is_none_and_goes_after_an_hour(tmp_path):
    study = finished(tmp_path)
    half = study.runs / f".other-{'0a' * 16}"
    put(half / "study.yaml", 40)
    assert all_studies(study.runs) == [study]
    assert freed(study) == {}
    os.utime(half, (0, 0))
    assert freed(study) == {half: 40}


def test_data_that_no_study_reads_go(tmp_path):
    study = finished(tmp_path)
    unread = study.runs / ".data" / "0123456789abcdef"
    put(unread / "x_train.npy", 50)
    assert freed(study) == {unread: 50}
    assert study.data_folder.is_dir()


def test_a_study_that_is_being_searched_is_left_alone(tmp_path):
    study = finished(tmp_path)
    weights = put(study.path / "trials/0000/weights.npz")
    with driving(study.path):
        assert freed(study) == {}
    assert weights.exists()


def test_records_stay(tmp_path):
    study = finished(tmp_path)
    before = [record.model_dump() for record in study.records()]
    freed(study)
    assert [record.model_dump() for record in study.records()] == before


def retrained(study):
    return put(study.path / "finalists" / "0000" / "7" / "weights.npz")


def test_the_weights_of_finalists_are_deleted_once_there_is_a_bundle(tmp_path):
    study = finished(tmp_path)
    weights = retrained(study)
    assert freed(study) == {weights: 10}


def test_files_of_a_running_finish_are_kept(tmp_path):
    study = finished(tmp_path)
    retrained(study)
    write_plan(study, FinishPlan(trials=(0,), seeds=1, ended=1))
    assert freed(study) == {}


def test_a_bundle_that_a_kill_left_half_written_goes(tmp_path):
    study = finished(tmp_path)
    half = put(study.path / f".best-{'0a' * 16}" / "model.keras").parent
    assert freed(study) == {half: 10}
