"""A hypermodel of KerasTuner -> one trained network, reported epoch by epoch as any trial's.

The hypermodel builds, compiles and, where it has a `fit` of its own, trains as it does under KerasTuner.
"""

import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import keras
import keras_tuner
import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split
from cnnsearch.data.store import StoredData
from cnnsearch.errors import InfeasibleArchitectureError, SearchError, SettingsError
from cnnsearch.interop.hyperparameters import Ask, AskingHyperParameters
from cnnsearch.tasks.classification.training import one_hot
from cnnsearch.training.checkpoint import write_weights
from cnnsearch.training.engines.base import TrainingDivergedError
from cnnsearch.training.progress import Objective, Progress
from cnnsearch.training.protocol import WEIGHTS, Decision, EpochReport, JobResult, MetricValues, Outcome

EXPECTED = "package.module:name of a function build(hp), a HyperModel or a class of one"
OWN_NAMES = {
    **dict.fromkeys(
        ("acc", "categorical_accuracy", "sparse_categorical_accuracy", "binary_accuracy"), "accuracy"
    ),
    "mean_absolute_error": "mae",
    "r2_score": "r2",
}
"""Metrics by the names that Keras gives them, depending on how a model is compiled."""


@dataclass(frozen=True)
class HypermodelJob:
    """What to train.

    Attributes:
        trial: The trial's number.
        source: Where the hypermodel is, `package.module:name`.
        directory: The trial's folder, for weights.npz.
        epochs: What `fit` is told; a `fit` of the hypermodel's own may train for another number.
        seed: Of the initial weights and of training.
        objective: What the best epoch is chosen by.
    """

    trial: int
    source: str
    directory: Path
    epochs: int
    seed: int
    objective: Objective


def load_hypermodel(source: str) -> keras_tuner.HyperModel:
    """Imports a hypermodel.

    Raises:
        SettingsError: There is no such module, or no such name in it.
    """
    module, _, name = source.partition(":")
    if not module or not name:
        raise SettingsError(f"--hypermodel: found '{source}'; expected {EXPECTED}")
    try:
        found = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise SettingsError(f"--hypermodel {source}: there is no module {error.name}") from None
    except AttributeError:
        raise SettingsError(f"--hypermodel {source}: {module} has no {name}") from None
    if isinstance(found, type) and issubclass(found, keras_tuner.HyperModel):
        found = found()
    if not callable(found) and not isinstance(found, keras_tuner.HyperModel):
        raise SettingsError(f"--hypermodel {source}: found {type(found).__name__}; expected {EXPECTED}")
    return _Built(found) if not isinstance(found, keras_tuner.HyperModel) else found


class _Built(keras_tuner.HyperModel):  # type: ignore[misc]
    """A hypermodel that is only a function."""

    def __init__(self, build: Callable[[keras_tuner.HyperParameters], keras.Model]) -> None:
        super().__init__()
        self.build = build


