import dataclasses

import keras
import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from cnnsearch.plan.augmentation import Brightness, Mixup, Shift
from cnnsearch.plan.training_plan import Sgd, TrainingPlan
from cnnsearch.training import input_pipeline
from cnnsearch.training.checkpoint import read_weights
from cnnsearch.training.engines import TrainingDivergedError
from cnnsearch.training.progress import Objective
from cnnsearch.training.step_timer import StepTimer
from tests.training.networks import make_engine_of, make_model, make_split

TRAIN, VALIDATION = make_split(70, 1), make_split(30, 2)  # 70: the last batch of 16 is a partial one
ACCURACY = Objective("validation_accuracy", "maximize")


def make_engine(model=None, train=TRAIN, objective=ACCURACY, class_weights="none", **plan):
    plan = TrainingPlan(**{"batch_size": 16} | plan)
    model = model or make_model()
    chosen = {"epochs": 4, "seed": 0, "objective": objective, "class_weights": class_weights}
    return make_engine_of(model, plan, train, VALIDATION, **chosen)


def curve(engine, epochs=4):
    return [engine.run_epoch() for _ in range(epochs)]


def test_training_learns():
    first, *_, last = curve(make_engine(optimizer=Sgd(learning_rate=0.1, momentum=0.9)), 8)

    assert last["loss"] < first["loss"]
    assert last["validation_accuracy"] > 0.6


def test_validation_scores_are_those_of_the_current_model():
    model = make_model()
    metrics = make_engine(model).run_epoch()
    chosen = model.predict(VALIDATION.x, verbose=0)

    expected = -np.log(chosen[np.arange(30), VALIDATION.y]).mean()
    assert metrics["validation_loss"] == pytest.approx(expected, rel=1e-5)
    assert metrics["validation_accuracy"] == pytest.approx((chosen.argmax(1) == VALIDATION.y).mean())


def test_batch_normalization_is_usable_after_the_first_epoch():
    model = make_model()
    make_engine(model).run_epoch()  # five steps, after which 0.9^5 of the initial variance 1 would be left
    assert np.max(model.layers[2].moving_variance) < 0.3


def test_scores_by_class_cover_the_split_and_not_its_batches(monkeypatch):
    monkeypatch.setattr(input_pipeline, "_VALIDATION_BATCH_ELEMENTS", 1)  # two batches of 15
    model = make_model()
    metrics = make_engine(model).run_epoch()
    chosen = model.predict(VALIDATION.x, verbose=0).argmax(1)

    expected = balanced_accuracy_score(VALIDATION.y, chosen)
    assert metrics["validation_balanced_accuracy"] == pytest.approx(expected)
    expected = f1_score(VALIDATION.y, chosen, average="macro")
    assert metrics["validation_macro_f1"] == pytest.approx(expected)


def test_smoothing_is_in_the_training_loss_alone():
    still = Sgd(learning_rate=1e-30)
    plain = make_engine(optimizer=still).run_epoch()
    smoothed = make_engine(optimizer=still, label_smoothing=0.5).run_epoch()

    assert smoothed["validation_loss"] == plain["validation_loss"]
    assert smoothed["loss"] != plain["loss"]


@pytest.mark.parametrize("augmentation", [(), (Shift(), Mixup())])
@pytest.mark.parametrize("class_weights", ["none", "balanced"])
def test_both_input_pipelines_give_the_same_curve(monkeypatch, augmentation, class_weights):
    in_tensorflow = curve(make_engine(augmentation=augmentation, class_weights=class_weights))
    monkeypatch.setattr(input_pipeline, "_COPY_LIMIT_BYTES", 0)

    assert curve(make_engine(augmentation=augmentation, class_weights=class_weights)) == in_tensorflow


