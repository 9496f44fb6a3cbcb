"""The seam between the data, a network's outputs, its training and its scores: `Task` and `Metric`."""

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
        unit: What the value counts; it determines how the value is formatted.
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
        """Return the standard error of a value that was measured on so many examples, approximately.

        Of a share p it is that of a proportion, sqrt(p (1 - p) / n). Of a mean of errors it is the mean over
        sqrt(n): the deviation of exponentially distributed errors is their mean.
        """
        if self.unit == "share":
            return math.sqrt(max(value * (1.0 - value), 0.0) / examples)
        return abs(value) / math.sqrt(examples)

    def is_as_good(self, value: float, best: float, margin: float) -> bool:
        """Return whether a value is no worse than the best one by more than a margin."""
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
    """Whether raw targets are those of a task."""

    NO = 0
    POSSIBLE = 1
    PLAIN = 2


class RawTargets(NamedTuple):
    """The targets of a dataset as its source gives them.

    Attributes:
        parts: The targets of each part that is given (`train` holds everything where the set is undivided):
            `(examples,)` or `(examples, columns)`, numbers or texts.
        columns: The names of the columns; empty where the source has none.
        are_classes: Whether the source itself says that targets are classes, as folders do.
    """

    parts: Mapping[str, NDArray[Any]]
    columns: tuple[str, ...] = ()
    are_classes: bool = False


class Validator(Protocol):
    """Measures a network in training on validation examples."""

    def __call__(self, examples: Any, y: Targets) -> Values:
        """Return `loss` and the task's metrics.

        Args:
            examples: An input pipeline of examples and validation targets, in order.
            y: The targets of the same examples.
        """


class TaskTraining(Protocol):
    """How a network is trained for a task. Made where Keras has its backend."""

    @property
    def loss(self) -> Any:
        """The keras.losses.Loss of training, over what `training_targets` gives."""

    @property
    def metrics(self) -> Sequence[Any]:
        """Keras metrics that are shown of training itself."""

    def training_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return `(examples, channels)` targets for the loss, smoothed and weighted as asked for."""

    def validation_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return `(examples, channels)` targets for the validator, neither smoothed nor weighted."""

    def validator(self, model: Any) -> Validator:
        """Return what validates a model; it shares the model's layers and weights."""


class Agreement(NamedTuple):
    """How near two runtimes of a network are.

    Attributes:
        difference: The largest difference between two outputs; of linear ones in standard deviations.
        share: The share of examples with the same decision.
    """

    difference: float
    share: float


class TaskResults(Protocol):
    """How predictions of finished networks are scored and decoded. No Keras."""

    def scores(self, predictions: Predictions, y: Targets, *, on_test: bool) -> Scores:
        """Return every metric of the task.

        Args:
            predictions: `(examples, channels)`.
            y: The targets of the same examples.
            on_test: Whether the scores get their intervals, 95 %.
        """

    def fit(self, predictions: Predictions, y: Targets) -> Any:
        """Return the constants that are chosen on the validation split, such as a temperature."""

    def details(self, predictions: Predictions, y: Targets, fitted: Any | None) -> Details:
        """Return what only the task has, for predictions on the test split.

        Args:
            predictions: `(examples, channels)`.
            y: The targets of the same examples.
            fitted: What `fit` returned; None where the network was trained on the validation split too.
        """

    def worst(self, predictions: Predictions, y: Targets) -> NDArray[np.int64]:
        """Return the positions of wrong predictions, the worst first."""

    def agreement(self, expected: Predictions, found: Predictions) -> Agreement:
        """Return how near predictions are to those of another runtime."""

    def decode(self, prediction: Predictions, top: int) -> dict[str, str | float]:
        """Return one example's prediction as columns of a table.

        Args:
            prediction: `(channels,)`.
            top: How many alternatives are given, where the task has any.
        """


@dataclass(frozen=True)
class Row:
    """A line of a model card: what was measured, its value, and what on."""

    name: str
    value: str
    of: str


