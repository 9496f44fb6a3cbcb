import pytest
from optuna.samplers import BaseSampler, BruteForceSampler, CmaEsSampler, RandomSampler

from cnnsearch.search.samplers import ExhaustedError, make_sampler
from cnnsearch.space import load_space
from tests.search.samplers.helpers import begun, drawn, ended, proposal, searched, settings
from tests.search.toys import FINITE
from tests.space.helpers import space_of


class Lowest(BaseSampler):
    """A user's sampler: always the first choice, or the lower end of a range."""

    def __init__(self):
        self.told = []

    def infer_relative_search_space(self, study, trial):
        return {}

    def sample_relative(self, study, trial, search_space):
        return {}

    def sample_independent(self, study, trial, param_name, param_distribution):
        choices = getattr(param_distribution, "choices", None)
        return choices[0] if choices else param_distribution.low

    def after_trial(self, study, trial, state, values):
        self.told.append((trial.number, state.name, values))


def given(sampler, space, records=()):
    return make_sampler(settings("tpe"), space, records, given=sampler)


def test_an_instance_draws_the_points():
    space = space_of(
        "version: 1\narchitecture:\n  stages: {filters: {low: 4, high: 8}, blocks: conv}\n"
        "training:\n  optimizer: {adam: {learning_rate: {low: 0.001, high: 0.01}}}\n"
    )
    (params,) = drawn(given(Lowest(), space), space, 1)
    assert (params["stages.filters"], params["optimizer.adam.learning_rate"]) == (4, 0.001)


def test_one_instance_draws_all_points_with_its_own_random_state():
    space = load_space("plain")
    one, other = (drawn(given(RandomSampler(seed=3), space), space, 5) for _ in range(2))
    assert one == other
    assert len({str(params) for params in one}) == 5


def test_an_instance_receives_the_results_of_trials():
    space, own = space_of(FINITE), Lowest()
    records = searched(given(own, space), space, 6)
    assert own.told == [
        (1, "PRUNED", None),
        (0, "COMPLETE", [records[0].value]),
        (2, "COMPLETE", [records[2].value]),
        (3, "PRUNED", [records[3].curve[-1].metrics["validation_accuracy"]]),
        (5, "PRUNED", None),
    ]


@pytest.mark.filterwarnings("error")
def test_an_instance_without_constraint_support_receives_none():
    space = load_space("plain")
    searched(given(CmaEsSampler(seed=0, warn_independent_sampling=False), space), space, 12)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_an_instance_without_a_further_point_ends_the_search():
    space = space_of(FINITE)
    sampler = given(BruteForceSampler(seed=0), space)
    points = []
    with pytest.raises(ExhaustedError, match="BruteForceSampler has no further point"):
        for number in range(100):
            candidate = proposal(sampler, space, 4 * number)
            points.append(str(candidate.params))
            sampler.tell(ended(begun(4 * number, candidate), number))
    assert len(points) == len(set(points)) == 8
