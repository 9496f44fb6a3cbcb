import pytest

from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.knowledge.experience import Finding, Recipe, experience_of
from cnnsearch.space import Pixels, load_space
from cnnsearch.study.records import TrialState
from cnnsearch.study.storage import EXPERIENCE
from cnnsearch.tasks.registry import short_task
from tests.space.helpers import space_of
from tests.studies import EPOCHS, add_trial, every_state, make_study

SHAPES = {
    "auto": (32, 32, 3),
    "vgg": (28, 28, 1),
    "mobilenet": (32, 32, 1),
    "signal1d": (128, 2),
    "volume3d": (16, 16, 16, 1),
}


@pytest.mark.parametrize("space", SHAPES)
def test_a_recipe_gives_the_network_for_another_dataset(space):
    loaded, shape = load_space(space), SHAPES[space]
    larger = (*(2 * size for size in shape[:-1]), shape[-1])
    pixels = Pixels(low=0.0, high=1.0, means=(0.4,) * shape[-1], variances=(0.1,) * shape[-1])
    for seed in range(10):
        recipe = Recipe.of(loaded.sample_random(seed, input_shape=shape, num_classes=10))
        wanted = loaded.sample_random(seed, input_shape=larger, num_classes=4, pixels=pixels)
        made = recipe.candidate(larger, short_task(num_classes=4).outputs, pixels)
        assert Recipe.of(made).identity == Recipe.of(wanted).identity == recipe.identity
        assert made.architecture.input == wanted.architecture.input
        assert made.architecture.outputs == wanted.architecture.outputs


def test_recipes_differ_in_training_or_network():
    space = load_space("auto")
    found = {
        Recipe.of(space.sample_random(seed, input_shape=(8, 8, 1), num_classes=2)).identity
        for seed in range(50)
    }
    assert len(found) == 50


def test_names_that_a_space_gives_are_not_in_a_recipe():
    text = """
    version: 1
    name: secret
    description: secret
    architecture:
      stages:
        sequence:
          - {name: secret_stage, filters: 8, blocks: {sequence: [{name: secret_block, conv: {}}]}}
    training: {}
    """
    candidate = space_of(text).sample_random(0, input_shape=(8, 8, 1), num_classes=2)
    assert "secret" in candidate.architecture.model_dump_json()
    assert "secret" not in Recipe.of(candidate).model_dump_json()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return every_state(make_study(tmp_path_factory.mktemp("runs") / "some"))


def test_the_experience_of_a_study_has_its_complete_trials(study):
    finding = experience_of(study)
    assert finding is not None
    experience = finding.experience
    assert len(experience.trials) == 2
    assert {trial.recipe for trial in experience.trials} == set(finding.recipes)
    first = experience.trials[0]
    train = experience.dataset.examples
    assert first.examples == EPOCHS * train
    assert first.value == pytest.approx(0.53)
    assert first.curve == pytest.approx((0.51, 0.52, 0.53))
    assert first.epoch_seconds == pytest.approx(1.0)
    assert (first.weights, first.macs) == (
        study.records()[0].trial.counts["weights"],
        study.records()[0].trial.counts["macs"],
    )
    assert experience.fingerprint == study.data_summary["fingerprint"]
    assert Finding.model_validate_json(finding.model_dump_json()) == finding


def test_it_is_the_same_however_often_it_is_asked_for(study):
    assert experience_of(study) == experience_of(study)


def test_it_is_of_the_same_study_after_more_trials_and_under_another_name(tmp_path):
    study = add_study(tmp_path / "runs" / "one")
    before = experience_of(study)
    add_trial(study, 1)
    study.path.rename(study.path.with_name("two"))
    after = experience_of(type(study)(study.path.with_name("two")))
    assert before.experience.study == after.experience.study
    assert len(after.experience.trials) == len(before.experience.trials) + 1


def add_study(path):
    study = make_study(path)
    add_trial(study, 0)
    return study


def test_a_study_without_a_complete_trial_has_none(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    assert experience_of(study) is None
    add_trial(study, 0, TrialState.FAILED, epochs=0)
    assert experience_of(study) is None


def test_nothing_of_the_study_s_place_or_names_is_in_it(tmp_path):
    study = add_study(tmp_path / "secret place" / "secret study")
    text = experience_of(study).model_dump_json()
    assert "secret" not in text
    assert "digits" not in text
    assert not (study.path / EXPERIENCE).exists()


def test_a_recipe_that_does_not_fit_is_infeasible():
    recipe = Recipe.of(load_space("vgg").sample_random(0, input_shape=(64, 64, 1), num_classes=2))
    from cnnsearch.architecture import analyze

    made = recipe.candidate((2, 2, 1), short_task(num_classes=2).outputs, Pixels())
    with pytest.raises(InfeasibleArchitectureError):
        analyze(made.architecture)
