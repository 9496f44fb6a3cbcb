import pytest

from cnnsearch.study.finalists import Finalists, RetrainingStart, refit_seed, retraining_seed
from cnnsearch.study.records import EpochRecord, Result, TrialState
from tests.studies import STARTED, add_trial, make_study


@pytest.fixture
def study(tmp_path):
    study = make_study(tmp_path / "mine")
    add_trial(study, 3)
    return study


def retrain(study, number, accuracy, *, loss=0.1, state=TrialState.COMPLETE, trial=3):
    """Record a complete retraining, with its weights."""
    finalists, seed = Finalists(study), retraining_seed(study.settings.seed, trial, number)
    retraining = finalists.begin(RetrainingStart(trial=trial, seed=seed, epochs=2, started=STARTED + number))
    figures = {"validation_accuracy": accuracy, "validation_loss": loss}
    retraining = finalists.add_epoch(retraining, EpochRecord(epoch=1, time=STARTED, metrics=figures))
    if state == TrialState.COMPLETE:
        weights_of(study, seed, trial).touch()
    result = Result(state=state, ended=STARTED + 1, value=accuracy, best_epoch=1, metrics=figures)
    return finalists.end(retraining, result)


def weights_of(study, seed, trial=3):
    return Finalists(study).place(trial, seed) / "weights.npz"


def test_seeds_differ_and_stay():
    seeds = [retraining_seed(0, 3, 0), retraining_seed(0, 3, 1), retraining_seed(0, 4, 0), refit_seed(0, 3)]
    assert len(set(seeds)) == 4
    assert retraining_seed(0, 3, 0) == seeds[0]


def test_a_retraining_comes_back_as_it_was_recorded(study):
    written = retrain(study, 0, 0.9)
    assert Finalists(study).read(3, written.begun.seed) == written
    assert Finalists(study).all() == Finalists(study).of(3, 1) == [written]


def test_an_interrupted_retraining_is_resumed(study):
    finalists = Finalists(study)
    begun = RetrainingStart(trial=3, seed=7, epochs=2, started=STARTED)
    epoch = EpochRecord(epoch=1, time=STARTED, metrics={"validation_accuracy": 0.5})
    finalists.add_epoch(finalists.begin(begun), epoch)
    assert finalists.begin(begun.model_copy(update={"started": STARTED + 99})).curve == (epoch,)


def test_of_a_finalist_s_weights_the_best_alone_are_kept(study):
    seeds = [retrain(study, number, accuracy).begun.seed for number, accuracy in enumerate((0.8, 0.9, 0.7))]
    assert [weights_of(study, seed).exists() for seed in seeds] == [False, True, False]
    assert all(Finalists(study).is_done(3, seed) for seed in seeds)


def test_a_retraining_whose_weights_are_needed_and_gone_is_done_again(study):
    first, best = (retrain(study, number, accuracy).begun.seed for number, accuracy in enumerate((0.8, 0.9)))
    weights_of(study, best).unlink()
    assert Finalists(study).is_done(3, first) and not Finalists(study).is_done(3, best)
    begun = RetrainingStart(trial=3, seed=best, epochs=2, started=STARTED)
    assert Finalists(study).begin(begun).result is None
    assert Finalists(study).read(3, best).result is None


def test_a_failed_retraining_is_done_and_gives_no_weights(study):
    failed = retrain(study, 0, 0.9, state=TrialState.FAILED)
    assert Finalists(study).is_done(3, failed.begun.seed)
    assert Finalists(study).weights(study.records()[3], [failed]) is None


def test_the_search_s_own_weights_compete(study):
    record = study.records()[3]
    again = [retrain(study, 0, record.value - 0.01)]
    own = study.path / "trials" / "0003" / "weights.npz"
    assert not Finalists(study).weights(record, again).is_searched
    own.touch()
    found = Finalists(study).weights(record, again)
    assert found.is_searched and (found.path, found.seed) == (own, record.trial.seed)


def test_of_equals_those_with_the_lower_loss_are_taken(study):
    record = study.records()[3]
    (study.path / "trials" / "0003" / "weights.npz").touch()
    again = retrain(study, 0, record.value, loss=0.0)
    assert Finalists(study).weights(record, [again]).seed == again.begun.seed
