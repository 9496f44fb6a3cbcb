"""The engine that trains each member of a job with Keras's own fit, one after another in every epoch."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import keras

from cnnsearch.training.engine_use import EngineUse
from cnnsearch.training.engines.base import Training, TrainingDivergedError
from cnnsearch.training.engines.keras_fit import KerasFit
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.program import Programs
from cnnsearch.training.progress import Objective, Progress
from cnnsearch.training.protocol import Member, MetricValues


class KerasEngine:
    """Train a job's members; see `Engine`.

    Args:
        training: What to train.
        programs: The networks that this process has compiled.
        callbacks: Passed to the `fit` of the first member.
    """

    def __init__(
        self, training: Training, programs: Programs, callbacks: Sequence[keras.callbacks.Callback] = ()
    ) -> None:
        self._training, self._programs = training, programs
        keras.config.set_dtype_policy(training.precision)
        first, *others = training.job.members
        self._fits = {first.trial: self._begin(first, callbacks)}
        self._fits |= {member.trial: self._begin(member) for member in others}

    def progress(self, trial: int) -> Progress:
        return self._fits[trial].progress

    def step_seconds(self, trial: int) -> float | None:
        return self._fits[trial].step_seconds

    def use(self, trial: int) -> EngineUse:
        return EngineUse()

    def run_epoch(self, trials: Iterable[int]) -> dict[int, MetricValues | TrainingDivergedError]:
        return {trial: self._run_epoch(self._fits[trial]) for trial in trials}

    def resize(self, trial: int, fidelity: Fidelity) -> None:
        self._fits[trial].resize(fidelity)

    def leave(self, trial: int) -> None:
        self._programs.keep(self._fits.pop(trial).program)

    def snapshot(self, trial: int, file: BinaryIO) -> None:
        self._fits[trial].snapshot(file)

    def restore(self, trial: int, path: Path) -> None:
        self._fits[trial].restore(path)

    def save_best(self, trial: int, file: BinaryIO) -> None:
        self._fits[trial].save_best(file)

    def _run_epoch(self, fit: KerasFit) -> MetricValues | TrainingDivergedError:
        try:
            return fit.run_epoch()
        except TrainingDivergedError as error:
            return error

    def _begin(self, member: Member, callbacks: Sequence[keras.callbacks.Callback] = ()) -> KerasFit:
        """Start a member's training with initial weights that follow from its seed."""
        training, job, fidelity = self._training, self._training.job, member.fidelity
        seed = training.seed_of(member)
        keras.utils.set_random_seed(seed)
        task_training = training.task_training(member)
        examples = fidelity.round_examples if fidelity else len(training.train.x)
        return KerasFit(
            self._programs.take(job, member, training.task, task_training, examples, training.precision),
            member.plan,
            training.task,
            task_training,
            training.train,
            training.validation,
            seed=seed,
            objective=Objective(job.metric, job.direction),
            value_range=training.value_range,
            fold=training.fold,
            callbacks=callbacks,
            fidelity=fidelity,
        )
