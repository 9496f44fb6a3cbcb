import keras
import numpy as np
import pytest

from cnnsearch.tasks.regression.metrics import values
from cnnsearch.tasks.regression.training import StandardizedLoss, loss_of

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

    found = values(PREDICTED, Y)
    assert found["mae"] == pytest.approx(mean_absolute_error(Y, PREDICTED))
    assert found["rmse"] == pytest.approx(root_mean_squared_error(Y, PREDICTED))
    assert found["r2"] == pytest.approx(r2_score(Y, PREDICTED))
