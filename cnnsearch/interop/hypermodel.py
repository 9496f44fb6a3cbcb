"""A KerasTuner hypermodel -> one trained network, with reports after each epoch like any trial.

The hypermodel builds, compiles and trains the network, with its own `fit` if it has one, as under KerasTuner.
"""

import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras
import keras_tuner
import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split
from cnnsearch.data.store import StoredData
from cnnsearch.errors import InfeasibleArchitectureError, SearchError, SettingsError
from cnnsearch.interop.hyperparameters import Ask, AskingHyperParameters
from cnnsearch.interop.serving import check_outputs, served
from cnnsearch.tasks.classification.training import one_hot
from cnnsearch.training.checkpoint import write_weights
from cnnsearch.training.engines.base import TrainingDivergedError
from cnnsearch.training.progress import Objective, Progress
from cnnsearch.training.protocol import Decision, EpochReport, MemberResult, MetricValues, Outcome
from cnnsearch.training.store import WEIGHTS, Files

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
class HypermodelTraining:
    """The training of one candidate of a hypermodel.

    Attributes:
        trial: The trial's number.
        source: The hypermodel, `package.module:name`.
        files: The trial's files, for weights.npz.
        epochs: The number of epochs passed to `fit`; the hypermodel's own `fit` may train for another number.
        seed: The seed of the initial weights and of training.
        objective: The metric that selects the best epoch.
    """

    trial: int
    source: str
    files: Files
    epochs: int
    seed: int
    objective: Objective


def load_hypermodel(source: str) -> keras_tuner.HyperModel:
    """Import a hypermodel.

    Raises:
        SettingsError: There is no such module, or no such name in it.
    """
    module, _, name = source.partition(":")
    if not module or not name:
        raise SettingsError(f"--hypermodel: found '{source}'; expected {EXPECTED}")
    try:
        found = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise SettingsError(f"--hypermodel {source}: no module {error.name}") from None
    except AttributeError:
        raise SettingsError(f"--hypermodel {source}: {module} has no {name}") from None
    if isinstance(found, type) and issubclass(found, keras_tuner.HyperModel):
        found = found()
    if not callable(found) and not isinstance(found, keras_tuner.HyperModel):
        raise SettingsError(f"--hypermodel {source}: found {type(found).__name__}; expected {EXPECTED}")
    return _Built(found) if not isinstance(found, keras_tuner.HyperModel) else found


class _Built(keras_tuner.HyperModel):  # type: ignore[misc]
    """A hypermodel given as a function."""

    def __init__(self, build: Callable[[keras_tuner.HyperParameters], keras.Model]) -> None:
        super().__init__()
        self.build = build


def run_hypermodel(
    job: HypermodelTraining,
    data: StoredData,
    *,
    ask: Ask,
    built: Callable[[keras.Model], Decision],
    judge: Callable[[EpochReport], Decision],
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> MemberResult:
    """Build a network and train it until its `fit` ends or it is stopped.

    Args:
        job: The training.
        data: The training and validation splits.
        ask: Returns the value of a hyperparameter.
        built: Called with the network before training; returns whether to continue.
        judge: Called with each epoch report; returns whether to continue. A paused trial keeps no state and
            starts again, since a `fit` cannot be resumed.
        callbacks: Additional callbacks of `fit`.

    Raises:
        InfeasibleArchitectureError: The hypermodel raised FailedTrialError.
        SearchError: The hypermodel returned no model, one whose outputs are not those of the task, or one
            that does not report the objective.
    """
    started = time.monotonic()
    keras.utils.set_random_seed(job.seed)
    hypermodel, hp = load_hypermodel(job.source), AskingHyperParameters(ask)
    try:
        model = hypermodel.build(hp)
    except keras_tuner.errors.FailedTrialError as error:
        raise InfeasibleArchitectureError(str(error), limit="the hypermodel") from error
    model = standing(model, data.summary.input_shape, job.source)
    (output,) = data.summary.task.outputs
    check_outputs(served(model, output, job.source), output, data.train.x, job.source)
    reporter = _Reporter(job, judge)
    outcome, reason = _fit(hypermodel, hp, model, data, reporter, callbacks, built(model))
    if outcome in ("complete", "stopped") and reporter.progress.epoch:
        with job.files.write(WEIGHTS) as file:
            write_weights(file, reporter.best_weights)
    return MemberResult(
        trial=job.trial,
        outcome=outcome,
        epochs=reporter.progress.epoch,
        best_epoch=reporter.progress.best_epoch,
        metrics=reporter.progress.best_metrics,
        reason=reason,
        seconds=time.monotonic() - started,
    )


def standing(model: Any, input_shape: tuple[int, ...], source: str) -> keras.Model:
    """Return the network of a hypermodel, with its weights created.

    Raises:
        SearchError: It is not a Keras model, or not a graph of layers, which can be saved without its code.
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
    """Train a network; return the outcome and its reason."""
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
    except _FitInterrupted as interrupted:
        epoch = reporter.progress.epoch
        if interrupted.decision == "pause":
            return "paused", f"paused after epoch {epoch}"
        return "stopped", f"stopped by the search after epoch {epoch}"
    except TrainingDivergedError as error:
        return "diverged", str(error)
    return "complete", ""


class _FitInterrupted(BaseException):
    """Ends a `fit` from its callback; a BaseException, so that `except Exception` does not catch it."""

    def __init__(self, decision: Literal["stop", "pause"]) -> None:
        super().__init__(decision)
        self.decision = decision


class _Reporter(keras.callbacks.Callback):  # type: ignore[misc]
    """Reports each epoch, applies the decision, and keeps the weights of the best epoch.

    Attributes:
        job: The training.
        network: The network; the callback's own `model` may be a wrapper made by `fit`.
        progress: The best epoch so far.
        best_weights: The weights of the best epoch.
    """

    network: keras.Model

    def __init__(self, job: HypermodelTraining, judge: Callable[[EpochReport], Decision]) -> None:
        super().__init__()
        self.job, self._judge = job, judge
        self.progress = Progress()
        self.best_weights: list[NDArray[Any]] = []

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        decision = self.take(metrics_of(logs or {}))
        if decision != "continue" and self.progress.epoch < self.job.epochs:
            raise _FitInterrupted(decision)

    def take(self, metrics: MetricValues) -> Decision:
        """Report an epoch, and return whether to continue.

        Raises:
            SearchError: The objective is not among its metrics.
            TrainingDivergedError: A metric is NaN or infinite.
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
    """Rename Keras's metrics to a trial's: `val_sparse_categorical_accuracy` is validation_accuracy."""
    renamed: MetricValues = {}
    for name, value in logs.items():
        own = name.removeprefix("val_")
        part = "validation_" if own != name else ""
        renamed[part + OWN_NAMES.get(own, own)] = float(value)
    return renamed


def last_metrics(returned: Any, job: HypermodelTraining) -> MetricValues:
    """Return the metrics of a `fit` that reported no epoch, from its return value, as KerasTuner does.

    Raises:
        SearchError: The return value is not supported by KerasTuner.
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
    """Return examples and targets; classes as indices or one-hot rows, as the model's loss requires."""
    x, y = np.asarray(split.x), np.asarray(split.y)
    if y.ndim > 1:  # rows of tags or numbers
        return x, y
    loss = getattr(model, "loss", None)
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
    is_one_hot = bool(name) and "sparse" not in name and model.output_shape[-1] == classes
    return x, one_hot(y, classes) if is_one_hot else y
