"""Networks compiled for training, kept so that others of the same layers are not traced or compiled again:
further seeds, folds and learning rates."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops
from numpy.typing import NDArray

from cnnsearch.architecture import Architecture
from cnnsearch.models.build import build_model
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.base import ClassWeights, Targets, Task, TaskTraining, Validator
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.input_pipeline import num_batches
from cnnsearch.training.optimizers import build_optimizer, is_constant, stretched_rate
from cnnsearch.training.protocol import Precision, Train

_MOST_KEPT = 4
_MOST_WEIGHTS = 10_000_000  # of a network that is kept: with its optimizer's state 120 MB


@dataclass
class Program:
    """A compiled network.

    Attributes:
        model: Compiled for training.
        validator: Measures the same layers and weights on validation examples.
        class_weights: Whether the training loss takes weighted targets.
        is_stretched: Whether its schedule is that of a training whose length was changed.
    """

    model: keras.Model
    validator: Validator
    class_weights: ClassWeights
    is_stretched: bool = False

    def begin_again(self, weights: list[NDArray[Any]], plan: TrainingPlan) -> None:
        """Puts everything back to where a network stands that was compiled with these weights just now."""
        self.model.set_weights(weights)
        optimizer = self.model.optimizer
        for variable in optimizer.variables:
            variable.assign(ops.zeros_like(variable))
        if is_constant(plan.schedule):
            optimizer.learning_rate = plan.learning_rate

    def stretch(self, plan: TrainingPlan, fidelity: Fidelity) -> None:
        """Has the schedule follow a training whose length was changed; the step is traced anew."""
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
    class_weights: ClassWeights = "none",
) -> Program:
    """Compiles a network.

    Args:
        model: Ends in the outputs of the task.
        plan: Optimizer, schedule and batch size are taken from it.
        training: The task's loss, metrics and validator.
        examples: The training split's.
        epochs: The full budget, at whose end a cosine schedule arrives.
        class_weights: `balanced`: the training loss takes targets that are weighted.
    """
    steps = num_batches(examples, plan.batch_size)
    compile_model(
        model, plan, steps_per_epoch=steps, epochs=epochs, loss=training.loss, metrics=training.metrics
    )
    return Program(model, training.validator(model), class_weights)


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
        model: Ends in a softmax over the classes, where there is no loss given.
        plan: Optimizer and schedule are taken from it.
        steps_per_epoch: Batches in an epoch.
        epochs: The trial's full budget, at whose end a cosine schedule arrives.
        loss: By default cross-entropy.
        metrics: By default accuracy.
    """
    model.compile(
        optimizer=build_optimizer(plan, steps_per_epoch=steps_per_epoch, epochs=epochs),
        loss=loss or keras.losses.CategoricalCrossentropy(),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")] if metrics is None else list(metrics),
        jit_compile=jit_compile(),
    )
    model.optimizer.build(model.trainable_variables)  # so that what was saved finds its variables


class Programs:
    """The last few programs of a process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Program] = OrderedDict()

    def program(self, job: Train, task: Task, y: Targets, examples: int, precision: Precision) -> Program:
        """Return a job's network, with initial weights of Keras's present random seed.

        Where one of the same layers is still there, it is not traced or compiled again.

        Args:
            job: What is trained.
            task: What the network is for.
            y: The targets that are trained on.
            examples: In an epoch.
            precision: That the network computes in.
        """
        model = build_model(Architecture.model_validate(job.architecture))
        key = _key(job, examples, precision)
        program = self._kept.pop(key, None)
        if program is None or program.is_stretched:
            program = compile_program(
                model,
                job.plan,
                task.training(job.plan, y, job.class_weights),
                examples=examples,
                epochs=job.first_epochs,
                class_weights=job.class_weights,
            )
        else:
            program.begin_again(model.get_weights(), job.plan)
        if job.fidelity is not None and job.fidelity.earlier:
            program.stretch(job.plan, job.fidelity)
        if model.count_params() <= _MOST_WEIGHTS:
            self._kept[key] = program
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return program


def jit_compile() -> bool | str:
    """Compiling costs TensorFlow 10 s a network on a CPU, and JAX cannot do without."""
    on_cpu = all(device.startswith("cpu") for device in keras.distribution.list_devices())
    return False if on_cpu and keras.backend.backend() == "tensorflow" else "auto"


def _key(job: Train, examples: int, precision: Precision) -> str:
    """All that is part of the traced program: not the batch size, and of a constant learning rate not its
    value, which is a variable."""
    plan = job.plan
    of_rate = {"learning_rate"} if is_constant(plan.schedule) else set()
    schedule = (
        [] if of_rate else [job.first_epochs, num_batches(examples, plan.batch_size), plan.learning_rate]
    )
    optimizer = plan.optimizer.model_dump(mode="json", exclude=of_rate)
    parts = [job.architecture, optimizer, plan.schedule.model_dump(mode="json"), schedule]
    return json.dumps([*parts, job.class_weights, precision], sort_keys=True)
