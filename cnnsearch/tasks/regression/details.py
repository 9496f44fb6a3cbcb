"""What only regression has in metrics.json."""

from typing import Literal

from cnnsearch.tasks.scores import Details, Recorded


class ColumnFigures(Recorded):
    """The predictions of one number on the test split.

    Attributes:
        mae: The mean absolute error.
        rmse: The root mean squared error.
        r2: The coefficient of determination.
        bias: The mean of predicted minus true numbers.
    """

    mae: float
    rmse: float
    r2: float
    bias: float


class RegressionDetails(Details):
    """What only regression has.

    Attributes:
        per_column: The predictions of each number, by column, in its unit.
    """

    task: Literal["regression"] = "regression"
    per_column: dict[str, ColumnFigures]
