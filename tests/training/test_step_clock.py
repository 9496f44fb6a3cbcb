"""Step times on some of the cores, in a real training."""

import os
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnsearch.cores import num_cores, own_cores, use_cores
from cnnsearch.training.step_clock import StepClock

pytestmark = pytest.mark.skipif(num_cores() < 2, reason="there is one core")


def train(clock, epochs, *others):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.random.default_rng(0).normal(size=(64, 4)), np.arange(64) % 2
    model.fit(x, y, batch_size=8, epochs=epochs, callbacks=[*([clock] if clock else []), *others], verbose=0)
    return model.get_weights()


def affinities():
    threads = Path("/proc/self/task").iterdir()
    return {frozenset(os.sched_getaffinity(int(thread.name))) for thread in threads}


def test_step_times_are_reported_once_for_one_core_and_for_all():
    told = []
    train(StepClock(told.append), epochs=12)
    [seconds] = told
    assert {1, num_cores()} <= seconds.keys()
    assert all(each > 0 for each in seconds.values())


def test_afterwards_every_thread_has_all_cores():
    train(StepClock(lambda seconds: None), epochs=1)  # too short to finish the measurement
    assert affinities() == {frozenset(own_cores())}
    train(StepClock(lambda seconds: None), epochs=12)
    assert affinities() == {frozenset(own_cores())}


def test_a_trial_that_is_left_in_the_middle_of_an_epoch_gives_the_cores_back():
    class Leaves(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 3:  # the first turn, on one core
                raise KeyboardInterrupt

    everything, clock = own_cores(), StepClock(lambda seconds: None)
    with pytest.raises(KeyboardInterrupt):
        train(clock, 1, Leaves())
    assert own_cores() != everything
    clock.release()
    assert affinities() == {frozenset(everything)}


def test_the_network_trains_as_it_would_without():
    for one, other in zip(train(StepClock(lambda seconds: None), 3), train(None, 3), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_process_keeps_to_the_cores_that_it_is_given():
    everything = own_cores()
    try:
        use_cores(sorted(everything)[:1])
        assert affinities() == {frozenset(sorted(everything)[:1])}
    finally:
        use_cores(everything)
