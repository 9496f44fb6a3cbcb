import pytest

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.knowledge.experience import Configuration, Experience, experience_of
from cnnsearch.space import Pixels, load_space
from cnnsearch.study.records import TIME_LIMIT, TOOK_TOO_LONG, Result, TrialState
from cnnsearch.study.storage import EXPERIENCE
from cnnsearch.tasks.registry import short_task
from tests.space.helpers import space_of
from tests.studies import EPOCHS, add_epoch, add_trial, begin, end, every_state, make_study

SHAPES = {
    "auto": (32, 32, 3),
    "vgg": (28, 28, 1),
    "mobilenet": (32, 32, 1),
    "signal1d": (128, 2),
    "volume3d": (16, 16, 16, 1),
}


@pytest.mark.parametrize("space", SHAPES)
def test_a_configuration_gives_the_network_for_another_dataset(space):
    loaded, shape = load_space(space), SHAPES[space]
    larger = (*(2 * size for size in shape[:-1]), shape[-1])
    pixels = Pixels(low=0.0, high=1.0, means=(0.4,) * shape[-1], variances=(0.1,) * shape[-1])
    for seed in range(10):
        configuration = Configuration.of(loaded.sample_random(seed, input_shape=shape, num_classes=10))
        wanted = loaded.sample_random(seed, input_shape=larger, num_classes=4, pixels=pixels)
        made = configuration.candidate(larger, short_task(num_classes=4).outputs, pixels)
        assert Configuration.of(made).identity == Configuration.of(wanted).identity == configuration.identity
        assert made.architecture.input == wanted.architecture.input
        assert made.architecture.outputs == wanted.architecture.outputs


def test_configurations_differ_in_training_or_network():
    space = load_space("auto")
    found = {
        Configuration.of(space.sample_random(seed, input_shape=(8, 8, 1), num_classes=2)).identity
        for seed in range(50)
    }
    assert len(found) == 50


def test_names_that_a_space_gives_are_not_in_a_configuration():
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
    assert "secret" not in Configuration.of(candidate).model_dump_json()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return every_state(make_study(tmp_path_factory.mktemp("runs") / "some"))


def test_the_experience_of_a_study_has_its_complete_and_pruned_trials(study):
    experience = experience_of(study)
    assert experience is not None
    assert [trial.is_pruned for trial in experience.trials] == [False, True, False]
    assert {trial.configuration for trial in experience.trials} == set(experience.configurations)
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
    assert Experience.model_validate_json(experience.model_dump_json()) == experience


def test_it_is_the_same_however_often_it_is_asked_for(study):
    assert experience_of(study) == experience_of(study)


def test_it_is_of_the_same_study_after_more_trials_and_under_another_name(tmp_path):
    study = add_study(tmp_path / "runs" / "one")
    before = experience_of(study)
    add_trial(study, 1)
    study.path.rename(study.path.with_name("two"))
    after = experience_of(type(study)(study.path.with_name("two")))
    assert before.study == after.study
    assert len(after.trials) == len(before.trials) + 1


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


@pytest.mark.parametrize("reason", [TIME_LIMIT, f"{TOOK_TOO_LONG} 5m"])
def test_a_trial_that_a_time_limit_cut_off_was_not_worse_than_others(tmp_path, reason):
    study = add_study(tmp_path / "runs" / "some")
    records = study.records()
    begin(records, 1)
    add_epoch(records, 1, 1)
    end(records, 1, TrialState.PRUNED, reason)
    assert len(experience_of(study).trials) == 1


def test_a_loss_that_became_infinite_is_no_pruned_training(tmp_path):
    study = add_study(tmp_path / "runs" / "some")
    records = study.records()
    begin(records, 1)
    records.end(1, Result(state=TrialState.PRUNED, ended=0.0, reason="infinite", diverged=True))
    _, diverged = experience_of(study).trials
    assert (diverged.value, diverged.is_pruned) == (None, False)


def test_the_metric_is_the_task_s_main_one_whatever_was_searched_for(tmp_path):
    study = make_study(tmp_path / "runs" / "some", objective="validation_loss")
    add_trial(study, 0)
    experience = experience_of(study)
    assert (experience.metric, experience.direction) == ("validation_accuracy", "maximize")
    assert experience.trials[0].value == pytest.approx(0.53)


def test_a_configuration_that_does_not_fit_is_infeasible():
    configuration = Configuration.of(
        load_space("vgg").sample_random(0, input_shape=(64, 64, 1), num_classes=2)
    )
    made = configuration.candidate((2, 2, 1), short_task(num_classes=2).outputs, Pixels())
    with pytest.raises(InfeasibleArchitectureError):
        analyze(made.architecture)
