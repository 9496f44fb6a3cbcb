"""Training of one network with Keras's own fit, on any backend of Keras."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.training import TaskTraining
from cnnsearch.training.augmentation.augmenter import Augmenter
from cnnsearch.training.batch_statistics import forget_initial_values
from cnnsearch.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint, write_weights
from cnnsearch.training.engines.base import check_finite
from cnnsearch.training.fidelity import Fidelity, Indices
from cnnsearch.training.input_pipeline import (
    InputPipeline,
    make_input_pipeline,
    num_batches,
    validation_batch_size,
)
from cnnsearch.training.layer_seeds import seed_layers
from cnnsearch.training.program import Program
from cnnsearch.training.progress import Objective, Progress
from cnnsearch.training.protocol import MetricValues
from cnnsearch.training.rounds import Rounds
from cnnsearch.training.step_timer import StepTimer
from cnnsearch.training.validation import part_size, values_in_parts


class _Validated(NamedTuple):
    """Examples to validate on.

    Attributes:
        pipeline: Large batches of a part of them, in order.
        y: Their targets.
        size: The number of examples in a part.
    """

    pipeline: InputPipeline
    y: Targets
    size: int


class KerasFit:
    """Train one network, epoch by epoch.

    Every random draw depends on (seed, epoch) alone: a training restored from a snapshot continues the same
    curve, in any process.

    Args:
        program: The network, compiled with the same plan; the caller draws its initial weights.
        plan: How to train it.
        task: What the network is for.
        task_training: The task's training by this plan.
        train: The examples to train on; x may be memory-mapped.
        validation: The examples to validate on; x may be memory-mapped.
        seed: Together with the epoch the source of the examples' order and of the layers' draws.
        objective: The criterion of the best epoch.
        value_range: The smallest and the largest value of the data, for the plan's augmentations.
        fold: The number of the trial's fold, for the snapshots.
        callbacks: Passed to `fit` in each epoch.
        fidelity: The examples to train and validate on between two reports; None: each split once.

    Attributes:
        program: The network.
    """

    def __init__(
        self,
        program: Program,
        plan: TrainingPlan,
        task: Task,
        task_training: TaskTraining,
        train: Split,
        validation: Split,
        *,
        seed: int,
        objective: Objective,
        value_range: tuple[float, float] = (0.0, 255.0),
        fold: int = 0,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        fidelity: Fidelity | None = None,
    ) -> None:
        self.program = program
        self._model = program.model
        self._plan, self._seed, self._objective = plan, seed, objective
        self._rounds = Rounds(task, train, validation, seed, fidelity)
        self._step_timer = StepTimer()
        self._callbacks = [*callbacks, self._step_timer]
        augmenter = None
        if plan.augmentation:
            augmenter = Augmenter(plan.augmentation, seed, value_range, task.target_form)
        self._task_training = task_training
        targets = task_training.training_targets(train.y)
        self._train = make_input_pipeline(
            train.x, targets, plan.batch_size, augmenter, length=self._rounds.length
        )
        self._validation = validation
        self._validated: dict[int, _Validated] = {}
        self._progress = Progress(fold=fold)
        self._best_weights: list[NDArray[Any]] = []

    @property
    def epoch(self) -> int:
        """Number of epochs finished."""
        return self._progress.epoch

    @property
    def progress(self) -> Progress:
        """The best epoch so far, and the number of epochs since."""
        return self._progress

    @property
    def step_seconds(self) -> float | None:
        """The mean duration of a training step in the last epoch; None if too few steps were measured."""
        return self._step_timer.seconds

    def run_epoch(self) -> MetricValues:
        """Train one epoch and validate; see `Engine`. Validation is never augmented.

        Raises:
            TrainingDivergedError: A loss is NaN or infinite.
        """
        metrics = self._train_and_validate()
        check_finite(metrics, self.epoch + 1)
        self._progress = self._progress.after(
            metrics,
            self._objective,
            self._plan.early_stopping,
            is_latest_best=self._rounds.is_checked_in_part,
        )
        if self._progress.best_epoch == self._progress.epoch:
            self._best_weights = _values(self._model.weights)
        return metrics

    def resize(self, fidelity: Fidelity) -> None:
        """Change the length of training; the rest of the schedule is spread over the remaining rounds."""
        self._rounds.resize(fidelity)
        self.program.stretch(self._plan, fidelity)

    def snapshot(self, file: BinaryIO) -> None:
        """Write the complete state."""
        weights, optimizer = _values(self._model.weights), _values(self._model.optimizer.variables)
        write_checkpoint(file, Checkpoint(self._progress, weights, optimizer, self._best_weights))

    def restore(self, path: Path) -> None:
        """Load a state that `snapshot` wrote."""
        checkpoint = read_checkpoint(path)
        self._model.set_weights(checkpoint.weights)
        for variable, value in zip(self._model.optimizer.variables, checkpoint.optimizer, strict=True):
            variable.assign(value)
        self._progress, self._best_weights = checkpoint.progress, list(checkpoint.best_weights)

    def save_best(self, file: BinaryIO) -> None:
        """Write the weights of the best epoch."""
        write_weights(file, self._best_weights)

    def _validation_examples(self, chosen: Indices) -> "_Validated":
        """Return examples to validate on."""
        if len(chosen) not in self._validated:
            split = self._validation
            x, y = (part if len(chosen) == len(part) else part[chosen] for part in (split.x, split.y))
            size = part_size(len(chosen), self._model.output_shape[1:])
            batch = validation_batch_size(size, x.shape[1:], self._plan.batch_size)
            unused = np.zeros(len(x), np.uint8)  # targets, which a prediction does without
            pipeline = make_input_pipeline(x, unused, batch, length=size)
            self._validated[len(chosen)] = _Validated(pipeline, np.asarray(y), size)
        return self._validated[len(chosen)]

    def validate(self) -> Values:
        """Return the loss and the task's metrics on the examples of this epoch's validation."""
        examples = self._validation_examples(self._rounds.validated(self.epoch))

        def predict(part: Indices) -> Predictions:
            outputs: Predictions = self._model.predict(examples.pipeline.in_order(part), verbose=0)
            return outputs

        return values_in_parts(self._task_training, predict, examples.y, examples.size)

    def _train_and_validate(self) -> MetricValues:
        seed_layers(self._model, (self._seed, self.epoch))
        pipeline = self._train.in_order(self._rounds.order(self.epoch), self.epoch)
        trained = self._model.fit(pipeline, shuffle=False, verbose=0, callbacks=self._callbacks).history
        if self.epoch == 0:
            forget_initial_values(self._model, num_batches(self._rounds.length, self._plan.batch_size))
        validated = self.validate()
        return {
            **{name: float(trained[name][0]) for name in ("loss", *(n for n in trained if n != "loss"))},
            **{f"validation_{name}": value for name, value in validated.items()},
            "learning_rate": float(self._model.optimizer.learning_rate),
        }


def _values(variables: list[keras.Variable]) -> list[NDArray[Any]]:
    """Copy the values: the backend may reuse a variable's memory in the next step."""
    return [np.asarray(variable.value).copy() for variable in variables]
