import optuna
import pytest

from cnnsearch.errors import SpaceError
from cnnsearch.space import Candidate, Pixels, load_space
from cnnsearch.space.trials import GivenTrial, RandomTrial
from cnnsearch.tasks.classification.task import Classification
from tests.space.helpers import space_with

FINITE = """
stages:
  repeat: {low: 1, high: 2}
  filters: [4, 8, 16]
  blocks: {conv: {kernel_size: {per_stage: [3, 5]}, dropout: {low: 0.0, high: 0.3, step: 0.1}}}
  downsample: [none, max_pool]
head: {dense: {repeat: {low: 0, high: 1}, units: {low: 1, high: 4, log: true}}}
"""
FINITE_POINTS = 3 * 4 * 2 * (2 + 2 * 2) * (1 + 4) * 1


@pytest.fixture(scope="module")
def finite():
    return space_with(FINITE)


def random_candidate(space, seed, **more) -> Candidate:
    return space.sample_random(seed, input_shape=(32, 32, 3), num_classes=10, **more)


def test_points_are_as_many_as_there_are(finite):
    assert len(list(finite.points())) == FINITE_POINTS


def test_points_are_all_distinct(finite):
    points = [tuple(sorted(point.items())) for point in finite.points()]
    assert len(set(points)) == len(points)


def test_points_are_points_of_the_space(finite):
    for point in finite.points():
        assert all(value in finite.parameters[name] for name, value in point.items())


def test_random_candidates_are_among_the_points(finite):
    points = {
        tuple(sorted((k, round(v, 6) if isinstance(v, float) else v) for k, v in p.items()))
        for p in finite.points()
    }
    for seed in range(50):
        params = random_candidate(finite, seed).params
        assert (
            tuple(sorted((k, round(v, 6) if isinstance(v, float) else v) for k, v in params.items()))
            in points
        )


def test_the_estimate_is_near_the_number_of_points(finite):
    assert finite.estimated_points() == pytest.approx(FINITE_POINTS, rel=0.1)


def test_a_space_without_parameters_has_one_point():
    assert list(space_with().points()) == [{}]


def test_the_points_of_a_continuous_range_are_endless():
    space = space_with("dropout: {low: 0.0, high: 0.5}\nstages: {filters: 4, blocks: conv}")
    with pytest.raises(SpaceError) as caught:
        list(space.points())
    assert str(caught.value) == (
        "space has infinitely many points: continuous range of dropout; give it a step, or a list of values"
    )


@pytest.mark.parametrize("name", ["plain", "lenet5", "vgg"])
def test_the_same_seed_gives_the_same_candidate(name):
    space = load_space(name)
    assert random_candidate(space, 7) == random_candidate(load_space(name), 7)
    assert len({random_candidate(space, seed).model_dump_json() for seed in range(20)}) > 10


@pytest.mark.parametrize("name", ["plain", "lenet5", "vgg"])
def test_a_candidate_round_trips_through_json(name):
    for seed in range(20):
        candidate = random_candidate(load_space(name), seed)
        again = Candidate.model_validate_json(candidate.model_dump_json())
        assert again == candidate
        assert [type(value) for value in again.params.values()] == [
            type(v) for v in candidate.params.values()
        ]


@pytest.mark.parametrize("name", ["plain", "lenet5", "vgg"])
def test_encoded_values_give_the_same_candidate_again(name):
    space = load_space(name)
    for seed in range(20):
        candidate = random_candidate(space, seed)
        trial = GivenTrial(space.encoded(candidate.params), RandomTrial(seed + 1))
        assert space.sample(trial, input_shape=(32, 32, 3), num_classes=10) == candidate


def test_values_that_left_the_space_are_not_encoded():
    assert (
        space_with("stages: {filters: [4, 8], blocks: conv}").encoded({"stages.filters": 5, "gone": 1}) == {}
    )


@pytest.mark.parametrize("space", ["plain", "lenet5", "vgg", None])
def test_an_optuna_trial_samples(space, finite):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    space = load_space(space) if space else finite
    for value in range(15):
        trial = study.ask()
        candidate = space.sample(trial, input_shape=(32, 32, 3), num_classes=10)
        assert {name: trial.params[name] for name in candidate.params} == space.encoded(candidate.params)
        study.tell(trial, value)


def test_an_optuna_study_takes_an_encoded_baseline():
    space = load_space("lenet5")
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.enqueue_trial(space.encoded(space.baseline("lenet5")))
    candidate = space.sample(study.ask(), input_shape=(32, 32, 1), num_classes=10)
    assert space.baseline("lenet5").items() <= candidate.params.items()


def test_a_numeric_choice_is_sampled_as_an_index():
    space = space_with("stages: {filters: [16, 4, 8], blocks: conv}")
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0)).ask()
    candidate = space.sample(trial, input_shape=(8, 8, 1), num_classes=2)
    assert trial.distributions["stages.filters"] == optuna.distributions.IntDistribution(0, 2)
    assert candidate.params["stages.filters"] == (4, 8, 16)[trial.params["stages.filters"]]


def test_a_task_may_be_given_instead_of_the_number_of_classes():
    candidate = space_with().sample_random(0, input_shape=(8, 8, 1), task=Classification.of(3))
    assert candidate.architecture.outputs[0].channels == 3


def test_a_number_of_outputs_stands_for_a_regression():
    (output,) = space_with().sample_random(0, input_shape=(8, 8, 1), num_outputs=2).architecture.outputs
    assert (output.channels, output.activation) == (2, "linear")


def test_a_task_is_needed():
    with pytest.raises(ValueError, match="expected exactly one of num_classes, num_outputs and task"):
        space_with().sample_random(0, input_shape=(8, 8, 1))


@pytest.mark.parametrize(
    ("scaling", "pixels", "scale", "offset"),
    [
        ("unit", Pixels(), (1 / 255,), (0.0,)),
        ("unit", Pixels(low=-1.0, high=3.0), (0.25,), (0.25,)),
        ("symmetric", Pixels(), (2 / 255,), (-1.0,)),
        ("none", Pixels(), (1.0,), (0.0,)),
        ("standardize", Pixels(means=(10.0, 20.0), variances=(4.0, 25.0)), (0.5, 0.2), (-5.0, -4.0)),
        ("unit", Pixels(low=3.0, high=3.0), (1.0,), (-3.0,)),
    ],
)
def test_scaling_becomes_constants_of_the_input(scaling, pixels, scale, offset):
    space = space_with(f"input: {{scaling: {scaling}}}\nstages: {{filters: 4, blocks: conv}}")
    given = space.sample_random(0, input_shape=(8, 8, 2), num_classes=2, pixels=pixels).architecture.input
    assert given.scale == pytest.approx(scale)
    assert given.offset == pytest.approx(offset)
