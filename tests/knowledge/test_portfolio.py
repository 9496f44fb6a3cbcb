from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnsearch.knowledge.portfolio import portfolio
from cnnsearch.knowledge.tables import WORST

TABLES = st.tuples(st.integers(1, 4), st.integers(1, 7)).flatmap(
    lambda shape: st.tuples(
        arrays(np.float64, shape, elements=st.floats(0.0, WORST)),
        arrays(np.float64, shape[0], elements=st.floats(0.1, 3.0)),
    )
)


def gain(regrets, weights, columns):
    """How much a portfolio lowers the weighted mean of the best regret."""
    best = np.minimum(regrets[:, list(columns)].min(axis=1, initial=WORST), WORST)
    return float((weights / weights.sum()) @ (WORST - best))


@given(TABLES, st.integers(1, 4))
def test_its_gain_is_close_to_that_of_the_best_portfolio(table, size):
    regrets, weights = table
    size = min(size, regrets.shape[1])
    best = max(gain(regrets, weights, chosen) for chosen in combinations(range(regrets.shape[1]), size))
    found = portfolio(regrets, weights, size)
    assert len(found) == len(set(found)) == size
    assert gain(regrets, weights, found) >= (1 - 1 / np.e) * best - 1e-9


@given(TABLES)
def test_its_first_configuration_is_the_best_single_one(table):
    regrets, weights = table
    best = max(gain(regrets, weights, [column]) for column in range(regrets.shape[1]))
    assert gain(regrets, weights, portfolio(regrets, weights, 1)) >= best - 1e-9


def test_the_second_configuration_complements_the_first():
    regrets = np.array([[0.1, 0.0, 1.5], [0.2, 0.3, 1.5], [1.0, 1.2, 0.0]])
    assert portfolio(regrets, np.ones(3), 3) == [0, 2, 1]


def test_a_dataset_that_counts_more_decides():
    regrets = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert portfolio(regrets, np.array([1.0, 3.0]), 1) == [1]
    assert portfolio(regrets, np.array([3.0, 1.0]), 1) == [0]


def test_a_cheap_configuration_comes_before_one_that_is_slightly_better():
    regrets = np.array([[0.1, 0.2]])
    assert portfolio(regrets, np.ones(1), 2, np.array([100.0, 1.0])) == [1, 0]
    assert portfolio(regrets, np.ones(1), 2, np.array([1.0, 1.0])) == [0, 1]


def test_without_further_gain_the_order_is_that_of_the_mean():
    regrets = np.array([[0.0, 0.9, 0.3, 0.6]])
    assert portfolio(regrets, np.ones(1), 4) == [0, 2, 3, 1]
