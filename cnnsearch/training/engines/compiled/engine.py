"""The engine that compiles an epoch as one program, and trains networks of one architecture together."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import jax
import keras

from cnnsearch.data import Split
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.training import program
from cnnsearch.training.checkpoint import read_checkpoint, write_checkpoint, write_weights
from cnnsearch.training.engines.base import Training
from cnnsearch.training.engines.compiled.course import Course
from cnnsearch.training.engines.compiled.examples import ExamplesInBlocks, ExamplesOnDevice
from cnnsearch.training.engines.compiled.group import Group, Outcome
from cnnsearch.training.engines.compiled.network import Network
from cnnsearch.training.engines.compiled.programs import Programs
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.progress import Progress

_MOST_BYTES = 2**28
"""Larger splits are not copied to the device."""
_RATES = ("dropout", "spatial_dropout", "stochastic_depth")
"""Fields of blocks in which the members of a group may differ."""


class CompiledEngine:
    """Train a job's members; see `Engine`.

    Args:
        training: What to train.
        programs: The networks that this process has compiled.
        callbacks: Called after steps, with the last of them.
    """

    def __init__(
        self,
        training: Training,
        programs: program.Programs,
        callbacks: Sequence[keras.callbacks.Callback] = (),
    ) -> None:
        keras.config.set_dtype_policy(training.precision)
        self._training, self._callbacks = training, callbacks
        validation = Split(jax.device_put(training.validation.x), training.validation.y)
        begun: dict[str, dict[int, Any]] = defaultdict(dict)
        for member in training.job.members:
            course = Course(member, training)
            begun[_structure(course)][member.trial] = course
        on_device = None
        self._groups: dict[int, Group] = {}
        for courses in begun.values():
            first = next(iter(courses.values()))
            network = Network(first.member, first.task_training, has_patches=True)
            if first.plan.augmentation or training.train.x.nbytes > _MOST_BYTES:
                examples: Any = ExamplesInBlocks(training.train.x)
            else:
                on_device = jax.device_put(training.train.x) if on_device is None else on_device
                examples = ExamplesOnDevice(on_device, list(courses.values()))
            members = {}
            for trial, course in courses.items():
                course.seed_layers()
                members[trial] = (course, *network.begin(course.member))
            group = Group(Programs(network), members, examples, validation, self._tell)
            self._groups |= dict.fromkeys(courses, group)

    def progress(self, trial: int) -> Progress:
        return self._groups[trial].course(trial).progress

    def step_seconds(self, trial: int) -> float | None:
        return self._groups[trial].step_seconds

    def run_epoch(self, trials: Iterable[int]) -> dict[int, Outcome]:
        of_groups: dict[int, list[int]] = defaultdict(list)
        for trial in trials:
            of_groups[id(self._groups[trial])].append(trial)
        found: dict[int, Outcome] = {}
        for members in of_groups.values():
            found |= self._groups[members[0]].run_epoch(members)
        return found

    def resize(self, trial: int, fidelity: Fidelity) -> None:
        self._groups[trial].course(trial).resize(fidelity)

    def leave(self, trial: int) -> None:
        self._groups.pop(trial).leave(trial)

    def snapshot(self, trial: int, file: BinaryIO) -> None:
        write_checkpoint(file, self._groups[trial].checkpoint(trial))

    def restore(self, trial: int, path: Path) -> None:
        self._groups[trial].restore(trial, read_checkpoint(path))

    def save_best(self, trial: int, file: BinaryIO) -> None:
        write_weights(file, self._groups[trial].best_weights(trial))

    def _tell(self, share: float) -> None:
        for callback in self._callbacks:
            callback.on_train_batch_end(share)


def _structure(course: Course) -> str:
    """Return everything in which the members of a group agree."""
    plan: TrainingPlan = course.plan
    optimizer = plan.optimizer.model_dump(mode="json", exclude={"learning_rate"})
    settings = {
        name: value if name in ("type", "clipnorm", "nesterov", "centered") else bool(value)
        for name, value in optimizer.items()
    }
    architecture = _without_rates(course.member.architecture.model_dump(mode="json"))
    sizes = [plan.batch_size, course.length, bool(plan.augmentation)]
    return json.dumps([architecture, settings, sizes, plan.loss], sort_keys=True)


def _without_rates(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: bool(each) if name in _RATES else _without_rates(each) for name, each in part.items()}
    return [_without_rates(each) for each in part] if isinstance(part, list) else part
