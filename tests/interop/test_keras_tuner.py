"""SpaceHyperModel: KerasTuner's tuners search a space."""

import keras
import keras_tuner
import numpy as np
import pytest

from cnnsearch import load_data, load_space
from cnnsearch.interop.keras_tuner import SpaceHyperModel
from cnnsearch.space.trials import RandomTrial
from tests.space.helpers import space_with

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # KerasTuner's, and Keras's in saving
    # KerasTuner fits a Gaussian process to four scores: whether that converges depends on their last digits.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

TINY = "stages: {filters: 4, blocks: conv}"
SHAPE = (8, 8, 1)


@pytest.fixture(scope="module")
def data():
    return load_data("digits")


def hypermodel_of(space, **options):
    return SpaceHyperModel(space, input_shape=SHAPE, num_classes=10, **options)


def values_of(hypermodel, **values):
    """Return the hyperparameters at their defaults except the given ones (dots in names written as `__`)."""
    hp = keras_tuner.HyperParameters()
    hypermodel.declare_hyperparameters(hp)
    hp.values |= {name.replace("__", "."): value for name, value in values.items()}
    hp.ensure_active_values()
    return hp


def fitted(hypermodel, hp, data, **options):
    """Return the history of `fit` on 100 digits."""
    model = hypermodel.build(hp)
    few = {"x": data.train.x[:100], "y": data.train.y[:100]}
    return hypermodel.fit(hp, model, **few, verbose=0, **options)


TUNERS = {
    "random": lambda model, folder: keras_tuner.RandomSearch(
        model, "val_accuracy", max_trials=2, seed=1, directory=folder
    ),
    "bayesian": lambda model, folder: keras_tuner.BayesianOptimization(
        model, "val_accuracy", max_trials=4, num_initial_points=3, seed=1, directory=folder
    ),
    "hyperband": lambda model, folder: keras_tuner.Hyperband(
        model, "val_accuracy", max_epochs=2, factor=2, seed=1, directory=folder
    ),
}
SPACE = """
stages:
  repeat: {low: 1, high: 2}
  filters: [4, 8]
  blocks: {conv: {kernel_size: {per_stage: [1, 3]}}}
"""
TRAINING = "optimizer:\n  one_of:\n    - adam: {learning_rate: {low: 1e-3, high: 1e-2, log: true}}\n    - sgd"


@pytest.mark.parametrize(
    "name", ["random", *(pytest.param(name, marks=pytest.mark.slow) for name in TUNERS if name != "random")]
)
def test_a_tuner_of_keras_tuner_searches_a_space(name, data, tmp_path):
    hypermodel = hypermodel_of(space_with(SPACE, TRAINING), epochs=2)
    tuner = TUNERS[name](hypermodel, str(tmp_path))
    few = data.train.x[:128], data.train.y[:128]
    tuner.search(*few, validation_data=few, verbose=0)
    best = tuner.get_best_models()[0]
    score = tuner.oracle.get_best_trials()[0].score
    accuracy = np.mean(best.predict(few[0], verbose=0).argmax(1) == few[1])
    assert accuracy == pytest.approx(score, abs=1e-6)


def test_every_trial_of_a_tuner_has_values_only_for_what_is_built(tmp_path):
    hypermodel = hypermodel_of(space_with(SPACE, TRAINING))
    tuner = keras_tuner.RandomSearch(hypermodel, "val_accuracy", max_trials=10, directory=str(tmp_path))
    for number in range(10):
        trial = tuner.oracle.create_trial(f"tuner{number}")
        asked = hypermodel.candidate(trial.hyperparameters).params
        assert set(trial.hyperparameters.values) == set(asked)


def test_a_hypermodel_builds_with_hyperparameters_that_know_nothing_of_it():
    assert hypermodel_of("plain").build(keras_tuner.HyperParameters()).output_shape == (None, 10)


def test_the_default_is_of_the_first_baseline():
    hypermodel = hypermodel_of("plain")
    params = hypermodel.candidate(keras_tuner.HyperParameters()).params
    baseline = load_space("plain").baseline("small")
    assert {name: params[name] for name in baseline if name in params}.items() <= baseline.items()


def test_a_candidate_equals_that_of_the_same_values_in_a_search():
    space = load_space("plain")
    params = space.sample_params(RandomTrial(3))
    hypermodel = hypermodel_of(space)
    hp = keras_tuner.HyperParameters()
    hypermodel.declare_hyperparameters(hp)
    hp.values = hypermodel.values(params)
    assert hypermodel.candidate(hp).params == params