def run_hypermodel(
    job: HypermodelJob,
    data: StoredData,
    *,
    ask: Ask,
    built: Callable[[keras.Model], Decision],
    judge: Callable[[EpochReport], Decision],
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> JobResult:
    """Builds a network and trains it until its `fit` ends, or something ends it earlier.

    Args:
        job: What to train.
        data: The training and validation splits.
        ask: Asked for each hyperparameter.
        built: Told of the network before it trains, answers whether to go on.
        judge: Told each epoch, answers whether to go on. A trial that is paused leaves nothing behind: a
            `fit` cannot be gone on with in its middle, so it begins anew.
        callbacks: Handed to its `fit` too.

    Raises:
        InfeasibleArchitectureError: The hypermodel raised FailedTrialError.
        SearchError: It returned no model, or does not report the objective.
    """
    started = time.monotonic()
    keras.utils.set_random_seed(job.seed)
    hypermodel, hp = load_hypermodel(job.source), AskingHyperParameters(ask)
    try:
        model = hypermodel.build(hp)
    except keras_tuner.errors.FailedTrialError as error:
        raise InfeasibleArchitectureError(str(error), limit="the hypermodel") from error
    model = standing(model, data.summary.input_shape, job.source)
    reporter = _Reporter(job, judge)
    outcome, reason = _fit(hypermodel, hp, model, data, reporter, callbacks, built(model))
    if outcome in ("complete", "stopped") and reporter.progress.epoch:
        write_weights(job.directory / WEIGHTS, reporter.best_weights)
    return JobResult(
        trial=job.trial,
        outcome=outcome,
        epochs=reporter.progress.epoch,
        best_epoch=reporter.progress.best_epoch,
        metrics=reporter.progress.best_metrics,
        reason=reason,
        seconds=time.monotonic() - started,
    )


def standing(model: Any, input_shape: tuple[int, ...], source: str) -> keras.Model:
    """A network as its hypermodel gave it, with its weights made.

    Raises:
        SearchError: It is none, or no graph of layers: those alone can be saved without the code behind them.
    """
    if not isinstance(model, keras.Model):
        raise SearchError(f"{source} returned {type(model).__name__}; expected a keras.Model")
    if not model.built:
        model.build((None, *input_shape))
    if not getattr(model, "inputs", None):
        raise SearchError(
            f"{source} returned a {type(model).__name__}; expected a Sequential or functional model"
        )
    return model


def _fit(
    hypermodel: keras_tuner.HyperModel,
    hp: keras_tuner.HyperParameters,
    model: keras.Model,
    data: StoredData,
    reporter: "_Reporter",
    callbacks: Sequence[keras.callbacks.Callback],
    decision: Decision,
) -> tuple[Outcome, str]:
    """Trains a network; how that ended, and why."""
    if decision != "continue":
        return ("stopped" if decision == "stop" else "paused"), f"{decision} before the first epoch"
    reporter.network = model
    classes = len(data.summary.labels)
    try:
        returned = hypermodel.fit(
            hp,
            model,
            *_pair(model, data.train, classes),
            validation_data=_pair(model, data.validation, classes),
            epochs=reporter.job.epochs,
            callbacks=[reporter, *callbacks],
            verbose=0,
        )
        if not reporter.progress.epoch:
            reporter.take(last_metrics(returned, reporter.job))
    except _Left as left:
        epoch = reporter.progress.epoch
        if left.decision == "pause":
            return "paused", f"paused after epoch {epoch}"
        return "stopped", f"stopped by the search after epoch {epoch}"
    except TrainingDivergedError as error:
        return "diverged", str(error)
    return "complete", ""


class _Left(BaseException):
    """Leaves a `fit` from within an epoch's end, whatever loop that is; no `except Exception` may hold it."""

    def __init__(self, decision: Literal["stop", "pause"]) -> None:
        super().__init__(decision)
        self.decision = decision


class _Reporter(keras.callbacks.Callback):  # type: ignore[misc]
    """Reports each epoch, obeys the verdict, and keeps the weights of the best one.

    Attributes:
        job: What is trained.
        network: What is trained with it; the callback's own `model` may be a wrapper that `fit` makes.
        progress: The best epoch so far.
        best_weights: Its weights.
    """

    network: keras.Model

    def __init__(self, job: HypermodelJob, judge: Callable[[EpochReport], Decision]) -> None:
        super().__init__()
        self.job, self._judge = job, judge
        self.progress = Progress()
        self.best_weights: list[NDArray[Any]] = []

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        decision = self.take(metrics_of(logs or {}))
        if decision != "continue" and self.progress.epoch < self.job.epochs:
            raise _Left(decision)

    def take(self, metrics: MetricValues) -> Decision:
        """Reports an epoch.

        Raises:
            SearchError: The objective is not among its metrics.
            TrainingDivergedError: A figure is NaN or infinite.
        """
        wanted, epoch = self.job.objective.metric, self.progress.epoch + 1
        if wanted not in metrics:
            name = wanted.removeprefix("validation_")
            raise SearchError(
                f"{self.job.source} reports {', '.join(metrics) or 'nothing'}; expected {wanted} too: "
                f"compile the model with metrics=['{name}'], or choose --objective validation_loss"
            )
        if bad := [f"{name} was {value}" for name, value in metrics.items() if not np.isfinite(value)]:
            raise TrainingDivergedError(f"{', '.join(bad)} in epoch {epoch}.")
        self.progress = self.progress.after(metrics, self.job.objective, None)
        if self.progress.best_epoch == epoch:
            self.best_weights = [np.asarray(v.value).copy() for v in self.network.weights]
        return self._judge(
            EpochReport(
                trial=self.job.trial,
                epoch=epoch,
                is_last=epoch == self.job.epochs,
                time=time.time(),
                metrics=metrics,
            )
        )


def metrics_of(logs: Mapping[str, Any]) -> MetricValues:
    """Keras's figures under a trial's names: `val_sparse_categorical_accuracy` is validation_accuracy."""
    found: MetricValues = {}
    for name, value in logs.items():
        own = name.removeprefix("val_")
        part = "validation_" if own != name else ""
        found[part + OWN_NAMES.get(own, own)] = float(value)
    return found


def last_metrics(returned: Any, job: HypermodelJob) -> MetricValues:
    """The figures of a `fit` that reported no epoch, from what it returned, as KerasTuner takes it.

    Raises:
        SearchError: It is nothing that KerasTuner takes either.
    """
    if isinstance(returned, keras.callbacks.History):
        return metrics_of({name: values[-1] for name, values in returned.history.items()})
    if isinstance(returned, Mapping):
        return metrics_of(returned)
    if isinstance(returned, int | float | np.floating):
        return {job.objective.metric: float(returned)}
    raise SearchError(
        f"the fit of {job.source} returned {type(returned).__name__}; expected a History, a dict or a number"
    )


def _pair(model: keras.Model, split: Split, classes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Examples, and class indices or one-hot rows, as the model's loss takes them."""
    x, y = np.asarray(split.x), np.asarray(split.y)
    if y.ndim > 1:  # rows of tags or numbers
        return x, y
    loss = getattr(model, "loss", None)
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
    is_one_hot = bool(name) and "sparse" not in name and model.output_shape[-1] == classes
    return x, one_hot(y, classes) if is_one_hot else y
