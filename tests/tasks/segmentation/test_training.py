"""The losses of segmentation, and a network that learns masks."""

import keras
import numpy as np
import pytest
from keras import ops

from cnnsearch.data import Split
from cnnsearch.plan.augmentation import Flip, Shift
from cnnsearch.plan.training_plan import Sgd, TrainingPlan
from cnnsearch.tasks.segmentation.metrics import IGNORED
from cnnsearch.tasks.segmentation.task import Segmentation
from cnnsearch.tasks.segmentation.training import MapLoss, SegmentationTraining
from cnnsearch.training.engines.keras_fit import KerasFit
from cnnsearch.training.program import compile_program
from cnnsearch.training.progress import Objective

LOSSES = ("crossentropy", "dice", "focal", "crossentropy_dice")


def predictions(*shape, classes=3, seed=0):
    numbers = np.random.default_rng(seed).random((*shape, classes)).astype(np.float32) + 0.05
    return numbers / numbers.sum(axis=-1, keepdims=True)


def truth(*shape, classes=3, seed=1):
    return np.random.default_rng(seed).integers(classes, size=shape).astype(np.uint8)


def losses(kind, y, p, weights=(1.0, 1.0, 1.0)):
    return ops.convert_to_numpy(
        MapLoss(kind, weights).call(ops.convert_to_tensor(y), ops.convert_to_tensor(p))
    )


@pytest.mark.parametrize("shape", [(4, 9), (4, 5, 6), (4, 3, 4, 5)])
def test_crossentropy_is_that_of_keras_over_positions(shape):
    y, p = truth(*shape), predictions(*shape)
    expected = ops.convert_to_numpy(keras.losses.sparse_categorical_crossentropy(y, p))
    np.testing.assert_allclose(losses("crossentropy", y, p), expected.reshape(4, -1).mean(axis=1), rtol=1e-5)


def test_focal_loss_is_keras_without_its_weight():
    y, p = truth(4, 5, 6), predictions(4, 5, 6)
    one_hot = np.eye(3, dtype=np.float32)[y]
    expected = ops.convert_to_numpy(
        keras.losses.categorical_focal_crossentropy(one_hot, p, alpha=1.0, gamma=2.0)
    )
    np.testing.assert_allclose(losses("focal", y, p), expected.reshape(4, -1).mean(axis=1), rtol=1e-4)


def test_the_dice_loss_is_that_of_the_formula():
    y, p = truth(2, 5, 6), predictions(2, 5, 6)
    one_hot = np.eye(3)[y]
    both, sizes = (one_hot * p).sum(axis=(1, 2)), (one_hot + p).sum(axis=(1, 2))
    np.testing.assert_allclose(
        losses("dice", y, p), 1 - ((2 * both + 1) / (sizes + 1)).mean(axis=1), rtol=1e-5
    )
    np.testing.assert_allclose(
        losses("crossentropy_dice", y, p), losses("dice", y, p) + losses("crossentropy", y, p), rtol=1e-5
    )


@pytest.mark.parametrize("kind", LOSSES)
def test_a_right_prediction_costs_nothing(kind):
    y = truth(3, 6, 6)
    np.testing.assert_allclose(losses(kind, y, np.eye(3, dtype=np.float32)[y]), 0.0, atol=1e-6)


@pytest.mark.parametrize("kind", LOSSES)
def test_ignored_positions_change_nothing(kind):
    y, p = truth(3, 6, 6), predictions(3, 6, 6)
    y[:, 3:] = IGNORED
    other = p.copy()
    other[:, 3:] = predictions(3, 3, 6, seed=9)
    np.testing.assert_allclose(losses(kind, y, p), losses(kind, y, other), rtol=1e-6)
    np.testing.assert_allclose(losses(kind, y, p), losses(kind, y[:, :3], p[:, :3]), rtol=1e-5)
    assert np.isfinite(losses(kind, np.full_like(y, IGNORED), p)).all()


def test_balanced_weights_make_rare_classes_count_as_much():
    y = np.zeros((2, 10, 10), np.uint8)
    y[:, 0] = 1
    plain, balanced = (SegmentationTraining(2, "auto", y, which).loss for which in ("none", "balanced"))
    p = np.broadcast_to(np.array([0.9, 0.1], np.float32), (2, 10, 10, 2))
    assert float(plain(y, p)) < float(balanced(y, p))
    assert float(balanced(y, p)) == pytest.approx(-(np.log(0.9) + np.log(0.1)) / 2, rel=1e-4)


def test_the_weights_of_the_classes_are_part_of_the_program():
    y = truth(4, 6, 6)
    few = np.where(y == 2, 0, y).astype(np.uint8)
    few[0, 0, 0] = 2
    one, other = (SegmentationTraining(3, "auto", each, "balanced").constants for each in (y, few))
    assert one != other and len(one) == 3


def test_the_accuracy_of_training_is_over_counted_positions():
    y, p = truth(4, 6, 6), predictions(4, 6, 6)
    y[:, 0] = IGNORED
    (metric,) = SegmentationTraining(3, "auto", y, "none").metrics
    metric.update_state(y, p)
    counted = y != IGNORED
    assert float(metric.result()) == pytest.approx((p.argmax(-1) == y)[counted].mean(), rel=1e-5)


def test_masks_move_with_the_pictures_of_training():
    y = truth(16, 6, 8)
    examples = Split(y[..., None] * np.uint8(10), y)
    kinds = (Flip(mode="vertical"), Shift(fill_mode="wrap"))
    plan = TrainingPlan(batch_size=8, optimizer=Sgd(learning_rate=1e-30), augmentation=kinds)
    layers = [keras.layers.Rescaling(1 / 10), keras.layers.Dense(3), keras.layers.Softmax()]
    model = keras.Sequential([keras.Input((6, 8, 1)), *layers])
    model.layers[1].set_weights([np.float32([[0, 40, 80]]), np.float32([0, -20, -80])])  # right everywhere
    task = Segmentation.of(3)
    training = task.training(plan, y, "none", (1, 1))
    program = compile_program(model, plan, training, examples=16, epochs=1)
    objective = Objective("validation_loss", "minimize")
    engine = KerasFit(program, plan, task, training, examples, examples, seed=0, objective=objective)
    assert engine.run_epoch()["loss"] < 1e-6
