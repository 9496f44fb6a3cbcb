import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from cnnsearch.tasks.classification.measures import balanced_accuracy, class_counts, macro_f1


def drawn(seed, classes, examples=200, rarest=1):
    """Random unbalanced classes and predictions, half of them correct."""
    draws = np.random.default_rng(seed)
    shares = draws.dirichlet(np.full(classes, rarest))
    truth, guess = draws.choice(classes, size=(2, examples), p=shares)
    return truth, np.where(draws.random(examples) < 0.5, truth, guess)


@pytest.mark.parametrize("classes", [2, 5, 40])
@pytest.mark.parametrize("seed", range(5))
def test_macro_f1_is_scikit_learns(seed, classes):
    truth, chosen = drawn(seed, classes)

    expected = f1_score(truth, chosen, average="macro")
    assert macro_f1(class_counts(truth, chosen, classes)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("classes", [2, 5, 40])
@pytest.mark.parametrize("seed", range(5))
def test_balanced_accuracy_is_scikit_learns(seed, classes):
    truth, chosen = drawn(seed, classes)
    chosen = np.where(np.isin(chosen, truth), chosen, truth)  # what is only chosen makes scikit-learn warn

    expected = balanced_accuracy_score(truth, chosen)
    assert balanced_accuracy(class_counts(truth, chosen, classes)) == pytest.approx(expected, rel=1e-12)


def test_a_class_without_examples_has_no_recall():
    counts = class_counts(np.array([0, 0, 1]), np.array([0, 2, 1]), 4)
    assert balanced_accuracy(counts) == pytest.approx((1 / 2 + 1) / 2)


def test_a_class_that_is_chosen_but_never_there_has_an_f1_of_0_as_scikit_learn_has_it():
    truth, chosen = np.array([0, 0, 1]), np.array([0, 2, 1])
    assert macro_f1(class_counts(truth, chosen, 4)) == pytest.approx(f1_score(truth, chosen, average="macro"))


def test_the_class_that_is_always_chosen_is_accurate_but_not_balanced():
    truth, chosen = np.repeat([0, 1], [95, 5]), np.zeros(100, int)
    assert accuracy_score(truth, chosen) == 0.95
    assert balanced_accuracy(class_counts(truth, chosen, 2)) == 0.5
