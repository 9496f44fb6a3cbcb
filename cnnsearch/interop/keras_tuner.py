"""SearchSpace -> a KerasTuner HyperModel, so that any tuner of KerasTuner can search a cnnsearch space.

Values are those of a Candidate in KerasTuner's types: a numeric choice, or a range of floats with a step, is
represented by the index of its value, so that tuners use the order and nothing is rounded.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
from keras_tuner.engine import hyperparameters as kt
from numpy.typing import NDArray

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.interop.compiling import set_schedule
from cnnsearch.interop.conditions import Condition, conditional_parameters
from cnnsearch.models.build import build_model
from cnnsearch.plan.training_plan import EarlyStopping, TrainingPlan
from cnnsearch.space import Candidate, Pixels, SearchSpace, load_space
from cnnsearch.space.costs import costs
from cnnsearch.space.domains import Choice, Domain, Plain, Range, stepped
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.classification.training import one_hot
from cnnsearch.training.augmentation.augmenter import Augmenter
from cnnsearch.training.input_pipeline import ArrayPipeline
from cnnsearch.training.program import compile_model

MOST_TRIES = 200
"""The most random candidates to draw for a feasible default."""


class SpaceHyperModel(keras_tuner.HyperModel):  # type: ignore[misc]
    """The networks of a space, built, compiled and trained as in a search of the space.

    All parameters are declared with the conditions under which they are sampled, so a tuner samples only what
    is built, as cnnsearch's samplers do. The complete training plan is used: batch size, optimizer, schedule,
    label smoothing, augmentation and early stopping. Not used, because KerasTuner has its own: random seeds,
    pruning and checkpoints.

    A tuner ends a search after `max_consecutive_failed_trials` infeasible candidates in a row, 3 by default;
    use a larger number for spaces with many infeasible candidates.

    Args:
        space: A space, the name of a shipped one, or the path of its file.
        input_shape: `(*spatial, channels)` of one example.
        num_classes: The number of classes.
        pixels: The values in the examples; by default those of 8-bit images.
        epochs: The length of training if the tuner sets none, and the end of a cosine schedule.
        monitor: The metric of the plan's early stopping, in Keras's spelling.

    Raises:
        SpaceError: There is no such space, or it does not support examples of this shape.
        InfeasibleArchitectureError: No candidate is feasible on this input.
    """

    def __init__(
        self,
        space: SearchSpace | str | Path,
        *,
        input_shape: tuple[int, ...],
        num_classes: int,
        pixels: Pixels | None = None,
        epochs: int = 20,
        monitor: str = "val_accuracy",
    ) -> None:
        self.space = space if isinstance(space, SearchSpace) else load_space(space)
        self.space.check_dimensions(input_shape)
        self.space.check_task(Classification.of(num_classes))
        self.epochs, self.monitor = epochs, monitor
        self._shape, self._classes, self._pixels = input_shape, num_classes, pixels or Pixels()
        self._declared = self._hyperparameters()
        super().__init__(name=self.space.name)

    def declare_hyperparameters(self, hp: kt.HyperParameters) -> None:
        """Register every parameter that is not registered yet."""
        hp.merge(self._declared, overwrite=False)

    def candidate(self, hp: kt.HyperParameters) -> Candidate:
        """Return the network and the training plan that a tuner's values describe."""
        self.declare_hyperparameters(hp)
        return self._sample(HyperParametersTrial(hp))

    def values(self, params: Mapping[str, Plain]) -> dict[str, Any]:
        """Return a candidate's sampled values in a tuner's encoding, for example to enqueue a point."""
        domains = self.space.parameters
        return {name: _encoded(domains[name], value) for name, value in self.space.encoded(params).items()}

    def build(self, hp: kt.HyperParameters) -> keras.Model:
        """Build and compile a network.

        Raises:
            keras_tuner.errors.FailedTrialError: The candidate is infeasible; the message gives the reason.
        """
        candidate = self.candidate(hp)
        try:
            self._check(candidate)
        except InfeasibleArchitectureError as error:
            raise keras_tuner.errors.FailedTrialError(str(error)) from None
        model = build_model(candidate.architecture)
        compile_model(model, candidate.training, steps_per_epoch=1, epochs=self.epochs)
        return model

    def fit(
        self,
        hp: kt.HyperParameters,
        model: keras.Model,
        x: NDArray[Any],
        y: NDArray[Any],
        *,
        validation_data: tuple[NDArray[Any], NDArray[Any]] | None = None,
        epochs: int | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        **options: Any,
    ) -> keras.callbacks.History:
        """Train a network with its plan.

        Args:
            hp: The hyperparameters of the network.
            model: The return value of `build`.
            x: `(examples, *input_shape)`.
            y: `(examples,)`; class indices.
            validation_data: x and y of the validation examples.
            epochs: The number of epochs; by default that of the hypermodel.
            callbacks: The tuner's callbacks.
            **options: Further arguments of `keras.Model.fit`.
        """
        plan = self.candidate(hp).training
        set_schedule(model, plan, examples=len(x), epochs=self.epochs)
        if plan.early_stopping is not None:
            callbacks = [*callbacks, self._stopping(plan.early_stopping)]
        if validation_data is not None:
            x_validation, y_validation = validation_data
            options["validation_data"] = (x_validation, one_hot(y_validation, self._classes))
        options |= {"epochs": epochs or self.epochs, "callbacks": list(callbacks)}
        smoothed = one_hot(y, self._classes, plan.label_smoothing)
        if plan.augmentation:
            return model.fit(self._augmented(x, smoothed, plan), shuffle=False, **options)
        return model.fit(x, smoothed, **{"batch_size": plan.batch_size, **options})

    def _sample(self, trial: Any) -> Candidate:
        return self.space.sample(
            trial, input_shape=self._shape, num_classes=self._classes, pixels=self._pixels
        )

    def _check(self, candidate: Candidate) -> None:
        found = costs(analyze(candidate.architecture), candidate.training)
        self.space.constraints.check(found)

    def _hyperparameters(self) -> list[kt.HyperParameter]:
        defaults = self.values(self._default().params)
        return [
            hyperparameter(p.name, p.domain, p.conditions, defaults.get(p.name))
            for p in conditional_parameters(self.space)
        ]

    def _default(self) -> Candidate:
        """Return a feasible candidate, if possible of the first baseline, which tuners build at the start."""
        baseline = next(iter(self.space.baselines), None)
        for seed in range(MOST_TRIES):
            candidate = self.space.sample_random(
                seed,
                input_shape=self._shape,
                num_classes=self._classes,
                baseline=baseline if seed < MOST_TRIES / 2 else None,
            )
            try:
                self._check(candidate)
            except InfeasibleArchitectureError as error:
                infeasible = error
            else:
                return candidate
        raise infeasible

    def _stopping(self, plan: EarlyStopping) -> keras.callbacks.EarlyStopping:
        return keras.callbacks.EarlyStopping(self.monitor, min_delta=plan.min_delta, patience=plan.patience)

    def _augmented(self, x: NDArray[Any], y: NDArray[Any], plan: TrainingPlan) -> "_ShuffledFeed":
        seed = int(np.random.default_rng().integers(2**31))
        values = (self._pixels.low, self._pixels.high)
        return _ShuffledFeed(x, y, plan.batch_size, Augmenter(plan.augmentation, seed, values))