def test_a_range_with_a_step_is_its_exact_values():
    space = space_with(
        "stages: {filters: 4, blocks: conv}\nhead: {dropout: {low: 0.0, high: 0.3, step: 0.1}}"
    )
    hypermodel = hypermodel_of(space)
    found = {
        hypermodel.candidate(values_of(hypermodel, head__dropout=n)).params["head.dropout"] for n in range(4)
    }
    assert found == {0.0, 0.1, 0.2, 0.3}


def test_a_choice_of_truth_values_stays_one():
    hypermodel = hypermodel_of(space_with(TINY, "optimizer: {sgd: {momentum: 0.9, nesterov: [true, false]}}"))
    hp = values_of(hypermodel, optimizer__sgd__nesterov=True)
    assert hypermodel.candidate(hp).training.optimizer.nesterov is True


def test_a_choice_of_words_and_numbers_and_one_of_sizes_stay_what_they_are():
    architecture = "stages: {filters: 4, blocks: {conv: {padding: [same, valid, 2], kernel_size: [3, 1x5]}}}"
    hypermodel = hypermodel_of(space_with(architecture))
    given = {"stages.blocks.conv.padding": 2, "stages.blocks.conv.kernel_size": "1x5"}
    values = hypermodel.values(given)
    hp = values_of(hypermodel, **{name.replace(".", "__"): value for name, value in values.items()})
    assert hypermodel.candidate(hp).params == given


def test_an_infeasible_candidate_fails_its_trial_with_the_reason():
    space = space_with("stages: {repeat: {low: 1, high: 5}, filters: 4, blocks: conv, downsample: max_pool}")
    hypermodel = hypermodel_of(space)
    with pytest.raises(keras_tuner.errors.FailedTrialError, match="vanishes"):
        hypermodel.build(values_of(hypermodel, stages__repeat=5))


def test_a_broken_constraint_fails_its_trial():
    hypermodel = hypermodel_of(
        space_with("stages: {filters: [4, 64], blocks: conv}", rest="constraints: {max_weights: 500}")
    )
    with pytest.raises(keras_tuner.errors.FailedTrialError, match="max_weights"):
        hypermodel.build(values_of(hypermodel, stages__filters=1))


def test_a_network_is_compiled_with_the_plans_optimizer():
    hypermodel = hypermodel_of(space_with(TINY, "optimizer: {sgd: {learning_rate: 0.25, momentum: 0.5}}"))
    optimizer = hypermodel.build(keras_tuner.HyperParameters()).optimizer
    assert (type(optimizer), optimizer.momentum, float(optimizer.learning_rate)) == (
        keras.optimizers.SGD,
        0.5,
        0.25,
    )


def test_a_schedule_arrives_with_the_hypermodels_epochs(data):
    hypermodel = hypermodel_of(space_with(TINY, "batch_size: 10\nschedule: cosine"), epochs=2)
    hp = keras_tuner.HyperParameters()
    history = fitted(hypermodel, hp, data)
    assert float(history.model.optimizer.learning_rate) == pytest.approx(0.0, abs=1e-7)


def test_the_plans_batch_size_is_used(data):
    hypermodel = hypermodel_of(space_with(TINY, "batch_size: 10"), epochs=1)
    history = fitted(hypermodel, keras_tuner.HyperParameters(), data)
    assert int(history.model.optimizer.iterations) == 10


def test_training_stops_early_by_the_plan(data):
    training = "optimizer: {sgd: {learning_rate: 1e-12}}\nearly_stopping: {patience: 2}"
    hypermodel = hypermodel_of(space_with(TINY, training), epochs=20)
    few = (data.validation.x[:50], data.validation.y[:50])
    history = fitted(hypermodel, keras_tuner.HyperParameters(), data, validation_data=few)
    assert len(history.epoch) == 3


def test_labels_are_smoothed_in_training_alone(data):
    training = "optimizer: {sgd: {learning_rate: 1e-12}}\nlabel_smoothing: 0.5\nbatch_size: 100"
    hypermodel = hypermodel_of(space_with(TINY, training), epochs=1)
    few = (data.train.x[:100], data.train.y[:100])
    history = fitted(hypermodel, keras_tuner.HyperParameters(), data, validation_data=few).history
    model = hypermodel.build(keras_tuner.HyperParameters())
    assert model.loss.label_smoothing == 0 and history["loss"] != history["val_loss"]


def test_examples_are_augmented_by_the_plan(data):
    training = "optimizer: {sgd: {learning_rate: 1e-12}}\naugmentation: {gaussian_noise: {stddev: 0.2}}"
    hypermodel = hypermodel_of(space_with(TINY, training), epochs=2)
    few = (data.train.x[:100], data.train.y[:100])
    history = fitted(hypermodel, keras_tuner.HyperParameters(), data, validation_data=few).history
    assert history["loss"][0] != history["loss"][1] and history["val_loss"][0] == pytest.approx(
        history["val_loss"][1]
    )
