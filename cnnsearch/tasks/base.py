"""The interface between data, a network's outputs, its training and its scores: `Task` and `Metric`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from cnnsearch.architecture.outputs import Output
from cnnsearch.errors import DataError
from cnnsearch.plan.training_plan import Loss, TrainingPlan
from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.files import TaskFiles
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.report import TaskReport
from cnnsearch.tasks.results import TaskResults
from cnnsearch.tasks.targets import VECTORS, TargetForm
from cnnsearch.tasks.training import ClassWeights, TaskTraining


class Fit(Enum):
    """Whether raw targets suit a task."""

    NO = 0
    POSSIBLE = 1
    PLAIN = 2


class RawTargets(NamedTuple):
    """The targets of a dataset as read from its source.

    Attributes:
        parts: The targets of each given part, numbers or texts: `(examples,)` or `(examples, columns)`. An
            undivided dataset has only `train`.
        columns: The names of the columns; empty if the source has none.
        are_classes: Whether the source defines the targets as classes, as folders do.
        swaps: The pairs of columns that exchange in a mirrored image, if the source defines them.
    """

    parts: Mapping[str, NDArray[Any]]
    columns: tuple[str, ...] = ()
    are_classes: bool = False
    swaps: tuple[tuple[int, int], ...] | None = None


class Task(BaseModel, ABC):
    """What a network is for. Frozen and convertible to JSON: it is recorded in the summary of a dataset.

    Attributes:
        type: The key in the registry.
        metrics: The metrics measured on the validation split after each epoch, by name: the default objective
            first, the loss last.
        final_metrics: The metrics measured on finished networks only, on validation and test.
        has_classes: Whether `class_weights` and the checks of class balance apply.
        is_smoothed: Whether `label_smoothing` applies.
        has_one_class: Whether each example has exactly one class.
        losses: The losses of a plan that apply, besides `auto`.
        noun: The noun for one of `names`, such as `class`.
        output: The output of a network in words.
        prediction: The name of the output in exported files.
        layout: The axes of predictions in words, if the last one is not that of `names`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    metrics: ClassVar[Mapping[str, Metric]]
    final_metrics: ClassVar[Mapping[str, Metric]] = {}
    has_classes: ClassVar[bool]
    has_one_class: ClassVar[bool] = False
    is_smoothed: ClassVar[bool] = True
    losses: ClassVar[tuple[Loss, ...]] = ()
    noun: ClassVar[str]
    output: ClassVar[str]
    prediction: ClassVar[str] = "probabilities"
    layout: ClassVar[str] = ""

    @classmethod
    def main_metric(cls) -> Metric:
        """Return the metric by which networks are compared unless another objective is given."""
        return next(iter(cls.metrics.values()))

    @classmethod
    @abstractmethod
    def fits(cls, raw: RawTargets) -> Fit:
        """Return whether raw targets suit this task."""

    @classmethod
    @abstractmethod
    def encode(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        """Encode raw targets, and return them with the task that they define.

        Args:
            raw: The targets.
            place: The source of the targets, for messages.

        Raises:
            DataError: The targets do not suit this task.
        """

    def check_shapes(self, ys: Mapping[str, Targets], xs: Mapping[str, NDArray[Any]], place: str) -> None:
        """Check that targets suit the shape of their examples.

        Args:
            ys: The encoded targets of each part.
            xs: The examples of each part, `(examples, *spatial, channels)`.
            place: The source of the targets, for messages.

        Raises:
            DataError: They do not.
        """
        return

    def fitted(self, y: Targets, shape: Sequence[int]) -> Self:
        """Return this task with the constants computed from the training split.

        Args:
            y: The targets.
            shape: The shape of an example, `(*spatial, channels)`.
        """
        return self

    @property
    def target_form(self) -> TargetForm:
        """What the encoded targets are, and how they follow the augmentations of their examples."""
        return VECTORS

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The name of each channel of the output: classes, tags or columns."""

    @property
    @abstractmethod
    def described(self) -> str:
        """The targets in words, such as `10 classes`."""

    @abstractmethod
    def text(self, target: Any) -> str:
        """Return one example's target in words."""

    @property
    @abstractmethod
    def outputs(self) -> tuple[Output, ...]:
        """The outputs of a network for this task."""

    @property
    def is_dense(self) -> bool:
        """Whether the outputs of a network are maps."""
        return self.outputs[0].form != "vector"

    @property
    def channels(self) -> int:
        """The length of the last axis of predictions."""
        return len(self.names)

    @abstractmethod
    def strata(self, y: Targets) -> NDArray[np.int64]:
        """Return the stratum of each example, `(examples,)`; subsets and folds contain each in proportion."""

    @abstractmethod
    def check(self, ys: Mapping[str, Targets], place: str) -> None:
        """Check that a network can be trained on targets.

        Args:
            ys: The targets of each given part, including `train`.
            place: The source of the targets, for messages.

        Raises:
            DataError: The targets are unsuitable, such as those of a single class.
        """

    def check_spread(
        self, y: Targets, groups: NDArray[np.int64] | None, parts: Sequence[str], needed: int, place: str
    ) -> None:
        """Check that targets can be divided into parts; by default, that there are as many as are needed.

        Args:
            y: The targets.
            groups: The group of each example, if groups must stay within one part.
            parts: The names of the parts, for messages.
            needed: The smallest number of examples, or groups, of each stratum.
            place: The source of the targets, for messages.

        Raises:
            DataError: There are too few.
        """
        count, what = (len(y), "examples") if groups is None else (len(np.unique(groups)), "groups")
        if count < needed:
            raise DataError(
                f"{place}: too few {what} to split into {', '.join(parts)}: found {count}; expected at least "
                f"{needed}."
            )

    def divide(
        self, y: Targets, share: float, missing: Sequence[str], rng: np.random.Generator
    ) -> dict[str, NDArray[np.int64]]:
        """Divide examples into parts, each stratum in proportion.

        A stratum with fewer examples than parts is in `train`.

        Args:
            y: The targets.
            share: The share of each missing part; the rest is `train`.
            missing: The names of the parts other than `train`.
            rng: The random generator.

        Returns:
            The indices of each part's examples, ascending.
        """
        strata = self.strata(y)
        pieces: dict[str, list[NDArray[np.int64]]] = {part: [] for part in ("train", *missing)}
        for index in range(int(strata.max()) + 1):
            members = rng.permutation(np.flatnonzero(strata == index))
            size = min(max(1, round(share * len(members))), len(members) // (len(missing) + 1))
            for part in missing:
                pieces[part].append(members[:size])
                members = members[size:]
            pieces["train"].append(members)
        return {part: np.sort(np.concatenate(piece)) for part, piece in pieces.items()}

    @abstractmethod
    def numbers(self, y: Targets) -> NDArray[np.float64]:
        """Return targets as numbers for a linear model, `(examples, columns)`: an indicator of each class or
        tag, or standardized numbers."""

    def agreement(self, predicted: NDArray[np.float64], y: Targets) -> float:
        """Return how well predictions of `numbers` agree with targets, at most 1: by default the explained
        share of the variance; else the share of examples or tags that are right."""
        wanted = self.numbers(y)
        missed = np.square(wanted - predicted).sum()
        return float(1.0 - missed / max(np.square(wanted - wanted.mean(axis=0)).sum(), 1e-12))

    def counts(self, y: Targets) -> dict[str, int]:
        """Return the number of examples of each name; empty for a task without classes or tags."""
        return {}

    @abstractmethod
    def training(
        self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights, stride: Sequence[int]
    ) -> TaskTraining:
        """Return the training of a network for this task. Imports Keras.

        Args:
            plan: The plan, for label smoothing and the loss.
            y: The training targets, for class weights.
            class_weights: Whether classes are weighted inversely to their number of examples.
            stride: The distance of neighbouring positions of the outputs, in positions of the input.
        """

    def decoded(self, outputs: Any, stride: Sequence[int]) -> Any:
        """Return the predictions that a network's outputs stand for, by operations of Keras; by default the
        outputs. Imports Keras.

        Args:
            outputs: A tensor, `(batch, channels)` or `(batch, *grid, channels)`.
            stride: As for `training`.
        """
        return outputs

    def needed(self, predictions: Predictions) -> Predictions:
        """Return what scores need of a network's predictions, in a smaller form if there is one."""
        return predictions

    @abstractmethod
    def results(self) -> TaskResults:
        """Return the scoring and decoding of predictions. Imports SciPy and scikit-learn."""

    @abstractmethod
    def report(self) -> TaskReport:
        """Return the presentation of results."""

    def files(self) -> TaskFiles | None:
        """Return how predictions are written into files; None if they are numbers of a table only."""
        return None

    @property
    def objectives(self) -> tuple[str, ...]:
        """The names of the metrics on the validation split, the default objective first."""
        return tuple(metric.on("validation").name for metric in self.metrics.values())
