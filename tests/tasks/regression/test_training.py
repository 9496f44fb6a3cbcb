import keras
import numpy as np
import pytest

from cnnsearch.tasks.regression.metrics import METRICS, loss_of, values
from cnnsearch.tasks.regression.training import RegressionTraining, StandardizedLoss

Y = np.array([[10.0, 1.0], [30.0, 2.0], [50.0, 0.0]])
PREDICTED = np.array([[12.0, 1.0], [20.0, 3.0], [90.0, -1.0]])


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        ("mse", keras.losses.MeanSquaredError()),
        ("mae", keras.losses.MeanAbsoluteError()),
        ("huber", keras.losses.Huber(delta=1.0)),
    ],
)
def test_a_loss_is_keras_own_over_standardised_errors(kind, theirs):
    deviations = np.array([20.0, 0.5])
    expected = theirs(Y / deviations, PREDICTED / deviations)
    own = StandardizedLoss(kind, deviations)(Y.astype(np.float32), PREDICTED.astype(np.float32))
    assert float(own) == pytest.approx(float(expected), rel=1e-5)
    in_numpy = loss_of(kind, np.abs(Y - PREDICTED) / deviations, np.minimum).mean()
    assert in_numpy == pytest.approx(float(expected), rel=1e-5)


def test_metrics_are_those_of_scikit_learn():
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    found = values(PREDICTED, Y, np.array([20.0, 0.5]))
    assert found["mae"] == pytest.approx(mean_absolute_error(Y, PREDICTED))
    assert found["rmse"] == pytest.approx(root_mean_squared_error(Y, PREDICTED))
    assert found["r2"] == pytest.approx(r2_score(Y, PREDICTED))


def test_equal_targets_have_an_r2_of_0():
    y = np.full((3, 1), 0.1)
    assert y.mean() != 0.1
    assert values(y + 1.0, y, np.ones(1))["r2"] == 0.0


def test_the_loss_of_validation_is_the_same_whatever_is_trained_with():
    trainings = [RegressionTraining(loss, (20.0, 0.5)) for loss in ("auto", "mse", "mae", "huber")]
    found = [training.values(training.measured(PREDICTED, Y)) for training in trainings]
    assert set(found[0]) == set(METRICS) and all(other == found[0] for other in found)
