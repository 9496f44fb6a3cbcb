import pytest

from cnnsearch.errors import StudyError
from cnnsearch.export.request import ExportRequest
from cnnsearch.export.source import find_source
from cnnsearch.study.finalists import Finalists, RetrainingStart
from cnnsearch.study.records import Result, TrialState
from cnnsearch.study.storage import write_json
from cnnsearch.training.store import WEIGHTS
from tests.bundle.figures import finalist, made_up
from tests.studies import STARTED, add_trial, make_study


@pytest.fixture
def study(tmp_path):
    """A study with trials 0 and 1; trial 0 has its weights."""
    made = make_study(tmp_path / "some")
    add_trial(made, 0)
    add_trial(made, 1)
    (made.records().trial_folder(0) / WEIGHTS).touch()
    return made


def found(study, **wanted):
    return find_source(ExportRequest(study=study.path, targets=(("keras", "none"),), **wanted))


def retrain(study, trial, seed, accuracy):
    """Record a finalist's training, and write weights."""
    finalists = Finalists(study)
    begun = finalists.begin(RetrainingStart(trial=trial, seed=seed, epochs=3, started=STARTED))
    (finalists.place(trial, seed) / WEIGHTS).touch()
    metrics = {"validation_accuracy": accuracy, "validation_loss": 1 - accuracy}
    end = Result(state=TrialState.COMPLETE, ended=STARTED + 1, value=accuracy, best_epoch=1, metrics=metrics)
    finalists.end(begun, end)


def test_a_trial_is_its_architecture_and_its_weights(study):
    source = found(study, trial=0)
    assert source.file == study.records().trial_folder(0) / WEIGHTS
    assert source.candidate == study.records()[0].trial.candidate


def finish(study, *trials):
    """Write the metrics of a finish with its finalists."""
    study.best.mkdir()
    metrics = made_up(trials[0], finalists=tuple(finalist(trial) for trial in trials))
    write_json(study.best / "metrics.json", metrics.model_dump(mode="json"))


def test_a_finalist_has_the_best_weights_of_its_trainings(study):
    for seed, accuracy in ((5, 0.7), (6, 0.8), (7, 0.6)):
        retrain(study, 1, seed, accuracy)
    finish(study, 1)
    source = found(study, finalist=1)
    assert source.file == Finalists(study).place(1, 6) / WEIGHTS
    assert source.candidate == study.records()[1].trial.candidate


def test_a_finalist_whose_search_came_furthest_has_those_weights(study):
    retrain(study, 0, 5, 0.1)
    finish(study, 0)
    assert found(study, finalist=0).file == study.records().trial_folder(0) / WEIGHTS


def test_what_is_no_finalist_is_refused(study):
    finish(study, 1)
    with pytest.raises(StudyError, match="some: trial 0 is not a finalist; found 1"):
        found(study, finalist=0)


def test_deleted_weights_are_reported(study):
    finish(study, 1)
    with pytest.raises(StudyError, match="finalist 1 has no weights; `cnnsearch gc` deleted them"):
        found(study, finalist=1)


def test_the_files_of_another_network_lie_apart(study):
    folders = [
        ExportRequest(study=study.path, targets=(), **wanted).folder.relative_to(study.path)
        for wanted in ({}, {"trial": 3}, {"finalist": 3})
    ]
    assert [str(folder) for folder in folders] == ["exports", "exports/trial-3", "exports/finalist-3"]
