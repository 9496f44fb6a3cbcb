import math

import numpy as np
import pytest

from cnnsearch.search.samplers import make_sampler
from cnnsearch.space import load_space
from cnnsearch.study.records import EpochRecord, Result, TrialState
from cnnsearch.tasks.keypoints.task import Keypoints
from cnnsearch.tasks.regression.task import Regression
from tests.search.samplers.helpers import SHAPE, begun, ended, proposal, settings
from tests.space.helpers import space_of


def diverged(record, curve=(), **counts):
    """Return a trial that ended with a loss of NaN, after a curve of losses."""
    epochs = tuple(
        EpochRecord(epoch=n, time=0.0, metrics={"validation_loss": loss, "validation_accuracy": 0.9})
        for n, loss in enumerate(curve, start=1)
    )
    result = Result(state=TrialState.PRUNED, ended=5.0, diverged=True, reason="loss was nan in epoch 1.")
    trial = record.trial.model_copy(update={"counts": counts})
    return record.model_copy(update={"trial": trial, "curve": epochs, "result": result})


def told(settings, records, space):
    """Return a sampler's trials: reported one by one, and rebuilt from the records."""
    sampler = make_sampler(settings, space, [])
    for record in records:
        sampler.ask(record.number)
        sampler.tell(record)
    return [
        [(trial.state.name, trial.values) for trial in known._study.trials]
        for known in (sampler, make_sampler(settings, space, records))
    ]


@pytest.mark.parametrize("name", ["tpe", "random", "nsga2", "cmaes"])
def test_a_diverged_trial_is_reported_with_the_lowest_accuracy_also_before_its_first_epoch(name):
    space = load_space("plain")
    record = diverged(begun(0, space.sample_random(0, **SHAPE)))
    at_once, anew = told(settings(name), [record], space)
    assert at_once == anew == [("COMPLETE", [0.0])]


def test_a_diverged_trial_is_reported_with_the_largest_loss_so_far():
    space = load_space("plain")
    candidates = [space.sample_random(seed, **SHAPE) for seed in range(3)]
    records = [
        diverged(begun(0, candidates[0])),
        diverged(begun(1, candidates[1]), curve=(0.5, 7.0, 0.4)),
        diverged(begun(2, candidates[2]), curve=(3.0,)),
    ]
    at_once, anew = told(settings("tpe", objective="validation_loss"), records, space)
    assert at_once == anew
    assert [values for _, values in anew] == [[pytest.approx(math.log(10))], [7.0], [7.0]]


def test_an_error_without_a_bound_is_never_better_than_guessing():
    y = np.array([[100.0], [300.0]])
    task = Regression(columns=("mass",)).fitted(y, (8, 8, 1))
    space = load_space("plain")
    records = [
        measured(begun(n, space.sample_random(n, input_shape=(28, 28, 1), task=task)), curve)
        for n, curve in enumerate([(), ((150.0, -4.0), (90.0, 0.2)), ((80.0, 0.3),)])
    ]
    chosen = settings("tpe", objective="validation_mae", more_objectives=["validation_r2"])
    at_once, anew = told(chosen, records, space)
    assert at_once == anew
    assert [values for _, values in anew] == [[100.0, 0.0], [150.0, -4.0], [150.0, -4.0]]


@pytest.mark.parametrize(
    ("objective", "expected"),
    [("validation_pixel_error", 50.0), ("validation_loss", math.log(30 * 40) + 1.0)],
)
def test_an_error_of_keypoints_is_never_better_than_guessing(objective, expected):
    space, task = load_space("pose"), Keypoints(labels=("nose",), size=(30, 40))
    record = diverged(begun(0, space.sample_random(0, input_shape=(30, 40, 1), task=task)))
    at_once, anew = told(settings("tpe", objective=objective), [record], space)
    assert at_once == anew == [("COMPLETE", [pytest.approx(expected)])]


def measured(record, curve):
    """Return a trial that diverged after a curve of mean absolute errors and R²."""
    epochs = tuple(
        EpochRecord(epoch=n, time=0.0, metrics={"validation_mae": mae, "validation_r2": r2})
        for n, (mae, r2) in enumerate(curve, start=1)
    )
    return diverged(record).model_copy(update={"curve": epochs})


def test_of_several_objectives_a_diverged_trial_is_the_worst_in_each_however_small_it_is():
    space = load_space("plain")
    candidates = [space.sample_random(seed, **SHAPE) for seed in range(2)]
    whole = ended(begun(0, candidates[0]), 1.0)
    whole = whole.model_copy(update={"trial": whole.trial.model_copy(update={"counts": {"macs": 900}})})
    records = [whole, diverged(begun(1, candidates[1]), macs=3)]
    at_once, anew = told(settings("nsga2", more_objectives=["macs"]), records, space)
    assert at_once == anew
    assert anew[1] == ("COMPLETE", [0.0, 900.0])


def test_a_sampler_keeps_away_from_where_trials_diverge():
    space = space_of(
        "version: 1\narchitecture:\n  stages: {filters: [4, 8], blocks: conv}\n"
        "training:\n  optimizer: {sgd: {learning_rate: {low: 1.0e-4, high: 1.0e+4, log: true}}}\n"
    )
    sampler, rates = make_sampler(settings("tpe"), space, []), []
    for number in range(40):
        record = begun(number, proposal(sampler, space, number))
        rates.append(record.params["optimizer.sgd.learning_rate"])
        is_wild = rates[-1] > 1.0
        sampler.tell(diverged(record) if is_wild else ended_well(record))
    assert sum(rate > 1.0 for rate in rates[20:]) <= 4


def ended_well(record):
    result = Result(state=TrialState.COMPLETE, ended=1.0, value=0.9, metrics={"validation_accuracy": 0.9})
    return record.model_copy(update={"result": result})
