"""The interface between data, a network's outputs, its training and its scores: `Task` and `Metric`."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from cnnsearch.architecture.outputs import Output
from cnnsearch.page.parts import Part
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.evidence import Evidence
from cnnsearch.tasks.scores import Details, Score, Scores

Targets = NDArray[Any]
"""The targets of examples, `(examples,)` or `(examples, columns)`, encoded by their task."""
Predictions = NDArray[Any]
"""The outputs of a network: `(examples, channels)`."""
Direction = Literal["maximize", "minimize"]
Unit = Literal["share", "nats", "number", "count", "bytes", "target"]
Values = dict[str, float]
"""The value of each metric, by name."""
ClassWeights = Literal["none", "balanced"]


@dataclass(frozen=True)
class Metric:
    """A quantity by which networks are compared.

    Attributes:
        name: The key in records and files, such as `accuracy`.
        title: The name in text, such as `macro F1`.
        direction: Whether a larger or a smaller value is better.
        unit: The unit of the value, which determines its formatting.
        worst: The value to assume for a network that has none.
    """

    name: str
    title: str
    direction: Direction
    unit: Unit
    worst: float

    def on(self, split: str) -> "Metric":
        """Return this metric as measured on one split, such as `validation_accuracy`."""
        return replace(self, name=f"{split}_{self.name}", title=f"{split} {self.title}")

    def standard_error(self, value: float, examples: int) -> float:
        """Return the approximate standard error of a value measured on `examples` examples.

        For a share p it is that of a proportion, sqrt(p (1 - p) / n). For a mean of errors it is the mean
        divided by sqrt(n), since the deviation of exponentially distributed errors equals their mean.
        """
        if self.unit == "share":
            return math.sqrt(max(value * (1.0 - value), 0.0) / examples)
        return abs(value) / math.sqrt(examples)

    def is_as_good(self, value: float, best: float, margin: float) -> bool:
        """Return whether a value is within a margin of the best one, or better."""
        return value >= best - margin if self.direction == "maximize" else value <= best + margin

    def format(self, value: float) -> str:
        """Return a value as plain text.

        Counts have separators, values in the unit of the targets have four significant digits, and all others
        four decimals.
        """
        if self.unit == "target":
            return f"{value:.4g}"
        return f"{value:,.0f}" if self.unit in ("count", "bytes") else f"{value:.4f}"


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
    """

    parts: Mapping[str, NDArray[Any]]
    columns: tuple[str, ...] = ()
    are_classes: bool = False


class Validator(Protocol):
    """Evaluates a network on validation examples during training."""

    def __call__(self, examples: Any, y: Targets) -> Values:
        """Return `loss` and the task's metrics.

        Args:
            examples: The input pipeline of examples and validation targets, in order.
            y: The targets of the same examples.
        """


class TaskTraining(Protocol):
    """The training of a network for a task. Requires that the Keras backend is set."""

    @property
    def loss(self) -> Any:
        """The keras.losses.Loss of training, for the targets of `training_targets`."""

    @property
    def metrics(self) -> Sequence[Any]:
        """The Keras metrics of the training examples."""

    def training_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return `(examples, channels)` targets for the loss, smoothed and weighted according to the plan."""

    def validation_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return `(examples, channels)` targets for the validator, neither smoothed nor weighted."""

    def validator(self, model: Any) -> Validator:
        """Return a validator that shares the model's layers and weights."""


class Agreement(NamedTuple):
    """The agreement between two runtimes of a network.

    Attributes:
        difference: The largest difference between two outputs; for linear outputs in standard deviations.
        share: The share of examples with the same decision.
    """

    difference: float
    share: float


