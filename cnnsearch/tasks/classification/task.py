"""The task of single-label classification; the output is a probability for each class."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cnnsearch.architecture.outputs import Output
from cnnsearch.errors import DataError
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Fit, RawTargets, Task
from cnnsearch.tasks.classification.metrics import METRICS
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.report import TaskReport
from cnnsearch.tasks.results import TaskResults
from cnnsearch.tasks.shortage import shortage
from cnnsearch.tasks.training import ClassWeights, TaskTraining


class Classification(Task):
    """One of several classes for each example; a target is an index into `labels`, int64.

    Attributes:
        labels: The sorted names of the classes, integers by value.
    """

    type: Literal["classification"] = "classification"
    labels: tuple[str, ...] = Field(min_length=1)

    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    has_classes: ClassVar[bool] = True
    has_one_class: ClassVar[bool] = True
    noun: ClassVar[str] = "class"
    output: ClassVar[str] = "a probability for each class"

    @classmethod
    def of(cls, num_classes: int) -> Self:
        """Return a task of classes named by numbers."""
        return cls(labels=tuple(map(str, range(num_classes))))

    @classmethod
    def fits(cls, raw: RawTargets) -> Fit:
        if all(_is_one_hot(y) for y in raw.parts.values()):
            return Fit.POSSIBLE
        if not all(y.ndim == 1 or y.shape[1:] == (1,) for y in raw.parts.values()):
            return Fit.NO
        if raw.are_classes or all(_are_labels(y) for y in raw.parts.values()):
            return Fit.PLAIN
        return (
            Fit.POSSIBLE if all(y.dtype.kind in "US" or _is_whole(y) for y in raw.parts.values()) else Fit.NO
        )

    @classmethod
    def encode(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        if all(_is_one_hot(y) for y in raw.parts.values()):
            return cls._encode_one_hot(raw, place)
        values = {part: _checked(y, f"{place}, {part} labels") for part, y in raw.parts.items()}
        if len({y.dtype.kind == "U" for y in values.values()}) > 1:
            raise DataError(
                f"{place}: found integer labels in one part and strings in another; expected one kind."
            )
        classes = np.unique(np.concatenate(list(values.values())))
        indices = {part: np.searchsorted(classes, y).astype(np.int64) for part, y in values.items()}
        return indices, cls(labels=tuple(str(label) for label in classes.tolist()))

    @classmethod
    def _encode_one_hot(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        width, *others = {y.shape[1] for y in raw.parts.values()}
        if others:
            raise DataError(
                f"{place}: as many columns of classes were expected in each part; found "
                f"{sorted([width, *others])}."
            )
        indices: dict[str, Targets] = {part: y.argmax(axis=1) for part, y in raw.parts.items()}
        return indices, cls(labels=raw.columns or tuple(map(str, range(width))))

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
            raise DataError(f"{place}: found only one class ({self.labels[0]}); expected at least two.")
        trained = set(np.unique(ys["train"]).tolist())
        absent = [repr(label) for index, label in enumerate(self.labels) if index not in trained]
        if absent:
            raise DataError(
                f"{place}: no training examples of class {', '.join(absent)}, which occurs in another part."
            )

    def check_spread(
        self, y: Targets, groups: NDArray[np.int64] | None, parts: Sequence[str], needed: int, place: str
    ) -> None:
        if groups is None:
            counts = np.bincount(y, minlength=self.num_classes).tolist()
            what, why = "examples", ""
        else:
            counts = [len(np.unique(groups[y == index])) for index in range(self.num_classes)]
            what, why = "groups", ", since a group stays within one part"
        if small := shortage(dict(zip(self.labels, counts, strict=True)), needed):
            raise DataError(
                f"{place}: too few {what} to split into {', '.join(parts)}: class {small}; "
                f"each class needs at least {needed}{why}."
            )

    def numbers(self, y: Targets) -> NDArray[np.float64]:
        found = np.zeros((len(y), self.num_classes))
        found[np.arange(len(y)), y] = 1.0
        return found

    def agreement(self, predicted: NDArray[np.float64], y: Targets) -> float:
        return float(np.mean(predicted.argmax(axis=1) == y))

    def counts(self, y: Targets) -> dict[str, int]:
        counts = np.bincount(y, minlength=self.num_classes).tolist()
        return dict(zip(self.labels, counts, strict=True))

    def training(
        self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights, stride: Sequence[int]
    ) -> TaskTraining:
        from cnnsearch.tasks.classification.training import ClassificationTraining

        return ClassificationTraining(self.num_classes, plan.label_smoothing, y, class_weights)

    def results(self) -> TaskResults:
        from cnnsearch.tasks.classification.results import ClassificationResults

        return ClassificationResults(self.labels)

    def report(self) -> TaskReport:
        from cnnsearch.tasks.classification.report import ClassificationReport

        return ClassificationReport(self.labels)


def _checked(y: NDArray[Any], place: str) -> NDArray[Any]:
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise DataError(f"{place}: found shape {y.shape}; expected one label for each example.")
    if y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8", "backslashreplace")
    if y.dtype.kind == "f" and _is_whole(y):
        y = y.astype(np.int64)
    if y.dtype.kind == "U" and (empty := np.flatnonzero(y == "")).size:
        raise DataError(f"{place}: no label for {len(empty)} of {len(y)} examples, the first at {empty[0]}.")
    if y.dtype.kind not in "iuU":
        hint = "; .astype(str) converts an array of texts" if y.dtype == object else ""
        raise DataError(f"{place}: found {y.dtype}; expected integers or strings{hint}.")
    return y if y.dtype.kind == "U" else y.astype(np.int64)


def _are_labels(y: NDArray[Any]) -> bool:
    """Return whether targets are integers, or texts that are neither lists of tags nor fractions."""
    if y.dtype.kind not in "US":
        return y.dtype.kind in "iu"
    texts = np.unique(y).tolist()
    return not any("|" in str(text) for text in texts) and not _are_fractions(texts)


def _are_fractions(texts: Sequence[Any]) -> bool:
    try:
        return any(not float(text).is_integer() for text in texts)
    except ValueError:
        return False


def _is_whole(y: NDArray[Any]) -> bool:
    return y.dtype.kind == "f" and bool((np.isfinite(y) & (y == np.round(y))).all())


def _is_one_hot(y: NDArray[Any]) -> bool:
    if y.ndim != 2 or y.shape[1] < 2 or y.dtype.kind not in "biuf":
        return False
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())
