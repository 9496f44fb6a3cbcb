"""The task of keypoints; the outputs are heat maps, and the displacements to the points."""

import re
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
from cnnsearch.tasks.files import TaskFiles
from cnnsearch.tasks.keypoints.metrics import METRICS
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.objects import PRIOR, check_objects, checked_numbers, divide_by_objects, named_counts
from cnnsearch.tasks.report import TaskReport
from cnnsearch.tasks.results import TaskResults
from cnnsearch.tasks.targets import Keypoints as KeypointsForm
from cnnsearch.tasks.targets import TargetForm
from cnnsearch.tasks.training import ClassWeights, TaskTraining

_SIDES = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"))


class Keypoints(Task):
    """Named points of one or several instances. A target is `(instances, keypoints, 3)`, float32: x and y in
    pixels of the example, and the visibility: 0 not labelled, 1 hidden, 2 visible; rows without an instance
    are 0.

    Attributes:
        labels: The names of the keypoints.
        has_several: Whether a training example has several instances.
        size: Height and width of an example.
        given_swaps: The pairs of keypoints that exchange in a mirrored image, if the source defines them.
    """

    type: Literal["keypoints"] = "keypoints"
    labels: tuple[str, ...] = Field(min_length=1)
    has_several: bool = False
    size: tuple[int, int] = (1, 1)
    given_swaps: tuple[tuple[int, int], ...] | None = None

    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    has_classes: ClassVar[bool] = False
    is_smoothed: ClassVar[bool] = False
    noun: ClassVar[str] = "keypoint"
    output: ClassVar[str] = "points, with a score for each"
    prediction: ClassVar[str] = "keypoints"
    layout: ClassVar[str] = (
        "(n, instances, keypoints, 3): x, y, score of the point; keypoints in the order of labels"
    )

    @classmethod
    def fits(cls, raw: RawTargets) -> Fit:
        are_points = all(y.ndim == 4 and y.shape[-1] == 3 and y.dtype.kind == "f" for y in raw.parts.values())
        return Fit.PLAIN if are_points else Fit.NO

    @classmethod
    def encode(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        parts = {part: _with_instances(y) for part, y in raw.parts.items()}
        count = next(iter(parts.values())).shape[2] if parts["train"].ndim == 4 else 0
        ys: dict[str, Targets] = {
            part: _checked(y, count, f"{place}, {part} keypoints") for part, y in parts.items()
        }
        labels = raw.columns or tuple(map(str, range(count)))
        if len(labels) != count:
            raise DataError(f"{place}: found {count} keypoints of an instance, but {len(labels)} names.")
        return ys, cls(labels=labels, given_swaps=raw.swaps)

    def check_shapes(self, ys: Mapping[str, Targets], xs: Mapping[str, NDArray[Any]], place: str) -> None:
        for part, y in ys.items():
            if xs[part].ndim != 4:
                shape = "x".join(map(str, xs[part].shape[1:]))
                raise DataError(f"{place}: found examples of {shape}; keypoints need images.")
            height, width = xs[part].shape[1:3]
            outside = (y[..., :2] < 0).any(axis=-1) | (y[..., 0] > width) | (y[..., 1] > height)
            if found := np.argwhere(outside & (y[..., 2] > 0)).tolist():
                example, instance, number = found[0]
                x, row = y[example, instance, number, :2]
                raise DataError(
                    f"{place}, {part} keypoints: {self.labels[number]} of example {example}, {x:g}, {row:g}, "
                    f"is outside of the image of {width} x {height}."
                )

    def fitted(self, y: Targets, shape: Sequence[int]) -> Self:
        most = int((y[..., 2] > 0).any(axis=2).sum(axis=1).max())
        return self.model_copy(update={"has_several": most > 1, "size": tuple(shape[:2])})

    @property
    def names(self) -> tuple[str, ...]:
        return self.labels

    @property
    def described(self) -> str:
        return (
            f"{len(self.labels)} keypoints of {'several instances' if self.has_several else 'one instance'}"
        )

    def text(self, target: Any) -> str:
        return named_counts(_presence(np.asarray(target)[None])[0], self.labels)

    @property
    def outputs(self) -> tuple[Output, ...]:
        heat: dict[str, Any] = {"activation": "sigmoid", "form": "grid", "offset": (PRIOR,)}
        shift: dict[str, Any] = {"channels": 2 * len(self.labels), "activation": "linear", "form": "grid"}
        own = (
            Output(name="keypoints", channels=len(self.labels), **heat),
            Output(name="offsets", **shift),
        )
        if not self.has_several:
            return own
        return (*own, Output(name="centres", channels=1, **heat), Output(name="joints", **shift))

    @property
    def channels(self) -> int:
        return 3

    @property
    def target_form(self) -> TargetForm:
        return KeypointsForm(self.swaps)

    @property
    def swaps(self) -> tuple[tuple[int, int], ...]:
        """The pairs of keypoints that exchange in a mirrored image: those of the source, else those whose
        names differ in left and right."""
        if self.given_swaps is not None:
            return self.given_swaps
        pairs = []
        for number, label in enumerate(self.labels):
            for left, right in _SIDES:
                other = re.sub(left, right, label)
                if other != label and other in self.labels:
                    pairs.append((number, self.labels.index(other)))
        return tuple(pairs)

    def strata(self, y: Targets) -> NDArray[np.int64]:
        """One stratum; `divide` has the keypoints in proportion."""
        return np.zeros(len(y), np.int64)

    def check(self, ys: Mapping[str, Targets], place: str) -> None:
        check_objects({part: _presence(y) for part, y in ys.items()}, self.labels, place)

    def divide(
        self, y: Targets, share: float, missing: Sequence[str], rng: np.random.Generator
    ) -> dict[str, NDArray[np.int64]]:
        return divide_by_objects(_presence(y), share, missing, rng)

    def numbers(self, y: Targets) -> NDArray[np.float64]:
        """The mean place of each keypoint."""
        shown = (y[..., 2] > 0).astype(np.float64)
        sums = (y[..., :2] * shown[..., None]).sum(axis=1)
        means = sums / np.maximum(shown.sum(axis=1), 1.0)[..., None]
        numbers: NDArray[np.float64] = means.reshape(len(y), -1)
        return numbers

    def counts(self, y: Targets) -> dict[str, int]:
        """The number of examples that have each keypoint."""
        present = (_presence(y) > 0).sum(axis=0).tolist()
        return dict(zip(self.labels, present, strict=True))

    def training(
        self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights, stride: Sequence[int]
    ) -> TaskTraining:
        from cnnsearch.tasks.keypoints.training import KeypointsTraining

        return KeypointsTraining(
            len(self.labels), has_several=self.has_several, size=self.size, stride=stride
        )

    def decoded(self, outputs: Any, stride: Sequence[int]) -> Any:
        from cnnsearch.tasks.keypoints.training import Maps

        return Maps(len(self.labels), self.has_several, max(self.size), tuple(stride)).points(outputs)

    def results(self) -> TaskResults:
        from cnnsearch.tasks.keypoints.results import KeypointsResults

        return KeypointsResults(self.labels, self.size)

    def report(self) -> TaskReport:
        from cnnsearch.tasks.keypoints.report import KeypointsReport

        return KeypointsReport(self.labels)

    def files(self) -> TaskFiles:
        from cnnsearch.tasks.keypoints.files import KeypointsFiles

        return KeypointsFiles(self.labels)


def _with_instances(y: NDArray[Any]) -> NDArray[Any]:
    """Return keypoints with an axis of instances, which those of one instance may lack."""
    return y[:, None] if y.ndim == 3 else y


def _checked(y: NDArray[Any], count: int, place: str) -> NDArray[np.float32]:
    """Return keypoints as float32, those without a label as zeros.

    Raises:
        DataError: They have another shape, or a visibility other than 0, 1 and 2.
    """
    points = checked_numbers(y, 4, 3, "(examples, instances, keypoints, 3)", place)
    if points.shape[2] != count:
        raise DataError(f"{place}: found {points.shape[2]} keypoints of an instance; expected {count}.")
    if (wrong := points[..., 2][~np.isin(points[..., 2], (0, 1, 2))]).size:
        raise DataError(f"{place}: found the visibility {wrong[0]:g}; expected 0, 1 or 2.")
    points[points[..., 2] == 0] = 0
    return points


def _presence(y: Targets) -> NDArray[np.int64]:
    """Return the number of instances that have each keypoint, `(examples, keypoints)`."""
    counts: NDArray[np.int64] = (y[..., 2] > 0).sum(axis=1)
    return counts