class TaskReport(Protocol):
    """How results of a task are shown to people. No Keras."""

    def result(self, score: Score, examples: int) -> str:
        """Return a sentence on the main metric on the test split, without its full stop."""

    def predicted(self, prediction: Predictions) -> str:
        """Return one example's prediction in a few words."""

    def columns(self, details: Any) -> dict[str, str]:
        """Return further columns of the table of finalists, by title."""

    def column_notes(self) -> str:
        """Return what these columns hold, in sentences; empty where there are none."""

    def parts(self, evidence: Evidence, details: Any) -> list[Part]:
        """Return figures and tables of the predictions on the test split."""

    def worst_caption(self) -> str:
        """Return the caption of the gallery of the worst predictions."""

    def rows(self, details: Any) -> list[Row]:
        """Return the lines of a model card beside those of the metrics."""

    def limits(self, details: Any) -> list[str]:
        """Return what a user of the network has to know of its limits, in sentences."""


class Task(BaseModel, ABC):
    """What a network is for. Frozen, and JSON-round-tripping: it is recorded in the summary of a dataset.

    Attributes:
        type: The key in the registry.
        metrics: What is measured on the validation split after each epoch, by name: the default objective
            first, the loss last.
        has_classes: Whether `class_weights` and the checks of class balance have a meaning.
        noun: What one of `names` is, such as `class`.
        output: What a network gives, in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    metrics: ClassVar[Mapping[str, Metric]]
    has_classes: ClassVar[bool]
    noun: ClassVar[str]
    output: ClassVar[str]

    @classmethod
    def main_metric(cls) -> Metric:
        """Return the metric that networks are compared by unless another objective is given."""
        return next(iter(cls.metrics.values()))

    @classmethod
    @abstractmethod
    def fits(cls, raw: RawTargets) -> Fit:
        """Return whether raw targets are those of this task."""

    @classmethod
    @abstractmethod
    def encode(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        """Encode raw targets, and make the task that they set.

        Args:
            raw: The targets.
            place: What they were read from, for messages.

        Raises:
            DataError: They are not those of this task.
        """

    def fitted(self, y: Targets) -> Self:
        """Return this task with the constants that follow from the training split's targets."""
        return self

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The name of each channel of the output: classes, tags or columns."""

    @property
    @abstractmethod
    def described(self) -> str:
        """What the targets are, such as `10 classes`."""

    @abstractmethod
    def text(self, target: Any) -> str:
        """Return one example's target for people to read."""

    @property
    @abstractmethod
    def outputs(self) -> tuple[Output, ...]:
        """The outputs of a network for this task."""

    @abstractmethod
    def strata(self, y: Targets) -> NDArray[np.int64]:
        """Return the stratum of each example, `(examples,)`; subsets and folds hold each in proportion."""

    @abstractmethod
    def check(self, ys: Mapping[str, Targets], place: str) -> None:
        """Check that targets can be trained on.

        Args:
            ys: The targets of each part that is given; `train` at least.
            place: What they were read from, for messages.

        Raises:
            DataError: They can't, such as those of a single class.
        """

    @abstractmethod
    def check_spread(
        self, y: Targets, groups: NDArray[np.int64] | None, parts: Sequence[str], needed: int, place: str
    ) -> None:
        """Check that targets can be divided into parts.

        Args:
            y: The targets.
            groups: The group of each example, where groups are kept whole.
            parts: The names of the parts, for messages.
            needed: Examples, or groups, that each stratum has to have.
            place: What they were read from, for messages.

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
            share: Of each missing part; `train` takes what is left.
            missing: The names of the parts beside `train`.
            rng: The source of the draws.

        Returns:
            The positions of each part's examples, rising.
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
        """Return how many examples each name has; empty for a task without classes or tags."""
        return {}

    @abstractmethod
    def training(self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights) -> TaskTraining:
        """Return how a network is trained for this task. Imports Keras.

        Args:
            plan: Label smoothing and the loss are taken from it.
            y: The targets that are trained on, which class weights are computed from.
            class_weights: Whether classes count in inverse proportion to their examples.
        """

    @abstractmethod
    def results(self) -> TaskResults:
        """Return how predictions are scored and decoded. Imports SciPy and scikit-learn."""

    @abstractmethod
    def report(self) -> TaskReport:
        """Return how results are shown."""

    @property
    def objectives(self) -> tuple[str, ...]:
        """The names of what training measures on the validation split, the default objective first."""
        return tuple(metric.on("validation").name for metric in self.metrics.values())
