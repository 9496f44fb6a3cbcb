import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.training.fidelity import Fidelity, nested_order, round_order

labels = st.lists(st.integers(0, 4), min_size=1, max_size=200).map(np.array)


@given(labels, st.integers(0, 5))
def test_every_example_is_in_the_order_once(y, seed):
    assert sorted(nested_order(y, seed)) == list(range(len(y)))


@given(labels, st.integers(0, 5), st.data())
def test_every_beginning_is_stratified_to_within_an_example(y, seed, data):
    size = data.draw(st.integers(1, len(y)))
    chosen = np.bincount(y[nested_order(y, seed)[:size]], minlength=5)

    assert np.all(np.abs(chosen - np.bincount(y, minlength=5) * size / len(y)) <= 1.0 + 1e-9)


def test_the_same_seed_gives_the_same_order_and_another_one_another():
    y = np.repeat(np.arange(3), 30)

    assert np.array_equal(nested_order(y, 1), nested_order(y, 1))
    assert not np.array_equal(nested_order(y, 1), nested_order(y, 2))


@given(st.integers(1, 60), st.integers(1, 150), st.integers(0, 5))
def test_concatenated_rounds_are_complete_passes(size, length, seed):
    rounds = -(-3 * size // length)
    stream = np.concatenate([round_order(size, length, number, seed) for number in range(rounds)])

    for number in range(3):
        assert sorted(stream[number * size : (number + 1) * size]) == list(range(size))


def test_a_round_as_long_as_a_pass_is_one():
    expected = np.random.default_rng((7, 2)).permutation(40)

    assert np.array_equal(round_order(40, 40, 2, 7), expected)


def test_a_fidelity_counts_the_examples_seen():
    fidelity = Fidelity(rounds=4, round_examples=30, subset=60, validation=10, checked=10)

    assert (fidelity.examples, fidelity.passes) == (120, 2.0)


def test_a_change_of_length_spreads_the_rest_of_the_schedule_over_the_rounds_that_are_left():
    fidelity = Fidelity(rounds=10, round_examples=8, subset=8, validation=1, checked=1)
    assert fidelity.progress() == [(0, 0.0), (10, 1.0)]

    longer = fidelity.resized(rounds=20, done=5)
    assert longer.progress() == [(0, 0.0), (5, 0.5), (20, 1.0)]
    assert (longer.examples, longer.first_rounds) == (160, 10)

    shorter = longer.resized(rounds=9, done=8)
    assert shorter.progress() == [(0, 0.0), (5, 0.5), (8, pytest.approx(0.6)), (9, 1.0)]
    assert shorter.anew().progress() == [(0, 0.0), (9, 1.0)]
