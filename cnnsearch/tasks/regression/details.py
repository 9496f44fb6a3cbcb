"""The values in metrics.json that are specific to regression."""

from typing import Literal

from cnnsearch.tasks.scores import Details, Recorded


class ColumnFigures(Recorded):
    """The scores of one column on the test split.

    Attributes:
        mae: The mean absolute error.
        rmse: The root mean squared error.
        r2: The coefficient of determination.
        bias: The mean of predicted minus true values.
    """

    mae: float
    rmse: float
    r2: float
    bias: float


class RegressionDetails(Details):
    """The values specific to regression.

    Attributes:
        per_column: The scores of each column, in its unit.
    """

    task: Literal["regression"] = "regression"
    per_column: dict[str, ColumnFigures]
