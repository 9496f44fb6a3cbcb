"""Our own few lines against SciPy and scikit-learn on the same numbers."""

import numpy as np
import pytest
from scipy.stats import binomtest, sem
from sklearn.metrics import precision_recall_fscore_support

from cnnsearch.bundle.statistics import Spread, per_class, wilson


@pytest.mark.parametrize(
    ("right", "examples"), [(0, 10), (1, 1), (10, 10), (357, 359), (180, 359), (9, 10_000)]
)
def test_the_interval_is_wilson_s(right, examples):
    expected = binomtest(right, examples).proportion_ci(0.95, method="wilson")
    assert wilson(right, examples) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("classes", [2, 5])
def test_precision_and_recall_are_scikit_learn_s(classes):
    draws = np.random.default_rng(classes)
    truth, predicted = draws.integers(classes, size=200), draws.integers(classes - 1, size=200)
    expected = precision_recall_fscore_support(truth, predicted, labels=range(classes), zero_division=0)
    found = per_class(truth, predicted, classes)
    assert [figures.precision for figures in found] == pytest.approx(expected[0])
    assert [figures.recall for figures in found] == pytest.approx(expected[1])
    assert [figures.support for figures in found] == list(expected[3])


def test_a_class_without_examples_has_no_recall():
    assert per_class(np.array([0, 0]), np.array([0, 1]), 2)[1].recall == 0.0


def test_a_spread_is_the_sample_s():
    values = [0.98, 0.99, 0.97]
    spread = Spread.of(values)
    assert (spread.mean, spread.std) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert spread.standard_error == pytest.approx(sem(values))


@pytest.mark.parametrize("values", [[], [0.9]])
def test_below_two_values_there_is_no_deviation(values):
    spread = Spread.of(values)
    assert (spread.std, spread.standard_error, spread.n) == (0.0, 0.0, len(values))
