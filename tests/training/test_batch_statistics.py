"""Moving statistics without their initial values."""

import keras
import numpy as np
import pytest

from cnnsearch.training.batch_statistics import forget_initial_values

MOMENTUM = 0.9


@pytest.fixture
def normalizing():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(momentum=MOMENTUM)])
    return model, model.layers[0]


def test_the_first_batchs_statistics_are_all_there_is_after_a_step(normalizing):
    model, layer = normalizing
    x = np.random.default_rng(0).normal(5, 0.01, (64, 3)).astype(np.float32)
    model(x, training=True)
    assert np.allclose(layer.moving_variance, MOMENTUM, atol=0.01)
    forget_initial_values(model, 1)
    np.testing.assert_allclose(layer.moving_mean, x.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance, x.var(axis=0), rtol=0.02)


def test_several_batches_count_by_how_long_ago_they_were(normalizing):
    model, layer = normalizing
    batches = [np.full((8, 3), value, np.float32) for value in (1.0, 2.0, 4.0)]
    for batch in batches:
        model(batch, training=True)
    forget_initial_values(model, 3)
    weights = np.array([MOMENTUM**2, MOMENTUM, 1.0])
    np.testing.assert_allclose(layer.moving_mean, np.dot(weights, [1, 2, 4]) / weights.sum(), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, 0.0, atol=1e-6)


def test_later_steps_continue_from_the_corrected_statistics(normalizing):
    model, layer = normalizing
    model(np.full((8, 3), 2.0, np.float32), training=True)
    forget_initial_values(model, 1)
    model(np.full((8, 3), 2.0, np.float32), training=True)
    np.testing.assert_allclose(layer.moving_mean, 2.0, rtol=1e-5)


def test_statistics_that_never_move_are_left_alone():
    model = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(momentum=1.0)])
    forget_initial_values(model, 5)
    np.testing.assert_array_equal(model.layers[0].moving_variance, np.ones(3))
