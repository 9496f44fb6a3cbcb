import math
import sys
from itertools import islice

import pytest

from cnnsearch.errors import MissingDependencyError, SettingsError
from cnnsearch.search.launch import check_finite
from cnnsearch.search.samplers import START_UP, ExhaustedError, check_sampler, make_sampler
from cnnsearch.space import load_space
from cnnsearch.study.records import EpochRecord, Result, Trial, TrialRecord, TrialState
from cnnsearch.study.settings import checked_settings
from tests.search.toys import ENDLESS, FINITE
from tests.space.helpers import space_of

SHAPE = {"input_shape": (28, 28, 1), "num_classes": 10}


def settings(sampler, **others):
    return checked_settings({"space": "plain", "data": "digits", "workers": 1, "sampler": sampler, **others})


def proposal(sampler, space, number, baseline=None):
    return space.sample(sampler.ask(number, baseline), **SHAPE)


def begun(number, candidate):
    return TrialRecord(trial=Trial(number=number, seed=number, candidate=candidate, started=float(number)))


def ended(record, ended_at):
    """Every fourth is infeasible, every fourth pruned; the value follows from the sampled ones."""
    number = record.number
    value = (sum(map(ord, str(sorted(record.params.items())))) % 997) / 997
    curve = tuple(
        EpochRecord(epoch=epoch, time=0.0, metrics={"validation_accuracy": value * epoch / 3})
        for epoch in (1, 2)
    )
    state = {1: TrialState.INFEASIBLE, 3: TrialState.PRUNED}.get(number % 4, TrialState.COMPLETE)
    if state == TrialState.INFEASIBLE:
        result = Result(state=state, ended=ended_at, violation=0.5)
        return record.model_copy(update={"result": result})
    metrics = {"validation_accuracy": value}
    result = Result(state=state, ended=ended_at, value=value, metrics=metrics)
    return record.model_copy(update={"result": result, "curve": curve})


def searched(sampler, space, count, *, check=lambda number, candidate, records: None):
    """A search by hand: the next trial is drawn while one is under way, as the driver draws it."""
    records = {}
    under_way = None
    for number in range(count):
        candidate = proposal(sampler, space, number)
        check(number, candidate, records)
        records[number] = begun(number, candidate)
        if number % 4 == 1:  # infeasible: told at once
            records[number] = ended(records[number], number + 0.5)
            sampler.tell(records[number])
            continue
        if under_way is not None:
            records[under_way] = ended(records[under_way], number + 0.7)
            sampler.tell(records[under_way])
        under_way = number
    return records


@pytest.mark.parametrize("name", ["tpe", "random", "nsga2"])
def test_a_sampler_made_anew_from_the_records_goes_on_as_the_old_one_would_have(name):
    space = load_space("plain")
    compared = []

    def check(number, candidate, records):
        if number > START_UP and number % 9 == 0:
            resumed = make_sampler(settings(name), space, records.values())
            assert proposal(resumed, space, number) == candidate
            compared.append(number)

    searched(make_sampler(settings(name), space, []), space, 64, check=check)
    assert len(compared) == 6


def test_a_trial_under_way_at_the_kill_is_told_when_it_ends():
    space = load_space("plain")
    records = searched(make_sampler(settings("tpe"), space, []), space, 31)
    assert records[30].state == TrialState.RUNNING
    resumed = make_sampler(settings("tpe"), space, records.values())
    records[30] = ended(records[30], 99.0)
    resumed.tell(records[30])
    rebuilt = make_sampler(settings("tpe"), space, records.values())
    assert proposal(resumed, space, 31) == proposal(rebuilt, space, 31)


@pytest.mark.parametrize("name", ["tpe", "random", "nsga2", "cmaes"])
def test_every_sampler_draws_points_of_the_space(name):
    space = load_space("plain")
    records = searched(make_sampler(settings(name), space, []), space, 40)
    domains = space.parameters
    assert all(value in domains[key] for r in records.values() for key, value in r.params.items())


@pytest.mark.parametrize("name", ["tpe", "nsga2"])
def test_a_sampler_learns_from_the_records(name):
    space = load_space("plain")
    records = searched(make_sampler(settings(name), space, []), space, 60)
    taught, untaught = (make_sampler(settings(name), space, known) for known in (records.values(), []))
    assert proposal(taught, space, 60) != proposal(untaught, space, 60)


def test_another_seed_draws_other_points():
    space = load_space("plain")
    one, other = (make_sampler(settings("random", seed=seed), space, []) for seed in (0, 1))
    assert proposal(one, space, 0) != proposal(other, space, 0)


def test_a_baseline_is_asked_for_as_it_is():
    space = load_space("plain")
    sampler = make_sampler(settings("tpe"), space, [])
    params = proposal(sampler, space, 0, space.baselines["small"]).params
    small = space.baselines["small"]
    assert {name: params[name] for name in small if name in params} == {
        n: v for n, v in small.items() if n in params
    }
    assert params["stages.repeat"] == small["stages.repeat"]


