"""A Keras network, its optimizer, loss and metrics as pure functions of the values of their variables."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.models.build import build_model
from cnnsearch.plan.training_plan import Constant, TrainingPlan
from cnnsearch.tasks.training import TaskTraining
from cnnsearch.training.batch_statistics import forget_initial_values
from cnnsearch.training.engines.compiled.convolution import use_patches
from cnnsearch.training.engines.compiled.numbers import Numbers, given_numbers, numbers_of
from cnnsearch.training.engines.compiled.padding import Padding
from cnnsearch.training.layer_seeds import is_seed
from cnnsearch.training.optimizers import build_optimizer
from cnnsearch.training.protocol import Member

Array = Any
"""An array of JAX or numpy."""
Weights = Sequence[NDArray[Any]]


class State(NamedTuple):
    """The values of the variables of a network and its optimizer."""

    trainable: list[Array]
    other: list[Array]
    optimizer: list[Array]


class Batch(NamedTuple):
    """Examples of a training step; those of weight 0 fill up a smaller last batch."""

    x: Array
    targets: Array
    weights: Array


class Sums(NamedTuple):
    """Running totals over training examples.

    Attributes:
        loss: The sum of the losses.
        examples: The number of examples.
        metrics: The values of the variables of each metric.
    """

    loss: Array
    examples: Array
    metrics: list[list[Array]]


class Network:
    """The networks of one architecture, which differ in weights and numbers.

    Args:
        member: One of them.
        training: Its task's training; the loss and the metrics are used.
        has_patches: Whether convolutions are products of patches and kernels; see `convolution`.
    """

    def __init__(self, member: Member, training: TaskTraining, *, has_patches: bool) -> None:
        self._model, self._optimizer = build_model(member.architecture), _optimizer(member.plan)
        if has_patches:
            use_patches(self._model)
        self._padding = Padding(self._model)
        self._optimizer.build(self._model.trainable_variables)
        self._loss, self._metrics = training.loss, list(training.metrics)
        names = [variable.name for variable in self._optimizer.variables]
        self._rate = names.index("learning_rate")
        self._seeds = [
            index for index, variable in enumerate(self._model.non_trainable_variables) if is_seed(variable)
        ]
        self._trainable = _indices(self._model.trainable_variables, self._model.weights)
        self._other = _indices(self._model.non_trainable_variables, self._model.weights)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of an example's output."""
        shape: tuple[int, ...] = self._model.output_shape[1:]
        return shape

    @property
    def num_seeds(self) -> int:
        """The number of layers that draw during training."""
        return len(self._seeds)

    def begin(self, member: Member) -> tuple[State, Numbers]:
        """Return a member's state before its first step, from Keras's random seed, and its numbers."""
        model, optimizer = build_model(member.architecture), _optimizer(member.plan)
        zeros = [np.zeros(variable.shape, variable.dtype) for variable in self._optimizer.variables]
        return self.state(model.get_weights(), zeros), numbers_of(model, optimizer)

    def state(self, weights: Weights, optimizer: Weights) -> State:
        """Return the state with weights in the order of `model.weights`."""
        others = [np.zeros(v.shape, v.dtype) for v in self._model.non_trainable_variables]
        state = State([None] * len(self._model.trainable_variables), others, list(optimizer))
        for values, places in ((state.trainable, self._trainable), (state.other, self._other)):
            for place, index in places.items():
                values[place] = weights[index]
        return state

    def weights(self, state: State) -> list[Array]:
        """Return the weights in the order of `model.weights`."""
        found: list[Array] = [None] * len(self._model.weights)
        for values, places in ((state.trainable, self._trainable), (state.other, self._other)):
            for place, index in places.items():
                found[index] = values[place]
        return found

    def seeded(self, state: State, seeds: Array) -> State:
        """Return a state in which each layer that draws has another seed: `(layers, 2)`."""
        other = list(state.other)
        for index, seed in zip(self._seeds, seeds, strict=True):
            other[index] = seed.astype(other[index].dtype)
        return state._replace(other=other)

    def no_sums(self) -> Sums:
        """Return the totals before the first example."""
        metrics = [[np.zeros(v.shape, v.dtype) for v in metric.variables] for metric in self._metrics]
        return Sums(np.zeros((), np.float32), np.zeros((), np.float32), metrics)

    def step(
        self, state: State, sums: Sums, batch: Batch, rate: Array, numbers: Numbers
    ) -> tuple[State, Sums]:
        """Return the state and the totals after a training step."""
        weights, count = batch.weights, batch.weights.sum()

        def loss_of(trainable: list[Array]) -> tuple[Array, tuple[Array, list[Array]]]:
            outputs, other, losses = self._model.stateless_call(
                trainable, state.other, batch.x, training=True, return_losses=True
            )
            mean = self._loss(batch.targets, outputs, sample_weight=weights) * (len(weights) / count)
            return mean + sum(losses), (outputs, other)

        numbers_given = given_numbers(self._model, self._optimizer, numbers)
        with numbers_given, self._padding.weighted(weights):
            (loss, (outputs, other)), gradients = jax.value_and_grad(loss_of, has_aux=True)(state.trainable)
            variables = list(state.optimizer)
            variables[self._rate] = rate
            trainable, optimizer = self._optimizer.stateless_apply(variables, gradients, state.trainable)
        metrics = [
            metric.stateless_update_state(values, batch.targets, outputs, sample_weight=weights)
            for metric, values in zip(self._metrics, sums.metrics, strict=True)
        ]
        sums = Sums(sums.loss + loss * count, sums.examples + count, metrics)
        return State(trainable, other, optimizer), sums

    @property
    def names(self) -> list[str]:
        """The names of the results of training."""
        return ["loss", *(metric.name for metric in self._metrics)]

    def results(self, sums: Sums) -> list[Array]:
        """Return the mean loss and the metrics."""
        metrics = zip(self._metrics, sums.metrics, strict=True)
        return [sums.loss / sums.examples, *(metric.stateless_result(values) for metric, values in metrics)]

    def outputs(self, state: State, x: Array) -> Array:
        """Return the outputs of examples, without training."""
        return self._model.stateless_call(state.trainable, state.other, x, training=False)[0]

    def without_initial_values(self, state: State, steps: int) -> State:
        """Return the state with moving statistics corrected after the first epoch; see `batch_statistics`."""
        variables = self._model.non_trainable_variables
        with keras.StatelessScope(state_mapping=zip(variables, state.other, strict=True)) as scope:
            forget_initial_values(self._model, steps)
        return state._replace(other=[scope.get_current_value(variable) for variable in variables])


def _optimizer(plan: TrainingPlan) -> keras.optimizers.Optimizer:
    """Return a plan's optimizer with the learning rate as a variable, whatever the schedule."""
    constant = plan.model_copy(update={"schedule": Constant()})
    return build_optimizer(constant, steps_per_epoch=1, epochs=1)


def _indices(variables: Sequence[keras.Variable], among: Sequence[keras.Variable]) -> dict[int, int]:
    """Return the position of each variable among others, by its position; others are left out."""
    places = {id(variable): index for index, variable in enumerate(among)}
    return {
        number: places[id(variable)] for number, variable in enumerate(variables) if id(variable) in places
    }
