import keras
import numpy as np
import pytest
from keras import ops
from sklearn.utils.class_weight import compute_class_weight

from cnnsearch.data import Split
from cnnsearch.plan.augmentation import Cutmix, Mixup
from cnnsearch.plan.training_plan import Sgd, TrainingPlan
from cnnsearch.tasks.classification.balance import balanced_weights
from cnnsearch.tasks.classification.class_weights import WeightedCrossentropy
from cnnsearch.training.augmentation.augmenter import Augmenter
from cnnsearch.training.progress import Objective
from tests.training.networks import make_engine_of, make_split

COUNTS = (60, 20, 4)


def uneven():
    """A split of 84 examples with unbalanced classes."""
    split = make_split(400, 1)
    chosen = np.concatenate([np.flatnonzero(split.y == label)[:n] for label, n in enumerate(COUNTS)])
    return Split(split.x[chosen], split.y[chosen])


def make_network():
    """A linear network, without state and random draws."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    return keras.Sequential([keras.Input((6, 6, 1)), *layers])


def make_engine(model=None, train=None, class_weights="balanced", **plan):
    train = train or uneven()
    plan = TrainingPlan(**{"batch_size": 1000, "optimizer": Sgd(learning_rate=0.1)} | plan)
    objective = Objective("validation_accuracy", "maximize")
    return make_engine_of(
        model or make_network(),
        plan,
        train,
        make_split(30, 2),
        epochs=2,
        seed=0,
        objective=objective,
        class_weights=class_weights,
    )


@pytest.mark.parametrize("seed", range(5))
def test_balanced_weights_are_scikit_learns(seed):
    y = np.random.default_rng(seed).choice(4, size=100, p=(0.7, 0.2, 0.05, 0.05))
    present = np.unique(y)
    expected = compute_class_weight("balanced", classes=present, y=y)
    np.testing.assert_allclose(balanced_weights(np.bincount(y, minlength=4))[present], expected, rtol=1e-6)


def test_over_the_examples_the_weights_mean_is_one():
    y = uneven().y
    assert balanced_weights(np.bincount(y, minlength=3))[y].mean() == pytest.approx(1.0)


def test_a_class_without_examples_weighs_nothing_and_counts_for_none():
    assert balanced_weights(np.array([3, 0, 1, 0])).tolist() == pytest.approx([4 / 6, 0, 2, 0])


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_a_step_is_that_of_keras_with_sample_weights(smoothing):
    train, ours, keras_own = uneven(), make_network(), make_network()
    found = make_engine(ours, label_smoothing=smoothing).run_epoch()

    keras_own.compile("sgd", keras.losses.CategoricalCrossentropy(label_smoothing=smoothing))
    keras_own.optimizer.learning_rate = 0.1
    weights = balanced_weights(np.bincount(train.y, minlength=3)).astype(np.float32)[train.y]
    known = keras_own.fit(
        train.x, np.eye(3)[train.y], sample_weight=weights, batch_size=1000, shuffle=False, verbose=0
    )

    assert found["loss"] == pytest.approx(known.history["loss"][0], rel=1e-5)
    for a, b in zip(ours.get_weights(), keras_own.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", [Mixup(), Cutmix()])
def test_of_mixed_examples_each_part_has_its_own_weight(kind):
    train = uneven()
    weights = balanced_weights(np.bincount(train.y, minlength=3)).astype(np.float32)
    one_hot = np.eye(3, dtype=np.float32)[train.y]
    mixer = Augmenter((kind,), 0, (0.0, 255.0))
    x, shares = mixer(train.x, one_hot, 0, 0)
    same_x, weighted = mixer(train.x, one_hot * weights[train.y, None], 0, 0)

    predicted = make_network().predict(x, verbose=0)
    losses = WeightedCrossentropy(reduction=None)(ops.array(weighted), ops.array(predicted))
    expected = -(shares * weights * np.log(predicted)).sum(axis=1)
    np.testing.assert_array_equal(same_x, x)
    np.testing.assert_allclose(np.asarray(losses), expected, rtol=1e-5)


def test_validation_is_not_weighted():
    still = {"optimizer": Sgd(learning_rate=1e-30)}
    plain, weighted = (make_engine(class_weights=name, **still).run_epoch() for name in ("none", "balanced"))
    assert weighted["loss"] != pytest.approx(plain["loss"], rel=1e-3)
    assert weighted | {"loss": plain["loss"]} == plain


def test_rare_classes_are_found_more_often():
    plain, weighted = (
        make_engine(class_weights=name, batch_size=8, optimizer=Sgd(learning_rate=0.05))
        for name in ("none", "balanced")
    )
    for _ in range(8):
        found = [engine.run_epoch()["validation_balanced_accuracy"] for engine in (plain, weighted)]
    assert found[1] > found[0]
