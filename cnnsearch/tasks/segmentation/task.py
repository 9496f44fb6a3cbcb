"""The task of semantic segmentation; the output is a probability for each class at every position."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cnnsearch.architecture.outputs import Output
from cnnsearch.errors import DataError
from cnnsearch.plan.training_plan import Loss, TrainingPlan
from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.base import Fit, RawTargets, Task
from cnnsearch.tasks.files import TaskFiles
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.report import TaskReport
from cnnsearch.tasks.results import TaskResults
from cnnsearch.tasks.segmentation.metrics import FINAL_METRICS, IGNORED, METRICS, classes_of
from cnnsearch.tasks.tagging.stratification import divide_by_tags
from cnnsearch.tasks.targets import Maps
from cnnsearch.tasks.training import ClassWeights, TaskTraining

MOST_CLASSES = 255
"""The largest number of classes that a byte holds beside the value of ignored positions."""
_MANY = 64
"""The number of values above which a mask is more likely a picture."""


class Segmentation(Task):
    """A class for each position of an example; a target is a map of indices into `labels`, uint8.

    Positions of value 255 are ignored where there are at least two other values, as in Pascal VOC
    (Everingham et al. 2010, section 3.3).

    Attributes:
        labels: The names of the classes: the values of the masks, ascending.
    """

    type: Literal["segmentation"] = "segmentation"
    labels: tuple[str, ...] = Field(min_length=1, max_length=MOST_CLASSES)

    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    final_metrics: ClassVar[Mapping[str, Metric]] = FINAL_METRICS
    has_classes: ClassVar[bool] = True
    is_smoothed: ClassVar[bool] = False
    losses: ClassVar[tuple[Loss, ...]] = ("crossentropy", "dice", "focal", "crossentropy_dice")
    noun: ClassVar[str] = "class"
    output: ClassVar[str] = "a probability for each class at every position"

    @classmethod
    def of(cls, num_classes: int) -> Self:
        """Return a task of classes named by numbers."""
        return cls(labels=tuple(map(str, range(num_classes))))

    @classmethod
    def fits(cls, raw: RawTargets) -> Fit:
        are_maps = all(
            y.ndim >= 3 and y.dtype.kind in "biu" and (y.ndim, y.shape[-1]) != (4, 2)  # instances
            for y in raw.parts.values()
        )
        return Fit.PLAIN if are_maps and not raw.are_classes else Fit.NO

    @classmethod
    def encode(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        masks = {part: _checked(y, f"{place}, {part} masks") for part, y in raw.parts.items()}
        values = np.unique(np.concatenate([np.unique(mask) for mask in masks.values()])).tolist()
        classes = [value for value in values if value != IGNORED or len(values) <= 2]
        if len(classes) > MOST_CLASSES or (len(classes) > _MANY and classes != list(range(len(classes)))):
            raise DataError(
                f"{place}: found {len(classes)} values in the masks ({classes[0]} to {classes[-1]}); "
                f"expected one for each class, such as 0, 1, 2. Masks saved as JPEG, or scaled with "
                "interpolation, have values in between."
            )
        table = {value: index for index, value in enumerate(classes)}
        ys: dict[str, Targets] = {part: encoded(mask, table) for part, mask in masks.items()}
        return ys, cls(labels=tuple(map(str, classes)))

    def check_shapes(self, ys: Mapping[str, Targets], xs: Mapping[str, NDArray[Any]], place: str) -> None:
        for part, y in ys.items():
            sizes = xs[part].shape[1:-1]
            if y.shape[1:] != sizes:
                found, expected = ("x".join(map(str, shape)) for shape in (y.shape[1:], sizes))
                raise DataError(
                    f"{place}, {part} masks: found the size {found}; expected {expected}, as the examples."
                )

    @property
    def target_form(self) -> Maps:
        return Maps(outside=(IGNORED,))

    @property
    def names(self) -> tuple[str, ...]:
        return self.labels

    @property
    def described(self) -> str:
        return f"{len(self.labels)} classes for each position"

    def text(self, target: Any) -> str:
        from cnnsearch.tasks.segmentation.report import shares_text  # imports Pillow

        return shares_text(self._positions(np.asarray(target)[None])[0], self.labels)

    @property
    def outputs(self) -> tuple[Output, ...]:
        return (Output(name="probabilities", channels=len(self.labels), activation="softmax", form="map"),)

    def strata(self, y: Targets) -> NDArray[np.int64]:
        """One stratum; `divide` has the classes of the examples in proportion."""
        return np.zeros(len(y), np.int64)

    def check(self, ys: Mapping[str, Targets], place: str) -> None:
        if len(self.labels) < 2:
            raise DataError(
                f"{place}: found only the value {self.labels[0]} in the masks; expected two classes or more."
            )
        trained = self._positions(ys["train"]).sum(axis=0)
        absent = [
            repr(label) for label, count in zip(self.labels, trained.tolist(), strict=True) if not count
        ]
        if absent:
            raise DataError(
                f"{place}: no training position of class {', '.join(absent)}, which occurs in another part."
            )

    def divide(
        self, y: Targets, share: float, missing: Sequence[str], rng: np.random.Generator
    ) -> dict[str, NDArray[np.int64]]:
        return divide_by_tags((self._positions(y) > 0).astype(np.uint8), share, missing, rng)

    def numbers(self, y: Targets) -> NDArray[np.float64]:
        """The share of the positions of each class."""
        counts = self._positions(y)
        shares: NDArray[np.float64] = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return shares

    def counts(self, y: Targets) -> dict[str, int]:
        """The number of examples that have each class."""
        present = (self._positions(y) > 0).sum(axis=0).tolist()
        return dict(zip(self.labels, present, strict=True))

    def training(
        self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights, stride: Sequence[int]
    ) -> TaskTraining:
        from cnnsearch.tasks.segmentation.training import SegmentationTraining

        return SegmentationTraining(len(self.labels), plan.loss, y, class_weights)

    def needed(self, predictions: Predictions) -> Predictions:
        """The most probable class of each position."""
        return classes_of(predictions)

    def results(self) -> TaskResults:
        from cnnsearch.tasks.segmentation.results import SegmentationResults

        return SegmentationResults(self.labels)

    def report(self) -> TaskReport:
        from cnnsearch.tasks.segmentation.report import SegmentationReport

        return SegmentationReport(self.labels)

    def files(self) -> TaskFiles:
        from cnnsearch.tasks.segmentation.files import SegmentationFiles

        return SegmentationFiles(self.labels)

    def _positions(self, y: Targets) -> NDArray[np.int64]:
        """Return the number of positions of each class, `(examples, classes)`."""
        classes = len(self.labels)
        rows = [np.bincount(np.ravel(mask), minlength=classes)[:classes] for mask in y]
        return np.array(rows, np.int64).reshape(-1, classes)


def _checked(y: NDArray[Any], place: str) -> NDArray[Any]:
    """Return masks without an axis of channels."""
    if y.ndim >= 3 and y.shape[-1] == 1:
        y = y[..., 0]
    if y.ndim < 2 or y.dtype.kind not in "biu":
        raise DataError(
            f"{place}: found {y.dtype} of shape {y.shape}; expected whole numbers, (examples, *spatial)."
        )
    return y.astype(np.uint8) if y.dtype == bool else y


def encoded(mask: NDArray[Any], table: Mapping[int, int]) -> Targets:
    """Return the index of each position's class; `IGNORED` where the table lacks the value.

    Args:
        mask: The values.
        table: The index of each value.
    """
    found = np.full(mask.shape, IGNORED, np.uint8)
    for value, index in table.items():
        found[mask == value] = index
    return found
