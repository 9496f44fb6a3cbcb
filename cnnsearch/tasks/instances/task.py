"""The task of instance segmentation; the outputs are classes, centres and displacements at every position."""

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
from cnnsearch.tasks.files import TaskFiles
from cnnsearch.tasks.instances.metrics import METRICS
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.objects import PRIOR, check_objects, divide_by_objects, named_counts
from cnnsearch.tasks.report import TaskReport
from cnnsearch.tasks.results import TaskResults
from cnnsearch.tasks.segmentation.metrics import IGNORED
from cnnsearch.tasks.segmentation.task import MOST_CLASSES, Segmentation
from cnnsearch.tasks.targets import Maps as MapsForm
from cnnsearch.tasks.targets import TargetForm
from cnnsearch.tasks.training import ClassWeights, TaskTraining

MOST_INSTANCES = 254
"""The largest number of instances of an example."""


class Instances(Task):
    """A class and an instance for each position. A target is `(height, width, 2)`, uint8: an index into
    `labels`, or 255 where a position is ignored, and the number of the instance, from 1; 0: none.

    Attributes:
        labels: The names of the classes, the background first.
        things: The classes that have instances.
        most: The largest number of instances of an example.
        extent: The mean side of the training instances, in pixels: the square root of the area.
    """

    type: Literal["instances"] = "instances"
    labels: tuple[str, ...] = Field(min_length=1, max_length=MOST_CLASSES)
    things: tuple[int, ...] = (1,)
    most: int = 1
    extent: float = 8.0

    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    has_classes: ClassVar[bool] = False
    is_smoothed: ClassVar[bool] = False
    losses: ClassVar[tuple[Loss, ...]] = Segmentation.losses
    noun: ClassVar[str] = "class"
    output: ClassVar[str] = "a class, an instance and a score at every position"
    prediction: ClassVar[str] = "instances"
    layout: ClassVar[str] = (
        "(n, height, width, 3): index into labels, number of the instance (0: none), its score"
    )

    @classmethod
    def fits(cls, raw: RawTargets) -> Fit:
        are_pairs = all(y.ndim == 4 and y.shape[-1] == 2 and y.dtype.kind in "iu" for y in raw.parts.values())
        return Fit.PLAIN if are_pairs else Fit.NO

    @classmethod
    def encode(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        ys: dict[str, Targets] = {
            part: _checked(y, f"{place}, {part} instances") for part, y in raw.parts.items()
        }
        kinds = [y[..., 0] for y in ys.values()]
        count = max(int(kind.max(where=kind != IGNORED, initial=0)) + 1 for kind in kinds)
        labels = raw.columns or ("background", *map(str, range(1, count)))
        if count > len(labels):
            raise DataError(f"{place}: found the class {count - 1}; expected 0 to {len(labels) - 1}.")
        pairs = np.concatenate([_pairs(target) for y in ys.values() for target in y])
        things = np.unique(pairs[:, 0]).tolist()
        if 0 in things:
            raise DataError(
                f"{place}: found instances of the class 0, {labels[0]}, which is the background; expected "
                "instances of the other classes."
            )
        return ys, cls(labels=labels, things=tuple(things), most=int(pairs[:, 1].max(initial=1)))

    def check_shapes(self, ys: Mapping[str, Targets], xs: Mapping[str, NDArray[Any]], place: str) -> None:
        for part, y in ys.items():
            if y.shape[1:-1] != xs[part].shape[1:-1]:
                found, expected = ("x".join(map(str, each.shape[1:-1])) for each in (y, xs[part]))
                raise DataError(
                    f"{place}, {part} instances: found the size {found}; expected {expected}, as the "
                    "examples."
                )

    def fitted(self, y: Targets, shape: Sequence[int]) -> Self:
        areas = np.concatenate([np.bincount(np.ravel(each), minlength=2)[1:] for each in y[..., 1]])
        areas = areas[areas > 0]
        if not areas.size:
            return self
        extent = round(float(np.sqrt(areas).mean()), 3)
        return self.model_copy(update={"extent": max(1.0, extent)})

    @property
    def names(self) -> tuple[str, ...]:
        return self.labels

    @property
    def described(self) -> str:
        return f"instances of {len(self.things)} {'classes' if len(self.things) > 1 else 'class'}"

    def text(self, target: Any) -> str:
        return named_counts(self._objects(np.asarray(target)[None])[0], self.labels)

    @property
    def outputs(self) -> tuple[Output, ...]:
        return (
            Output(name="probabilities", channels=len(self.labels), activation="softmax", form="map"),
            Output(name="centres", channels=1, activation="sigmoid", form="map", offset=(PRIOR,)),
            Output(name="displacements", channels=2, activation="linear", form="map"),
        )

    @property
    def channels(self) -> int:
        return 3

    @property
    def target_form(self) -> TargetForm:
        return MapsForm(outside=(IGNORED, 0))

    def strata(self, y: Targets) -> NDArray[np.int64]:
        """One stratum; `divide` has the classes in proportion."""
        return np.zeros(len(y), np.int64)

    def check(self, ys: Mapping[str, Targets], place: str) -> None:
        check_objects({part: self._objects(y) for part, y in ys.items()}, self.labels, place)

    def divide(
        self, y: Targets, share: float, missing: Sequence[str], rng: np.random.Generator
    ) -> dict[str, NDArray[np.int64]]:
        return divide_by_objects(self._objects(y), share, missing, rng)

    def numbers(self, y: Targets) -> NDArray[np.float64]:
        """The number of instances of each class."""
        return self._objects(y).astype(np.float64)

    def counts(self, y: Targets) -> dict[str, int]:
        """The number of examples that have instances of each class."""
        present = (self._objects(y) > 0).sum(axis=0).tolist()
        return {self.labels[thing]: present[thing] for thing in self.things}

    def training(
        self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights, stride: Sequence[int]
    ) -> TaskTraining:
        from cnnsearch.tasks.instances.training import InstancesTraining

        return InstancesTraining(self._maps(), self.most, plan.loss)

    def decoded(self, outputs: Any, stride: Sequence[int]) -> Any:
        return self._maps().instances(outputs)

    def _maps(self) -> Any:
        from cnnsearch.tasks.instances.training import Maps

        return Maps(len(self.labels), self.things, self.extent)

    def results(self) -> TaskResults:
        from cnnsearch.tasks.instances.results import InstancesResults

        return InstancesResults(self.labels)

    def report(self) -> TaskReport:
        from cnnsearch.tasks.instances.report import InstancesReport

        return InstancesReport(self.labels)

    def files(self) -> TaskFiles:
        from cnnsearch.tasks.instances.files import InstancesFiles

        return InstancesFiles(self.labels)

    def _objects(self, y: Targets) -> NDArray[np.int64]:
        """Return the number of instances of each class, `(examples, classes)`."""
        counts = np.zeros((len(y), len(self.labels)), np.int64)
        for example, target in zip(counts, y, strict=True):
            np.add.at(example, _pairs(target)[:, 0], 1)
        return counts


def _checked(y: NDArray[Any], place: str) -> NDArray[np.uint8]:
    """Return classes and numbers as uint8; the instances of an example are numbered from 1 without gaps.

    Raises:
        DataError: They have another shape, or numbers out of range.
    """
    if y.ndim != 4 or y.shape[-1] != 2 or y.dtype.kind not in "iu":
        raise DataError(
            f"{place}: found {y.dtype} of shape {y.shape}; expected whole numbers, "
            "(examples, height, width, 2)."
        )
    if y.size and (y.min() < 0 or y[..., 0].max() > IGNORED or y[..., 1].max() > MOST_INSTANCES):
        raise DataError(
            f"{place}: found classes up to {y[..., 0].max()} and instances up to {y[..., 1].max()}; expected "
            f"at most {IGNORED} and {MOST_INSTANCES}."
        )
    found = y.astype(np.uint8)
    for number, target in enumerate(found):
        pairs = _pairs(target)
        if len(pairs) > MOST_INSTANCES:
            raise DataError(
                f"{place}: found {len(pairs)} instances in example {number}; expected at most "
                f"{MOST_INSTANCES}."
            )
        if (np.sort(pairs[:, 1]) != np.arange(1, len(pairs) + 1)).any():  # repeated by classes, or gaps
            own = np.zeros(2**16, np.uint8)
            own[_codes(pairs)] = np.arange(1, len(pairs) + 1)
            target[..., 1] = own[_codes(target)]
    return found


def _pairs(target: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the class and the number of each instance of an example, `(instances, 2)`."""
    pairs = np.stack(np.divmod(np.flatnonzero(np.bincount(_codes(target).ravel())), 256), axis=-1)
    found: NDArray[np.int64] = pairs[(pairs[:, 0] != IGNORED) & (pairs[:, 1] > 0)]
    return found


def _codes(pairs: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return a number for each class and number of an instance, `(..., 2)`."""
    codes: NDArray[np.int64] = pairs[..., 0].astype(np.int64) * 256 + pairs[..., 1]
    return codes