class _ShuffledFeed(ArrayPipeline):
    """Batches in a new order in each epoch."""

    def __init__(self, x: NDArray[Any], y: NDArray[Any], batch_size: int, augmenter: Augmenter) -> None:
        super().__init__(x, y, batch_size, augmenter)
        self._draws, self._examples, self._epochs = np.random.default_rng(), len(x), count()
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        self.in_order(self._draws.permutation(self._examples), next(self._epochs))


class HyperParametersTrial:
    """A trial with Optuna's interface whose values are those of KerasTuner's hyperparameters.

    Args:
        hp: The hyperparameters; every requested one is active.
    """

    def __init__(self, hp: kt.HyperParameters) -> None:
        self._hp = hp

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        value = self._hp.get(name)
        return value if value in choices else next(choice for choice in choices if str(choice) == value)

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        return int(self._hp.get(name))

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        value = self._hp.get(name)
        return stepped(low, step, value) if step is not None else float(value)


def hyperparameter(
    name: str, domain: Domain, conditions: Sequence[Condition], default: Any = None
) -> kt.HyperParameter:
    """Return a parameter as a hyperparameter of KerasTuner.

    Args:
        name: Its name.
        domain: Its domain.
        conditions: The conditions under which it is active.
        default: The value until a tuner sets another one.
    """
    kind, rule = _kind(domain)
    active = [
        {"class_name": "Parent", "config": {"name": condition.name, "values": list(condition.values)}}
        for condition in conditions
    ]
    optional = {} if default is None else {"default": default}
    return kind.from_config({"name": name, **rule, **optional, "conditions": active})


def _encoded(domain: Domain, value: Plain) -> Plain:
    """Return KerasTuner's encoding of a trial's value."""
    if isinstance(domain, Range) and domain.step is not None and not domain.is_integer:
        return round((float(value) - domain.low) / domain.step)
    return str(value) if _is_mixed(domain) else value


def _is_mixed(domain: Domain) -> bool:
    """Return whether a domain has words and numbers, which a choice of KerasTuner cannot hold together."""
    if not isinstance(domain, Choice) or domain.is_numeric:
        return False
    return len({isinstance(value, str) for value in domain.values}) > 1


def _kind(domain: Domain) -> tuple[type[kt.HyperParameter], dict[str, Any]]:
    """Return the class of a parameter, and its arguments except name and conditions."""
    if isinstance(domain, Choice):
        if domain.is_numeric:
            return kt.Int, {"min_value": 0, "max_value": len(domain.values) - 1}
        if isinstance(domain.values[0], bool):
            return kt.Boolean, {}
        return kt.Choice, {"values": [_encoded(domain, value) for value in domain.values]}
    assert isinstance(domain, Range)
    if domain.step is not None and not domain.is_integer:
        assert domain.size is not None
        return kt.Int, {"min_value": 0, "max_value": domain.size - 1}
    bounds = {"min_value": domain.low, "max_value": domain.high}
    sampling = {"sampling": "log"} if domain.log else {"step": domain.step}
    return kt.Int if domain.is_integer else kt.Float, bounds | sampling
