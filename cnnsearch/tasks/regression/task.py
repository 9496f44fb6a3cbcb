"""The task of regression; the output is in the unit of the targets."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cnnsearch.architecture.outputs import Output
from cnnsearch.errors import DataError
from cnnsearch.plan.training_plan import Loss, TrainingPlan
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Fit, RawTargets, Task
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.regression.metrics import METRICS
from cnnsearch.tasks.report import TaskReport
from cnnsearch.tasks.results import TaskResults
from cnnsearch.tasks.training import ClassWeights, TaskTraining

BINS = 10
"""Quantiles of the first column that splits and subsets are stratified by, at most."""
_LEAST = 5  # examples of a quantile, as many as a stratum needs to be in every part
_NAMED = 10  # rows that an error message names


class Regression(Task):
    """One or several numbers for each example; a target is a row of them, float64.

    Networks are trained on standardised targets and predict in the targets' own unit: the last layer of a
    network multiplies by the deviation and adds the mean, and the loss divides errors by the deviation.

    Attributes:
        columns: The names of the columns.
        means: The mean of each column, over the training split.
        deviations: The standard deviation of each column, over the training split; 1 for a constant one.
    """

    type: Literal["regression"] = "regression"
    columns: tuple[str, ...] = Field(min_length=1)
    means: tuple[float, ...] = ()
    deviations: tuple[float, ...] = ()

    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    has_classes: ClassVar[bool] = False
    is_smoothed: ClassVar[bool] = False
    losses: ClassVar[tuple[Loss, ...]] = ("mse", "mae", "huber")
    noun: ClassVar[str] = "column"
    output: ClassVar[str] = "a number for each column, in the unit of the targets"
    prediction: ClassVar[str] = "values"

    @classmethod
    def of(cls, num_outputs: int) -> Self:
        """Return a task of standardised columns named by numbers."""
        ones = (1.0,) * num_outputs
        return cls(columns=tuple(map(str, range(num_outputs))), means=(0.0,) * num_outputs, deviations=ones)

    @classmethod
    def fits(cls, raw: RawTargets) -> Fit:
        if raw.are_classes:
            return Fit.NO
        numbers = [_numbers(y) for y in raw.parts.values()]
        if any(y is None for y in numbers):
            has_faults = all(y.ndim == 1 and _have_fractions(y) for y in raw.parts.values())
            return Fit.POSSIBLE if has_faults else Fit.NO
        columns = [y if y.ndim == 2 else y[:, None] for y in numbers if y is not None]
        if all(np.isin(y, (0.0, 1.0)).all() for y in columns):
            return Fit.NO
        is_whole = all((y == np.round(y)).all() for y in columns)
        is_matrix = columns[0].shape[1] > 1
        return Fit.POSSIBLE if is_whole and not is_matrix else Fit.PLAIN

    @classmethod
    def encode(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        ys: dict[str, Targets] = {}
        for part, y in raw.parts.items():
            rows = y[:, None] if y.ndim == 1 else y
            if rows.ndim != 2:
                raise DataError(
                    f"{place}, {part} targets: found shape {y.shape}; expected a row of numbers per example."
                )
            names = _names(raw, rows.shape[1])
            ys[part] = _finite(rows, names, f"{place}, {part} targets")
        widths = {y.shape[1] for y in ys.values()}
        if len(widths) > 1:
            raise DataError(
                f"{place}: found {sorted(widths)} columns of targets; expected the same number in each part."
            )
        return ys, cls(columns=_names(raw, widths.pop()))

    def fitted(self, y: Targets, shape: Sequence[int]) -> Self:
        rows = np.asarray(y, np.float64)
        deviations = np.where(np.ptp(rows, axis=0) > 0, rows.std(axis=0), 1.0)
        changes = {
            "means": tuple(rows.mean(axis=0).tolist()),
            "deviations": tuple(deviations.tolist()),
        }
        return self.model_copy(update=changes)

    @property
    def names(self) -> tuple[str, ...]:
        return self.columns

    @property
    def described(self) -> str:
        return "1 number" if len(self.columns) == 1 else f"{len(self.columns)} numbers"

    def text(self, target: Any) -> str:
        numbers = np.atleast_1d(target)
        if len(self.columns) == 1:
            return f"{numbers[0]:.4g}"
        return ", ".join(f"{name} {number:.4g}" for name, number in zip(self.columns, numbers, strict=True))

    @property
    def outputs(self) -> tuple[Output, ...]:
        size = len(self.columns)
        return (
            Output(
                name="numbers",
                channels=size,
                activation="linear",
                scale=self.deviations or (1.0,) * size,
                offset=self.means or (0.0,) * size,
            ),
        )

    def strata(self, y: Targets) -> NDArray[np.int64]:
        """The quantile of the first column; of few examples there are fewer quantiles."""
        first = np.asarray(y, np.float64)[:, 0]
        bins = max(1, min(BINS, len(first) // _LEAST))
        bounds = np.unique(np.quantile(first, np.arange(1, bins) / bins))
        return np.searchsorted(bounds, first, side="right").astype(np.int64)

    def check(self, ys: Mapping[str, Targets], place: str) -> None:
        constant = [
            repr(name)
            for name, spread in zip(self.columns, np.ptp(ys["train"], axis=0), strict=True)
            if not spread
        ]
        if constant:
            raise DataError(
                f"{place}: all training examples have the same number, so there is nothing to learn: column "
                f"{', '.join(constant)}."
            )

    def numbers(self, y: Targets) -> NDArray[np.float64]:
        return (np.asarray(y, np.float64) - self.means) / self.deviations

    def training(
        self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights, stride: Sequence[int]
    ) -> TaskTraining:
        from cnnsearch.tasks.regression.training import RegressionTraining

        return RegressionTraining(plan.loss, self.deviations)

    def results(self) -> TaskResults:
        from cnnsearch.tasks.regression.results import RegressionResults

        return RegressionResults(self.columns, self.deviations)

    def report(self) -> TaskReport:
        from cnnsearch.tasks.regression.report import RegressionReport

        return RegressionReport(self.columns)


def _names(raw: RawTargets, width: int) -> tuple[str, ...]:
    return raw.columns or (("target",) if width == 1 else tuple(map(str, range(width))))


def _numbers(y: NDArray[Any]) -> NDArray[np.float64] | None:
    if y.ndim not in (1, 2) or y.dtype.kind not in "biufUS":
        return None
    try:
        return y.astype(np.float64)
    except ValueError:
        return None


def _have_fractions(y: NDArray[Any]) -> bool:
    """Return whether some of the texts are fractions, as in a column of numbers of which some are missing."""
    return y.dtype.kind in "US" and any(map(_is_fraction, np.unique(y).tolist()))


def _is_fraction(text: str | bytes) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return math.isfinite(number) and not number.is_integer()


def _finite(rows: NDArray[Any], names: Sequence[str], place: str) -> NDArray[np.float64]:
    numbers = np.empty(rows.shape, np.float64)
    wrong: list[str] = []
    for column, name in enumerate(names):
        for row, value in enumerate(rows[:, column].tolist()):
            try:
                numbers[row, column] = float(value)
            except (TypeError, ValueError):
                numbers[row, column] = np.nan
            if not np.isfinite(numbers[row, column]):
                wrong.append(f"{name!r} of example {row}: {value!r}")
    if wrong:
        more = f", and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise DataError(f"{place}: found {', '.join(wrong[:_NAMED])}{more}; expected finite numbers.")
    return numbers
