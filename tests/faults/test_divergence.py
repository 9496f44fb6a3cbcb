"""Networks whose loss is no number any more."""

import optuna
import pytest

from cnnsearch.search.launch import run_study
from cnnsearch.search.optuna_study import project
from cnnsearch.search.samplers import make_sampler
from tests.faults.harm import study_of
from tests.space.helpers import text_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DIVERGING = text_of(
    "stages: {filters: 8, repeat: 2, blocks: conv}",
    "optimizer: {sgd: {learning_rate: [0.05, 1.0e+30]}}",
    """
    name: diverging
    baselines: {wild: {optimizer.sgd.learning_rate: 1.0e+30}, calm: {optimizer.sgd.learning_rate: 0.05}}
    """,
)


@pytest.fixture(scope="module")
def diverged(tmp_path_factory):
    """A search whose first trial diverges, and whose second does not."""
    study = study_of(tmp_path_factory.mktemp("diverged"), DIVERGING, trials=2, epochs=4)
    assert run_study(study)
    return study


def test_the_trial_ends_at_once_with_that_reason(diverged):
    wild, calm = diverged.records()
    assert (wild.state, len(wild.curve)) == ("pruned", 0)
    assert wild.reason == "loss was nan in epoch 1."
    assert (calm.state, len(calm.curve)) == ("complete", 4)


def test_the_same_worker_goes_on(diverged):
    assert diverged.log.read_text().count("worker ready") == 1


def test_it_is_no_failure_and_cannot_be_the_best(diverged):
    wild = diverged.records()[0]
    assert not wild.can_be_best
    assert diverged.records().counts()["failed"] == 0


def test_the_sampler_learns_that_the_point_was_bad(diverged):
    sampler = make_sampler(diverged.settings, diverged.space, diverged.records())
    [wild, _] = sampler._study.trials
    assert (wild.state, wild.values) == (optuna.trial.TrialState.COMPLETE, [0.0])
    assert wild.params


def test_study_db_has_the_same_state(diverged):
    file = project(diverged)
    wild = optuna.load_study(study_name=diverged.name, storage=f"sqlite:///{file}").trials[0]
    assert wild.state == optuna.trial.TrialState.PRUNED
    assert wild.user_attrs["reason"] == "loss was nan in epoch 1."