class TaskResults(Protocol):
    """Scoring and decoding of the predictions of finished networks. No Keras."""

    def scores(self, predictions: Predictions, y: Targets, *, on_test: bool) -> Scores:
        """Return every metric of the task.

        Args:
            predictions: `(examples, channels)`.
            y: The targets of the same examples.
            on_test: Whether to include 95 % intervals.
        """

    def fit(self, predictions: Predictions, y: Targets) -> Any:
        """Return the constants fitted on the validation split, such as a temperature."""

    def details(self, predictions: Predictions, y: Targets, fitted: Any | None) -> Details:
        """Return the values specific to the task, for predictions on the test split.

        Args:
            predictions: `(examples, channels)`.
            y: The targets of the same examples.
            fitted: The result of `fit`; None if the network was trained on the validation split too.
        """

    def worst(self, predictions: Predictions, y: Targets) -> NDArray[np.int64]:
        """Return the indices of wrong predictions, worst first."""

    def agreement(self, expected: Predictions, found: Predictions) -> Agreement:
        """Return the agreement of predictions with those of another runtime."""

    def decode(self, prediction: Predictions, top: int) -> dict[str, str | float]:
        """Return one example's prediction as columns of a table.

        Args:
            prediction: `(channels,)`.
            top: The number of alternatives, if the task has any.
        """


@dataclass(frozen=True)
class Row:
    """A row of a model card: a score, its value, and what it was measured on."""

    name: str
    value: str
    of: str


class TaskReport(Protocol):
    """Presentation of the results of a task. No Keras."""

    def result(self, score: Score, examples: int) -> str:
        """Return a sentence on the main metric on the test split, without a full stop."""

    def predicted(self, prediction: Predictions) -> str:
        """Return one example's prediction in a few words."""

    def columns(self, details: Any) -> dict[str, str]:
        """Return additional columns of the table of finalists, by title."""

    def column_notes(self) -> str:
        """Return the description of these columns in sentences; empty if there are none."""

    def parts(self, evidence: Evidence, details: Any) -> list[Part]:
        """Return figures and tables of the predictions on the test split."""

    def worst_caption(self) -> str:
        """Return the caption of the gallery of the worst predictions."""

    def rows(self, details: Any) -> list[Row]:
        """Return the rows of a model card in addition to those of the main metric."""

    def limits(self, details: Any) -> list[str]:
        """Return the limits of the network in sentences."""


class Task(BaseModel, ABC):
    """What a network is for. Frozen and convertible to JSON: it is recorded in the summary of a dataset.

    Attributes:
        type: The key in the registry.
        metrics: The metrics measured on the validation split after each epoch, by name: the default objective
            first, the loss last.
        has_classes: Whether `class_weights` and the checks of class balance apply.
        noun: The noun for one of `names`, such as `class`.
        output: The output of a network in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    metrics: ClassVar[Mapping[str, Metric]]
    has_classes: ClassVar[bool]
    noun: ClassVar[str]
    output: ClassVar[str]

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

    def fitted(self, y: Targets) -> Self:
        """Return this task with the constants computed from the targets of the training split."""
        return self

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

    @abstractmethod
    def check_spread(
        self, y: Targets, groups: NDArray[np.int64] | None, parts: Sequence[str], needed: int, place: str
    ) -> None:
        """Check that targets can be divided into parts.

        Args:
            y: The targets.
            groups: The group of each example, if groups must stay within one part.
            parts: The names of the parts, for messages.
            needed: The smallest number of examples, or groups, of each stratum.
            place: The source of the targets, for messages.

        Raises:
            DataError: There are too few.
        """

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

    def counts(self, y: Targets) -> dict[str, int]:
        """Return the number of examples of each name; empty for a task without classes or tags."""
        return {}

    @abstractmethod
    def training(self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights) -> TaskTraining:
        """Return the training of a network for this task. Imports Keras.

        Args:
            plan: The plan, for label smoothing and the loss.
            y: The training targets, for class weights.
            class_weights: Whether classes are weighted inversely to their number of examples.
        """

    @abstractmethod
    def results(self) -> TaskResults:
        """Return the scoring and decoding of predictions. Imports SciPy and scikit-learn."""

    @abstractmethod
    def report(self) -> TaskReport:
        """Return the presentation of results."""

    @property
    def objectives(self) -> tuple[str, ...]:
        """The names of the metrics on the validation split, the default objective first."""
        return tuple(metric.on("validation").name for metric in self.metrics.values())
