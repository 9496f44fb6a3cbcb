import math

import keras
import numpy as np
import pytest

from cnnsearch.plan.training_plan import Adam, AdamW, Constant, Cosine, OneCycle, RMSprop, Sgd, TrainingPlan
from cnnsearch.training.optimizers import build_optimizer, learning_rate


def rates(schedule, steps_per_epoch=10, epochs=4, peak=0.5):
    rate = learning_rate(peak, schedule, steps_per_epoch, epochs)
    return np.array([float(rate(step)) for step in range(steps_per_epoch * epochs)])


def build(optimizer):
    return build_optimizer(TrainingPlan(optimizer=optimizer), steps_per_epoch=10, epochs=4)


@pytest.mark.parametrize("optimizer", [Adam(), AdamW(), Sgd(), RMSprop()])
def test_each_optimizer_is_that_of_keras(optimizer):
    assert type(build(optimizer)).__name__.lower() == optimizer.type


def test_fields_reach_keras():
    built = build(Sgd(learning_rate=0.25, momentum=0.5, nesterov=True, weight_decay=0.1, clipnorm=2.0))

    found = (float(built.learning_rate), built.momentum, built.nesterov, built.weight_decay, built.clipnorm)
    assert found == (0.25, 0.5, True, 0.1, 2.0)


def test_zero_turns_decay_and_clipping_off():
    built = build(Adam(weight_decay=0.0, clipnorm=0.0))

    assert (built.weight_decay, built.clipnorm) == (None, None)


def test_adamw_without_decay_is_allowed():
    assert build(AdamW(weight_decay=0.0)).weight_decay == 0


def test_constant_without_warmup_is_a_number():
    assert learning_rate(0.5, Constant(), 10, 4) == 0.5


def test_constant_stays_after_its_warmup():
    found = rates(Constant(warmup_epochs=0.5))

    np.testing.assert_allclose(found, [0.1, 0.2, 0.3, 0.4] + [0.5] * 36, rtol=1e-6)


def test_cosine_falls_over_the_full_budget():
    expected = [0.5 * 0.5 * (1 + math.cos(math.pi * step / 40)) for step in range(40)]

    np.testing.assert_allclose(rates(Cosine()), expected, rtol=1e-4)


def test_cosine_ends_at_alpha():
    rate = learning_rate(0.5, Cosine(alpha=0.1), 10, 4)

    assert float(rate(40)) == float(rate(1000)) == pytest.approx(0.05)


def test_cosine_falls_after_the_warmup():
    found = rates(Cosine(warmup_epochs=1.5))

    np.testing.assert_allclose(found[:15], [0.5 * (step + 1) / 15 for step in range(15)], rtol=1e-6)
    expected = [0.25 * (1 + math.cos(math.pi * step / 25)) for step in range(25)]
    np.testing.assert_allclose(found[15:], expected, rtol=1e-4)


def test_a_warmup_longer_than_the_trial_only_rises():
    assert (np.diff(rates(Cosine(warmup_epochs=8))) > 0).all()


def test_one_cycle_rises_and_falls_in_lines_and_no_step_is_lost():
    found = rates(OneCycle(warmup=0.25), steps_per_epoch=10, epochs=4, peak=1.0)

    np.testing.assert_allclose(found[:10], [(step + 1) / 10 for step in range(10)], rtol=1e-6)
    np.testing.assert_allclose(found[10:], [(40 - step) / 30 for step in range(10, 40)], rtol=1e-6)


def test_one_cycle_without_warmup_only_falls():
    found = rates(OneCycle(warmup=0.0), peak=1.0)

    assert found[0] == 1.0 and (np.diff(found) < 0).all() and found[-1] > 0


def test_one_cycle_stays_at_zero_after_its_end():
    rate = learning_rate(1.0, OneCycle(), 10, 4)

    assert float(rate(40)) == float(rate(1000)) == 0.0


@pytest.mark.parametrize(("scaling", "expected"), [("none", 0.1), ("sqrt", 0.05), ("linear", 0.025)])
def test_a_scaled_learning_rate_follows_the_batch_size(scaling, expected):
    plan = TrainingPlan(batch_size=32, optimizer=Adam(learning_rate=0.1), learning_rate_scaling=scaling)

    assert plan.learning_rate == pytest.approx(expected)
    built = build_optimizer(plan, steps_per_epoch=10, epochs=4)
    assert float(built.learning_rate) == pytest.approx(expected)


def test_a_schedule_follows_the_steps_taken():
    built = build_optimizer(TrainingPlan(schedule=Cosine()), steps_per_epoch=10, epochs=4)
    weight = keras.Variable(1.0)
    built.build([weight])
    built.iterations.assign(20)

    assert float(built.learning_rate) == pytest.approx(0.0005)
