"""The engine that compiles an epoch as one program, and trains networks of one architecture together."""

import sys
import traceback
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import jax
import keras

from cnnsearch.data import Split
from cnnsearch.training import program
from cnnsearch.training.augmentation.augmenter import can_be_applied_on_a_device
from cnnsearch.training.engine_use import EngineUse
from cnnsearch.training.engines.base import Engine, Training
from cnnsearch.training.engines.compiled.choice import are_patches_faster
from cnnsearch.training.engines.compiled.course import Course
from cnnsearch.training.engines.compiled.examples import Examples, ExamplesInBlocks, ExamplesOnDevice
from cnnsearch.training.engines.compiled.group import Group, Outcome
from cnnsearch.training.engines.compiled.network import Network
from cnnsearch.training.engines.compiled.programs import Programs
from cnnsearch.training.engines.keras_engine import KerasEngine
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.progress import Progress
from cnnsearch.training.structure import structure

_MOST_BYTES = 2**28
"""Larger splits are not copied to the device."""
_MOST_KEPT = 3


class CompiledEngine:
    """Train a job's members; see `Engine`.

    Members whose network cannot be compiled are trained by `fit`.

    Args:
        training: What to train.
        programs: The networks that this process has compiled.
        callbacks: Called during an epoch.
    """

    def __init__(
        self,
        training: Training,
        programs: program.Programs,
        callbacks: Sequence[keras.callbacks.Callback] = (),
    ) -> None:
        keras.config.set_dtype_policy(training.precision)
        self._training, self._kept, self._callbacks = training, programs, callbacks
        self._validation = Split(jax.device_put(training.validation.x), training.validation.y)
        self._x: Any = None
        alike: dict[str, list[Course]] = defaultdict(list)
        for member in training.job.members:
            course = Course(member, training)
            alike[_structure(course, training)].append(course)
        self._engines: dict[int, Engine] = {}
        for key, courses in alike.items():
            engine = self._start(key, courses)
            self._engines |= {course.member.trial: engine for course in courses}

    def progress(self, trial: int) -> Progress:
        return self._engines[trial].progress(trial)

    def step_seconds(self, trial: int) -> float | None:
        return self._engines[trial].step_seconds(trial)

    def use(self, trial: int) -> EngineUse:
        return self._engines[trial].use(trial)

    def run_epoch(self, trials: Iterable[int]) -> dict[int, Outcome]:
        shares: dict[Engine, list[int]] = defaultdict(list)
        for trial in trials:
            shares[self._engines[trial]].append(trial)
        found: dict[int, Outcome] = {}
        for engine, share in shares.items():
            found |= engine.run_epoch(share)
        return found

    def resize(self, trial: int, fidelity: Fidelity) -> None:
        self._engines[trial].resize(trial, fidelity)

    def leave(self, trial: int) -> None:
        self._engines.pop(trial).leave(trial)

    def snapshot(self, trial: int, file: BinaryIO) -> None:
        self._engines[trial].snapshot(trial, file)

    def restore(self, trial: int, path: Path) -> None:
        self._engines[trial].restore(trial, path)

    def save_best(self, trial: int, file: BinaryIO) -> None:
        self._engines[trial].save_best(trial, file)

    def _start(self, key: str, courses: Sequence[Course]) -> Engine:
        """Return the engine of members of one architecture."""
        if self._training.precision == "mixed_float16":
            return self._fit(courses, "mixed_float16 needs its loss scaled")
        try:
            programs = self._programs(key, courses[0])
            return Group(programs, courses, self._examples(courses), self._validation, self._tell)
        except jax.errors.JaxRuntimeError:
            raise
        except Exception as error:
            traceback.print_exc()
            self._kept.compiled.pop(key, None)
            return self._fit(courses, f"the network cannot be compiled: {error}".splitlines()[0])

    def _programs(self, key: str, course: Course) -> Programs:
        kept = self._kept.compiled
        found: Programs | None = kept.pop(key, None)
        if found is None:
            found = Programs(Network(course.member, course.task_training, has_patches=are_patches_faster()))
        kept[key] = found
        if len(kept) > _MOST_KEPT:
            del kept[next(iter(kept))]
        return found

    def _examples(self, courses: Sequence[Course]) -> Examples:
        x = self._training.train.x
        can_stay = can_be_applied_on_a_device(courses[0].plan.augmentation)
        if x.nbytes > _MOST_BYTES or not can_stay:
            return ExamplesInBlocks(x)
        if self._x is None:
            self._x = jax.device_put(x)
        return ExamplesOnDevice(self._x, courses)

    def _fit(self, courses: Sequence[Course], reason: str) -> Engine:
        job = self._training.job.with_members(course.member for course in courses)
        return _InsteadOf(replace(self._training, job=job), self._kept, self._callbacks, reason)

    def _tell(self, done: int, steps: int) -> None:
        """Report the steps of an epoch that are done."""
        for callback in self._callbacks:
            callback.set_params({"steps": steps})
            callback.on_train_batch_end(done - 1)


class _InsteadOf(KerasEngine):
    """`fit`, with the reason why it trains."""

    def __init__(
        self,
        training: Training,
        programs: program.Programs,
        callbacks: Sequence[keras.callbacks.Callback],
        reason: str,
    ) -> None:
        super().__init__(training, programs, callbacks)
        print(f"trained by fit: {reason}", file=sys.stderr)
        self._reason = reason

    def use(self, trial: int) -> EngineUse:
        return EngineUse(reason=self._reason)


def _structure(course: Course, training: Training) -> str:
    """Return everything that the programs of a member's group depend on."""
    job, task = training.job, training.task.model_dump_json()
    own = structure(course.member.architecture, course.plan)
    loss = f"{task} {job.class_weights} {course.task_training.constants}"
    return f"{own} {course.length} {loss} {training.precision}"