def test_so_many_infeasible_trials_are_told_that_they_do_not_drown_the_others():
    space = load_space("plain")
    candidates = [space.sample_random(seed, **SHAPE) for seed in range(130)]
    infeasible = [ended(begun(4 * n + 1, c), 1.0) for n, c in enumerate(candidates[:100])]
    trained = [ended(begun(4 * n, c), 2.0) for n, c in enumerate(candidates[100:], start=200)]
    few, all_of_them = (
        make_sampler(settings("tpe"), space, told)
        for told in (infeasible[:START_UP] + trained, infeasible + trained)
    )
    assert proposal(few, space, 2000) == proposal(all_of_them, space, 2000)


def diverged(record, curve=(), **counts):
    """A trial that ended in a loss that is no number, after a curve of losses."""
    epochs = tuple(
        EpochRecord(epoch=n, time=0.0, metrics={"validation_loss": loss, "validation_accuracy": 0.9})
        for n, loss in enumerate(curve, start=1)
    )
    result = Result(state=TrialState.PRUNED, ended=5.0, diverged=True, reason="loss was nan in epoch 1.")
    trial = record.trial.model_copy(update={"counts": counts})
    return record.model_copy(update={"trial": trial, "curve": epochs, "result": result})


def told(settings, records, space):
    """What a sampler's study holds of the records: told one by one, and made anew from them."""
    sampler = make_sampler(settings, space, [])
    for record in records:
        sampler.ask(record.number)
        sampler.tell(record)
    return [
        [(trial.state.name, trial.values) for trial in known._study.trials]
        for known in (sampler, make_sampler(settings, space, records))
    ]


@pytest.mark.parametrize("name", ["tpe", "random", "nsga2", "cmaes"])
def test_a_diverged_trial_is_told_with_the_least_accuracy_also_before_its_first_epoch(name):
    space = load_space("plain")
    record = diverged(begun(0, space.sample_random(0, **SHAPE)))
    at_once, anew = told(settings(name), [record], space)
    assert at_once == anew == [("COMPLETE", [0.0])]


def test_a_diverged_trial_is_told_with_the_largest_loss_so_far():
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


def test_a_study_whose_trials_lack_the_objective_teaches_nothing_and_harms_nothing():
    space = load_space("plain")
    earlier = searched(make_sampler(settings("tpe"), space, []), space, 12).values()
    sampler = make_sampler(settings("tpe", objective="validation_macro_f1"), space, [], earlier)
    assert {trial.state.name for trial in sampler._study.trials} <= {"FAIL", "PRUNED"}


def test_a_space_that_has_grown_keeps_its_old_trials():
    old = space_of(
        "version: 1\narchitecture:\n  activation: [relu, elu]\n  stages: {filters: [4, 8], blocks: conv}\n"
    )
    new = space_of(
        "version: 1\narchitecture:\n  activation: [relu, elu, tanh]\n"
        "  stages: {filters: [4, 6, 8, 16], repeat: {low: 1, high: 2}, blocks: conv}\n"
    )
    records = searched(make_sampler(settings("tpe"), old, []), old, 30)
    taught, untaught = (make_sampler(settings("tpe"), new, known) for known in (records.values(), []))
    assert [proposal(taught, new, n).params for n in range(30, 36)] != [
        proposal(untaught, new, n).params for n in range(30, 36)
    ]


def test_the_trials_of_an_earlier_study_are_learned_from_too():
    space = load_space("plain")
    earlier = searched(make_sampler(settings("tpe"), space, []), space, 30).values()
    taught, untaught = (make_sampler(settings("tpe"), space, [], known) for known in (earlier, []))
    assert drawn(taught, space, 3) != drawn(untaught, space, 3)


def drawn(sampler, space, count):
    return [proposal(sampler, space, number).params for number in range(count)]


def test_a_grid_gives_every_point_once_and_then_says_that_it_is_at_its_end():
    space = space_of(FINITE)
    sampler = make_sampler(settings("grid"), space, [])
    points = drawn(sampler, space, 8)
    assert sorted(map(str, points)) == sorted(map(str, space.points()))
    with pytest.raises(ExhaustedError, match="every point of the space has been tried"):
        sampler.ask(8)


def test_a_grid_made_anew_leaves_out_what_was_tried():
    space = space_of(FINITE)
    tried = list(islice(space.points(), 3))
    sampler = make_sampler(settings("grid"), space, [])
    records = [begun(number, proposal(sampler, space, number)) for number in range(3)]
    left = drawn(make_sampler(settings("grid"), space, records), space, 5)
    assert [point for point in left if point in tried] == []


def test_a_grid_over_endlessly_many_points_is_refused_and_the_ranges_are_named():
    with pytest.raises(SettingsError) as caught:
        check_finite(space_of(ENDLESS))
    assert str(caught.value).startswith("--sampler grid: ")
    assert "optimizer.adam.learning_rate" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "package", "extra"), [("gp", "torch", "cnnsearch[gp]"), ("cmaes", "cmaes", "cnnsearch[cmaes]")]
)
def test_a_sampler_whose_package_is_missing_names_the_extra(monkeypatch, name, package, extra):
    monkeypatch.setitem(sys.modules, package, None)  # as where it is not installed
    with pytest.raises(MissingDependencyError) as caught:
        check_sampler(name)
    assert str(caught.value) == f"--sampler {name} needs the package {package}: pip install '{extra}'"
