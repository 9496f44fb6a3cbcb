"""Networks compiled for training, cached so that the same layers are not traced or compiled again for other
seeds, folds and learning rates."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops
from numpy.typing import NDArray

from cnnsearch.models.build import build_model
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.training import TaskTraining
from cnnsearch.training.backend import has_accelerator
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.input_pipeline import num_batches
from cnnsearch.training.optimizers import build_optimizer, is_constant, stretched_rate
from cnnsearch.training.protocol import Member, Precision, Train

_MOST_KEPT = 3  # beside those in use
_MOST_WEIGHTS = 10_000_000  # of a cached network: 120 MB with its optimizer's state
_AT_ONCE = 16  # training steps of TensorFlow on an accelerator
_EXECUTIONS = 4  # in an epoch, at least, so that the duration of a step can be measured


@dataclass
class Program:
    """A compiled network.

    Attributes:
        model: Compiled for training.
        key: Everything that its traced functions depend on.
        is_stretched: Whether its schedule belongs to a training whose length was changed.
    """

    model: keras.Model
    key: str = ""
    is_stretched: bool = False

    def begin_again(self, weights: list[NDArray[Any]], plan: TrainingPlan) -> None:
        """Reset the network and its optimizer to the state of a newly compiled network with these weights."""
        self.model.set_weights(weights)
        optimizer = self.model.optimizer
        for variable in optimizer.variables:
            variable.assign(ops.zeros(variable.shape, variable.dtype))
        if is_constant(plan.schedule):
            optimizer.learning_rate = plan.learning_rate

    def stretch(self, plan: TrainingPlan, fidelity: Fidelity) -> None:
        """Adapt the schedule to a training whose length was changed; the training step is traced again."""
        if is_constant(plan.schedule):
            return
        steps = num_batches(fidelity.round_examples, plan.batch_size)
        self.model.optimizer.learning_rate = stretched_rate(plan, fidelity, steps)
        self.model.make_train_function(force=True)
        self.is_stretched = True


def compile_program(
    model: keras.Model,
    plan: TrainingPlan,
    training: TaskTraining,
    *,
    examples: int,
    epochs: int,
) -> Program:
    """Compile a network.

    Args:
        model: A model with the outputs of the task.
        plan: Its optimizer, schedule and batch size are used.
        training: The task's loss and metrics.
        examples: Number of examples in the training split.
        epochs: The full budget, at the end of which a cosine schedule reaches its minimum.
    """
    steps = num_batches(examples, plan.batch_size)
    compile_model(
        model, plan, steps_per_epoch=steps, epochs=epochs, loss=training.loss, metrics=training.metrics
    )
    return Program(model)


def compile_model(
    model: keras.Model,
    plan: TrainingPlan,
    *,
    steps_per_epoch: int,
    epochs: int,
    loss: keras.losses.Loss | None = None,
    metrics: Sequence[keras.metrics.Metric] | None = None,
) -> None:
    """Compile a network for `fit`.

    Args:
        model: A model that ends in a softmax over the classes unless a loss is given.
        plan: Its optimizer and schedule are used.
        steps_per_epoch: Batches in an epoch.
        epochs: The trial's full budget, at the end of which a cosine schedule reaches its minimum.
        loss: By default cross-entropy.
        metrics: By default accuracy.
    """
    model.compile(
        optimizer=build_optimizer(plan, steps_per_epoch=steps_per_epoch, epochs=epochs),
        loss=loss or keras.losses.CategoricalCrossentropy(),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")] if metrics is None else list(metrics),
        jit_compile=jit_compile(),
        steps_per_execution=_steps_at_once(steps_per_epoch),
    )
    model.optimizer.build(model.trainable_variables)  # creates the variables that a checkpoint restores


class Programs:
    """The most recent programs of a process that are not in use.

    Attributes:
        compiled: Those of the compiled engine, by all that they depend on, the most recent last.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Program] = OrderedDict()
        self.compiled: dict[str, Any] = {}

    def take(
        self,
        job: Train,
        member: Member,
        task: Task,
        training: TaskTraining,
        examples: int,
        precision: Precision,
    ) -> Program:
        """Return a member's network, with initial weights drawn from Keras's current random seed.

        A cached network with the same layers is not traced or compiled again.

        Args:
            job: The job.
            member: The member of the job to train.
            task: What the network is for.
            training: The task's training for this member.
            examples: Number of examples in an epoch.
            precision: Keras's dtype policy.
        """
        model, plan = build_model(member.architecture), member.plan
        key = _key(job, member, task, training, examples, precision)
        program = self._kept.pop(key, None)
        if program is None:
            program = compile_program(model, plan, training, examples=examples, epochs=member.first_epochs)
            program.key = key
        else:
            program.begin_again(model.get_weights(), plan)
        if member.fidelity is not None and member.fidelity.earlier:
            program.stretch(plan, member.fidelity)
        return program

    def keep(self, program: Program) -> None:
        """Cache a program that is no longer in use, unless it is too large or its schedule was changed."""
        if program.is_stretched or program.model.count_params() > _MOST_WEIGHTS:
            return
        self._kept.pop(program.key, None)
        self._kept[program.key] = program
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)


def jit_compile() -> bool | str:
    """Return Keras's `jit_compile`: TensorFlow would take 10 s per network on a CPU; JAX requires it."""
    return False if not _is_accelerated() and keras.backend.backend() == "tensorflow" else "auto"


def _steps_at_once(steps: int) -> int:
    """Return the number of training steps, of those of an epoch, that one call of the backend makes.

    TensorFlow runs them in a loop of its own, without Python in between, for which an accelerator would wait;
    on a CPU tracing the loop takes the time that it saves, and JAX runs the steps one by one.
    """
    if not _is_accelerated() or keras.backend.backend() != "tensorflow":
        return 1
    return max(1, min(_AT_ONCE, steps // _EXECUTIONS))


def _is_accelerated() -> bool:
    return has_accelerator(keras.distribution.list_devices())


def _key(
    job: Train, member: Member, task: Task, training: TaskTraining, examples: int, precision: Precision
) -> str:
    """Return everything that the traced program depends on: not the batch size, and not the value of a
    constant learning rate, which is a variable."""
    plan = member.plan
    of_rate = {"learning_rate"} if is_constant(plan.schedule) else set()
    schedule = (
        [] if of_rate else [member.first_epochs, num_batches(examples, plan.batch_size), plan.learning_rate]
    )
    optimizer = plan.optimizer.model_dump(mode="json", exclude=of_rate)
    architecture = member.architecture.model_dump(mode="json")
    parts = [architecture, optimizer, plan.schedule.model_dump(mode="json"), schedule]
    loss = [task.model_dump(mode="json"), plan.loss, job.class_weights, training.constants]
    at_once = _steps_at_once(num_batches(examples, plan.batch_size))
    return json.dumps([*parts, loss, precision, at_once], sort_keys=True)
