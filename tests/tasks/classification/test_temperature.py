import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss

from cnnsearch.tasks.classification.results import calibration
from cnnsearch.tasks.classification.temperature import fit_temperature, tempered

LABELS = range(4)


@pytest.fixture(scope="module")
def answers():
    """Calibrated probabilities, and classes drawn from them."""
    draws = np.random.default_rng(0)
    probabilities = softmax(2 * draws.normal(size=(5000, 4)), axis=1)
    truth = np.array([draws.choice(4, p=row) for row in probabilities])
    return probabilities, truth


def plain_formula(probabilities, truth, bins=15):
    """Compute Guo et al. 2017, equation 3, literally."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    error = 0.0
    for m in range(1, bins + 1):
        inside = (confidence > (m - 1) / bins) & (confidence <= m / bins)
        if inside.any():
            error += inside.sum() / len(truth) * abs(right[inside].mean() - confidence[inside].mean())
    return error


def test_the_error_is_that_of_the_paper(answers):
    probabilities, truth = answers
    sharp = tempered(probabilities, 0.5)
    assert calibration(sharp, truth, 1.0).ece == pytest.approx(plain_formula(sharp, truth))


def test_probabilities_that_hold_need_no_temperature(answers):
    assert fit_temperature(*answers) == pytest.approx(1.0, abs=0.05)


def test_the_temperature_undoes_too_much_confidence(answers):
    probabilities, truth = answers
    assert fit_temperature(tempered(probabilities, 0.5), truth) == pytest.approx(2.0, abs=0.1)


def test_the_temperature_has_the_least_cross_entropy_of_all(answers):
    probabilities, truth = answers
    sharp = tempered(probabilities, 0.3)
    grid = np.geomspace(0.5, 10, 200)
    losses = [log_loss(truth, tempered(sharp, temperature), labels=LABELS) for temperature in grid]
    assert fit_temperature(sharp, truth) == pytest.approx(grid[np.argmin(losses)], rel=0.02)


def test_a_temperature_leaves_the_answers_as_they_are(answers):
    probabilities, _ = answers
    changed = tempered(probabilities, 3.0)
    assert (changed.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert changed.sum(axis=1) == pytest.approx(1.0)


def test_after_the_temperature_the_error_is_smaller(answers):
    probabilities, truth = answers
    found = calibration(tempered(probabilities, 0.4), truth, 2.5)
    assert found.ece_after < found.ece
