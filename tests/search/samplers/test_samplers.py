import inspect
import re
import sys
from typing import get_args

import pytest

from cnnsearch.cli import search
from cnnsearch.errors import MissingDependencyError
from cnnsearch.search.samplers import SAMPLERS, check_sampler, make_sampler
from cnnsearch.search.samplers.optuna_sampler import START_UP
from cnnsearch.space import load_space
from cnnsearch.study.records import TrialState
from cnnsearch.study.settings import SamplerName
from tests.search.samplers.helpers import SHAPE, begun, drawn, ended, proposal, searched, settings
from tests.space.helpers import space_of


@pytest.mark.parametrize("name", ["tpe", "random", "nsga2"])
def test_a_sampler_rebuilt_from_the_records_continues_as_the_old_one(name):
    space = load_space("plain")
    compared = []

    def check(number, candidate, records):
        if number > START_UP and number % 9 == 0:
            resumed = make_sampler(settings(name), space, records.values())
            assert proposal(resumed, space, number) == candidate
            compared.append(number)

    searched(make_sampler(settings(name), space, []), space, 64, check=check)
    assert len(compared) == 6


def test_a_trial_running_at_the_kill_is_reported_at_its_end():
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


def test_a_baseline_is_proposed_unchanged():
    space = load_space("plain")
    sampler = make_sampler(settings("tpe"), space, [])
    params = proposal(sampler, space, 0, space.baselines["small"]).params
    small = space.baselines["small"]
    assert {name: params[name] for name in small if name in params} == {
        n: v for n, v in small.items() if n in params
    }
    assert params["stages.repeat"] == small["stages.repeat"]


def test_the_number_of_reported_infeasible_trials_is_limited():
    space = load_space("plain")
    candidates = [space.sample_random(seed, **SHAPE) for seed in range(130)]
    infeasible = [ended(begun(4 * n + 1, c), 1.0) for n, c in enumerate(candidates[:100])]
    trained = [ended(begun(4 * n, c), 2.0) for n, c in enumerate(candidates[100:], start=200)]
    few, all_of_them = (
        make_sampler(settings("tpe"), space, told)
        for told in (infeasible[:START_UP] + trained, infeasible + trained)
    )
    assert proposal(few, space, 2000) == proposal(all_of_them, space, 2000)


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


@pytest.mark.parametrize(
    ("name", "package", "extra"), [("gp", "torch", "cnnsearch[gp]"), ("cmaes", "cmaes", "cnnsearch[cmaes]")]
)
def test_a_sampler_whose_package_is_missing_names_the_extra(monkeypatch, name, package, extra):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(MissingDependencyError) as caught:
        check_sampler(name)
    assert str(caught.value) == f"--sampler {name} needs the package {package}: pip install '{extra}'"


def test_the_settings_and_the_command_line_name_the_samplers_of_the_registry():
    assert set(get_args(SamplerName)) == set(SAMPLERS)
    named = inspect.get_annotations(search.run)["sampler"].__metadata__[0].help
    assert set(re.findall(r"\w+", named)) - {"or"} == set(SAMPLERS)
