"""The part of a task that scores and decodes predictions of finished networks."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.scores import Details, Scores


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
        """Return every metric of the task, also those of finished networks only.

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

    def kept(self, predictions: Predictions) -> Predictions:
        """Return predictions as a bundle keeps them."""

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
