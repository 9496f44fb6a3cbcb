"""The task of object detection; the outputs are heat maps of centres, and the sides of boxes."""

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
from cnnsearch.tasks.detection.metrics import METRICS
from cnnsearch.tasks.files import TaskFiles
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.objects import PRIOR, check_objects, checked_numbers, divide_by_objects, named_counts
from cnnsearch.tasks.report import TaskReport
from cnnsearch.tasks.results import TaskResults
from cnnsearch.tasks.targets import Boxes, TargetForm
from cnnsearch.tasks.training import ClassWeights, TaskTraining

MOST_CLASSES = 10_000
"""The largest number of classes without names, whose numbers are their names."""


class Detection(Task):
    """Boxes with classes. A target is `(boxes, 5)`, float32: x0, y0, x1, y1 in pixels of the example, and an
    index into `labels`; rows without a box have the class -1.

    Attributes:
        labels: The names of the classes.
        half_sides: The mean half width and half height of the training boxes: the first prediction.
    """

    type: Literal["detection"] = "detection"
    labels: tuple[str, ...] = Field(min_length=1)
    half_sides: tuple[float, float] = (8.0, 8.0)

    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    has_classes: ClassVar[bool] = False
    is_smoothed: ClassVar[bool] = False
    noun: ClassVar[str] = "class"
    output: ClassVar[str] = "boxes, with a probability and a class for each"
    prediction: ClassVar[str] = "boxes"
    layout: ClassVar[str] = (
        "(n, boxes, 6), by score: x0, y0, x1, y1, score, index into labels; score 0: no box"
    )

    @classmethod
    def fits(cls, raw: RawTargets) -> Fit:
        are_boxes = all(y.ndim == 3 and y.shape[-1] == 5 and y.dtype.kind == "f" for y in raw.parts.values())
        return Fit.PLAIN if are_boxes else Fit.NO

    @classmethod
    def encode(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        ys: dict[str, Targets] = {
            part: checked_boxes(y, f"{place}, {part} boxes") for part, y in raw.parts.items()
        }
        most = int(max(y[..., 4].max() for y in ys.values())) + 1
        count = len(raw.columns) or MOST_CLASSES
        if most > count:
            raise DataError(f"{place}: found the class {most - 1}; expected 0 to {count - 1}.")
        labels = raw.columns or tuple(map(str, range(max(1, most))))
        return ys, cls(labels=labels)

    def check_shapes(self, ys: Mapping[str, Targets], xs: Mapping[str, NDArray[Any]], place: str) -> None:
        for part, y in ys.items():
            if xs[part].ndim != 4:
                shape = "x".join(map(str, xs[part].shape[1:]))
                raise DataError(f"{place}: found examples of {shape}; boxes need images.")
            height, width = xs[part].shape[1:3]
            outside = (y[..., 0] >= width) | (y[..., 1] >= height) | (y[..., 2] <= 0) | (y[..., 3] <= 0)
            if found := np.argwhere(outside & (y[..., 4] >= 0)).tolist():
                example, box = found[0]
                raise DataError(
                    f"{place}, {part} boxes: box {box} of example {example}, {_text(y[example, box])}, is "
                    f"outside of the image of {width} x {height}."
                )

    def fitted(self, y: Targets, shape: Sequence[int]) -> Self:
        boxes = y[y[..., 4] >= 0]
        if not len(boxes):
            return self
        width, height = np.maximum((boxes[:, 2:4] - boxes[:, :2]).mean(axis=0) / 2, 1.0).round(3).tolist()
        return self.model_copy(update={"half_sides": (width, height)})

    @property
    def names(self) -> tuple[str, ...]:
        return self.labels

    @property
    def described(self) -> str:
        return f"boxes of {len(self.labels)} {'classes' if len(self.labels) > 1 else 'class'}"

    def text(self, target: Any) -> str:
        return named_counts(_presence(np.asarray(target)[None], len(self.labels))[0], self.labels)

    @property
    def outputs(self) -> tuple[Output, ...]:
        width, height = self.half_sides
        scales = (width, height, width, height)
        return (
            Output(
                name="centres", channels=len(self.labels), activation="sigmoid", form="grid", offset=(PRIOR,)
            ),
            Output(name="sides", channels=4, activation="softplus", form="grid", scale=scales, offset=scales),
        )

    @property
    def channels(self) -> int:
        return 6

    @property
    def target_form(self) -> TargetForm:
        return Boxes()

    def strata(self, y: Targets) -> NDArray[np.int64]:
        """One stratum; `divide` has the classes in proportion."""
        return np.zeros(len(y), np.int64)

    def check(self, ys: Mapping[str, Targets], place: str) -> None:
        check_objects({part: _presence(y, len(self.labels)) for part, y in ys.items()}, self.labels, place)

    def divide(
        self, y: Targets, share: float, missing: Sequence[str], rng: np.random.Generator
    ) -> dict[str, NDArray[np.int64]]:
        return divide_by_objects(_presence(y, len(self.labels)), share, missing, rng)

    def numbers(self, y: Targets) -> NDArray[np.float64]:
        """The number of boxes of each class."""
        return _presence(y, len(self.labels)).astype(np.float64)

    def counts(self, y: Targets) -> dict[str, int]:
        """The number of examples that have each class."""
        present = (_presence(y, len(self.labels)) > 0).sum(axis=0).tolist()
        return dict(zip(self.labels, present, strict=True))

    def training(
        self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights, stride: Sequence[int]
    ) -> TaskTraining:
        from cnnsearch.tasks.detection.training import DetectionTraining

        return DetectionTraining(len(self.labels), stride)

    def decoded(self, outputs: Any, stride: Sequence[int]) -> Any:
        from cnnsearch.tasks.detection.training import decoded

        return decoded(outputs, len(self.labels), stride)

    def results(self) -> TaskResults:
        from cnnsearch.tasks.detection.results import DetectionResults

        return DetectionResults(self.labels)

    def report(self) -> TaskReport:
        from cnnsearch.tasks.detection.report import DetectionReport

        return DetectionReport(self.labels)

    def files(self) -> TaskFiles:
        from cnnsearch.tasks.detection.files import DetectionFiles

        return DetectionFiles(self.labels)


def checked_boxes(y: NDArray[Any], place: str) -> NDArray[np.float32]:
    """Return boxes as float32, unused rows as zeros of class -1.

    Raises:
        DataError: They have another shape, are not finite, or have no positive sides.
    """
    boxes = checked_numbers(y, 3, 5, "(examples, boxes, 5)", place)
    unused = boxes[..., 4] < 0
    boxes[unused] = (0, 0, 0, 0, -1)
    if (boxes[..., 4] != np.rint(boxes[..., 4])).any():
        raise DataError(f"{place}: found classes that are not whole numbers.")
    wrong = ((boxes[..., 2:4] <= boxes[..., :2]).any(axis=-1)) & ~unused
    if found := np.argwhere(wrong).tolist():
        example, box = found[0]
        raise DataError(
            f"{place}: box {box} of example {example} is {_text(boxes[example, box])}; expected x0 < x1 and "
            "y0 < y1."
        )
    return boxes


def _presence(y: Targets, classes: int) -> NDArray[np.int64]:
    """Return the number of boxes of each class, `(examples, classes)`."""
    counts: NDArray[np.int64] = (y[..., 4, None] == np.arange(classes)).sum(axis=1)
    return counts


def _text(box: NDArray[Any]) -> str:
    return ", ".join(f"{number:g}" for number in box[:4])
