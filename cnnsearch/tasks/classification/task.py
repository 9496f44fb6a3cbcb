"""Single-label classification as a task: one of several classes; the output is a probability for each."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cnnsearch.architecture.outputs import Output
from cnnsearch.errors import DataError
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.base import ClassWeights, Fit, Metric, RawTargets, Targets, Task, TaskTraining
from cnnsearch.tasks.classification.metrics import METRICS

_NAMED = 10  # classes that an error message names


class Classification(Task):
    """One of several classes for each example; a target is a position in `labels`, int64.

    Attributes:
        labels: The names of the classes: integers in order of value, texts sorted.
    """

    type: Literal["classification"] = "classification"
    labels: tuple[str, ...] = Field(min_length=1)

    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    has_classes: ClassVar[bool] = True

    @classmethod
    def of(cls, num_classes: int) -> Self:
        """Return a task of classes that have numbers for names."""
        return cls(labels=tuple(map(str, range(num_classes))))

    @classmethod
    def fits(cls, raw: RawTargets) -> Fit:
        kinds = {(y.ndim, y.dtype.kind) for y in raw.parts.values()}
        return Fit.PLAIN if all(ndim == 1 and kind in "iuUS" for ndim, kind in kinds) else Fit.NO

    @classmethod
    def encode(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        values = {part: _checked(y, f"{place}, {part} labels") for part, y in raw.parts.items()}
        if len({y.dtype.kind == "U" for y in values.values()}) > 1:
            raise DataError(
                f"{place}: integer labels in one part and strings in another; one kind was expected."
            )
        classes = np.unique(np.concatenate(list(values.values())))
        indices = {part: np.searchsorted(classes, y).astype(np.int64) for part, y in values.items()}
        return indices, cls(labels=tuple(str(label) for label in classes.tolist()))

    @property
    def names(self) -> tuple[str, ...]:
        return self.labels

    def text(self, target: Any) -> str:
        return self.labels[int(target)]

    @property
    def described(self) -> str:
        return f"{self.num_classes} classes"

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return len(self.labels)

    @property
    def outputs(self) -> tuple[Output, ...]:
        return (Output(name="probabilities", channels=self.num_classes, activation="softmax"),)

    def strata(self, y: Targets) -> NDArray[np.int64]:
        return np.asarray(y)

    def check(self, ys: Mapping[str, Targets], place: str) -> None:
        if self.num_classes < 2:
            raise DataError(f"{place}: one class only ({self.labels[0]}); at least two were expected.")
        trained = set(np.unique(ys["train"]).tolist())
        absent = [repr(label) for index, label in enumerate(self.labels) if index not in trained]
        if absent:
            raise DataError(
                f"{place}: no training examples of class {', '.join(absent)}, which another part has."
            )

    def check_spread(
        self, y: Targets, groups: NDArray[np.int64] | None, parts: Sequence[str], needed: int, place: str
    ) -> None:
        if groups is None:
            counts = np.bincount(y, minlength=self.num_classes).tolist()
            what, why = "examples", ""
        else:
            counts = [len(np.unique(groups[y == index])) for index in range(self.num_classes)]
            what, why = "groups", ", since a group stays on one side"
        small = [f"{label!r} has {n}" for label, n in zip(self.labels, counts, strict=True) if n < needed]
        if small:
            small[_NAMED:] = [f"and {len(small) - _NAMED} more"] if len(small) > _NAMED else []
            raise DataError(
                f"{place}: too few {what} to split into {', '.join(parts)}: class {', '.join(small)}; "
                f"each class needs at least {needed}{why}."
            )

    def counts(self, y: Targets) -> dict[str, int]:
        found = np.bincount(y, minlength=self.num_classes).tolist()
        return dict(zip(self.labels, found, strict=True))

    def training(self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights) -> TaskTraining:
        from cnnsearch.tasks.classification.training import ClassificationTraining

        return ClassificationTraining(self.num_classes, plan.label_smoothing, y, class_weights)


def _checked(y: NDArray[Any], place: str) -> NDArray[Any]:
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        hint = " (one-hot? give y.argmax(axis=1))" if y.ndim == 2 else ""
        raise DataError(f"{place}: shape {y.shape}; one label for each example was expected{hint}.")
    if y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8", "backslashreplace")
    if y.dtype.kind not in "iuU":
        raise DataError(f"{place}: integers or strings were expected, found {y.dtype}.")
    return y if y.dtype.kind == "U" else y.astype(np.int64)