def first_epoch_without_steps(augmentation):
    """Return the metrics of a network without running statistics that hardly changes."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Flatten(), keras.layers.Rescaling(1 / 255), keras.layers.Dense(3, "softmax")]
    model = keras.Sequential([keras.Input((6, 6, 1)), *layers])
    return make_engine(model, optimizer=Sgd(learning_rate=1e-30), augmentation=augmentation).run_epoch()


def test_training_is_augmented_and_validation_is_not():
    plain, augmented = first_epoch_without_steps(()), first_epoch_without_steps((Brightness(factor=1),))

    assert augmented["validation_loss"] == plain["validation_loss"]
    assert augmented["loss"] != pytest.approx(plain["loss"], rel=1e-3)


def test_mapped_files_give_the_same_results_as_arrays(tmp_path):
    np.save(tmp_path / "x.npy", TRAIN.x)
    mapped = dataclasses.replace(TRAIN, x=np.load(tmp_path / "x.npy", mmap_mode="r"))

    assert curve(make_engine(train=mapped)) == curve(make_engine())


def test_a_batch_size_above_the_number_of_examples_is_one_batch():
    model = make_model()
    make_engine(model, batch_size=1000).run_epoch()

    assert int(model.optimizer.iterations) == 1


class CountingLayer(keras.layers.Layer):
    """Passes its input on; its Python body runs only when a graph is traced."""

    calls = 0

    def call(self, inputs):
        self.calls += 1
        return inputs


@pytest.mark.parametrize("steps", (2, 4, 16))
def test_steps_that_the_backend_makes_without_python_give_the_same_curve(steps):
    one_by_one, together = make_engine(), make_engine()
    together.program.model.steps_per_execution = steps

    assert curve(together) == curve(one_by_one)


def test_a_partial_execution_counts_as_many_steps_as_it_has():
    timer = StepTimer()
    timer.set_params({"steps": 65})
    timer.on_epoch_begin(0)
    for last in range(15, 80, 16):
        timer.on_train_batch_end(last)
    assert timer._steps == 65


def test_the_time_of_a_step_is_measured_over_steps_that_are_executed_together():
    engine = make_engine(batch_size=2)
    engine.program.model.steps_per_execution = 8
    curve(engine, 2)
    few = make_engine(batch_size=2)
    few.program.model.steps_per_execution = 64
    curve(few, 2)

    assert engine.step_seconds > 0
    assert few.step_seconds is None


def test_nothing_is_traced_again_after_the_first_epoch():
    counting = CountingLayer()
    model = keras.Sequential([keras.Input((6, 6, 1)), *make_model().layers, counting])
    engine = make_engine(model, augmentation=(Shift(),))
    engine.run_epoch()
    traced = counting.calls
    curve(engine, 3)

    assert counting.calls == traced


def test_the_best_weights_are_those_of_the_best_epoch(tmp_path):
    model = make_model()
    engine = make_engine(model, optimizer=Sgd(learning_rate=0.5, momentum=0.9))
    weights = []
    for _ in range(4):
        engine.run_epoch()
        weights.append(model.get_weights())
    with (tmp_path / "weights.npz").open("wb") as file:
        engine.save_best(file)

    best = weights[engine.progress.best_epoch - 1]
    assert all(
        np.array_equal(a, b) for a, b in zip(read_weights(tmp_path / "weights.npz"), best, strict=True)
    )


@pytest.mark.parametrize("rate", [1e30, 1e38])
def test_an_infinite_or_undefined_loss_ends_the_trial(rate):
    engine = make_engine(optimizer=Sgd(learning_rate=rate))

    with pytest.raises(TrainingDivergedError, match=r"loss was (nan|inf) in epoch"):
        curve(engine)


def test_dropout_has_new_draws_in_each_epoch():
    drop = keras.layers.Dropout(0.5)
    given = keras.Input((6, 6, 1))
    model = keras.Model(
        given, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(drop(given)))
    )
    engine = make_engine(model)
    states = [drop.seed_generator.state.numpy().tolist() for _ in range(3) if engine.run_epoch()]

    assert len({tuple(state) for state in states}) == 3
