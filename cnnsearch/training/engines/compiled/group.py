"""Members of a job that train as one program: an engine for networks of one architecture."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

import jax
import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split
from cnnsearch.tasks.arrays import parts_of
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.training import Measured
from cnnsearch.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint, write_weights
from cnnsearch.training.engine_use import EngineUse
from cnnsearch.training.engines.base import TrainingDivergedError
from cnnsearch.training.engines.compiled.course import Course
from cnnsearch.training.engines.compiled.examples import Block, Examples
from cnnsearch.training.engines.compiled.network import Array, State, Sums
from cnnsearch.training.engines.compiled.numbers import Numbers
from cnnsearch.training.engines.compiled.programs import Programs, Tree, rows, stacked, with_rows
from cnnsearch.training.fidelity import Fidelity, Indices
from cnnsearch.training.input_pipeline import num_batches, validation_batch_size
from cnnsearch.training.progress import Progress
from cnnsearch.training.protocol import MetricValues
from cnnsearch.training.validation import joined_values, measured_part, part_size

_FIRST_STEPS = 16  # until the first report of the progress within an epoch
_TOLD_EVERY = 1.0  # seconds between later ones
_FULL = "RESOURCE_EXHAUSTED"
"""The word of XLA's errors where memory does not suffice."""

T = TypeVar("T")
Outcome = MetricValues | TrainingDivergedError


class _Epoch(NamedTuple):
    """An epoch of some members.

    Attributes:
        courses: The members; the first one may be repeated at the end.
        state: Their states before it.
        sums: The totals before its first step.
        numbers: Their numbers.
        rates: The learning rates, `(members, steps)`.
        blocks: The steps.
    """

    courses: list[Course]
    state: State
    sums: Sums
    numbers: Numbers
    rates: NDArray[np.float32]
    blocks: list[Block]


class Group:
    """Train members of one architecture together; see `Engine`.

    Args:
        programs: The programs of their architecture.
        courses: The members.
        examples: The examples to train on.
        validation: The examples to validate on, x on the device.
        tell: Called with the number of finished steps of an epoch, and of all.
    """

    def __init__(
        self,
        programs: Programs,
        courses: Sequence[Course],
        examples: Examples,
        validation: Split,
        tell: Callable[[int, int], None],
    ) -> None:
        self._programs, self._examples, self._validation, self._tell = programs, examples, validation, tell
        self._courses = {course.member.trial: course for course in courses}
        self._rows = {trial: row for row, trial in enumerate(self._courses)}
        begun = [course.begin(programs.network) for course in courses]
        self._state, self._numbers = stacked(begun)
        self._best = programs.network.weights(self._state)
        self._copied: tuple[State, list[Array]] | None = None
        self._count, self._sizes = len(courses), set[int]()
        self._steps_at_once = _FIRST_STEPS
        self._epoch_seconds = self._longest_compilation = 0.0
        self._step_seconds: float | None = None
        self._compile_seconds = 0.0
        while not self._if_it_fits(min(self._count, programs.most), self._compile_first):
            pass

    def progress(self, trial: int) -> Progress:
        return self._courses[trial].progress

    def step_seconds(self, trial: int) -> float | None:
        return self._step_seconds

    def use(self, trial: int) -> EngineUse:
        seconds = self._compile_seconds / self._count
        return EngineUse(engine="compiled", group=self._count, compile_seconds=seconds)

    def run_epoch(self, trials: Iterable[int]) -> dict[int, Outcome]:
        """Train members; in parts if memory does not suffice for all."""
        found: dict[int, Outcome] = {}
        left = list(trials)
        while left:
            part = left[: self._programs.most]
            if (trained := self._if_it_fits(len(part), partial(self._run_epoch, part))) is not None:
                found |= trained
                left = left[len(part) :]
        return found

    def resize(self, trial: int, fidelity: Fidelity) -> None:
        self._courses[trial].resize(fidelity)

    def leave(self, trial: int) -> None:
        del self._courses[trial], self._rows[trial]

    def snapshot(self, trial: int, file: BinaryIO) -> None:
        course, network = self._courses[trial], self._programs.network
        state, best = self._copy(trial)
        best_weights = best if course.progress.best_epoch else []
        weights = network.weights(state)
        write_checkpoint(file, Checkpoint(course.progress, weights, state.optimizer, best_weights))

    def restore(self, trial: int, path: Path) -> None:
        checkpoint = read_checkpoint(path)
        self._courses[trial].progress = checkpoint.progress
        state = self._programs.network.state(checkpoint.weights, checkpoint.optimizer)
        best = list(checkpoint.best_weights) or list(checkpoint.weights)
        self._put([trial], stacked([(state, best)]))

    def save_best(self, trial: int, file: BinaryIO) -> None:
        write_weights(file, self._copy(trial)[1])

    def _if_it_fits(self, size: int, run: Callable[[], T]) -> T | None:
        """Return a result; if it fills the memory, halve the number of members that train together."""
        try:
            return run()
        except jax.errors.JaxRuntimeError as error:
            if _FULL not in str(error) or size == 1:
                raise
            self._programs.most = size // 2
            return None

    def _run_epoch(self, trials: Sequence[int]) -> dict[int, Outcome]:
        courses = [self._courses[trial] for trial in trials]
        epoch = self._epoch(trials, self._size(courses))
        if len(epoch.courses) not in self._sizes:
            self._compile(epoch)
        state, trained = self._train(epoch)
        self._step_seconds = self._epoch_seconds / courses[0].steps / len(trials)
        validated = self._validate(epoch.courses, state)
        found: dict[int, Outcome] = {}
        is_best = np.zeros(len(epoch.courses), bool)
        for row, (trial, course) in enumerate(zip(trials, courses, strict=True)):
            metrics = {name: float(values[row]) for name, values in trained.items()}
            metrics |= {f"validation_{name}": value for name, value in validated[row].items()}
            metrics["learning_rate"] = course.rate_at_end()
            found[trial] = metrics
            try:
                is_best[row] = course.finish_epoch(metrics)
            except TrainingDivergedError as error:
                found[trial] = error
        best = self._taken(trials, len(epoch.courses), self._best)
        weights = self._programs.network.weights(state)
        self._put(trials, (state, self._programs.improved(best, weights, is_best)))
        return found

    def _epoch(self, trials: Sequence[int], size: int) -> _Epoch:
        """Return the next epoch of members, the first one repeated up to a size."""
        network = self._programs.network
        courses = [self._courses[trial] for trial in trials]
        courses += courses[:1] * (size - len(courses))
        state, numbers = self._taken(trials, size, (self._state, self._numbers))
        seeds = np.stack([course.seeds(network.num_seeds) for course in courses], axis=1)
        return _Epoch(
            courses,
            network.seeded(state, seeds),
            stacked([network.no_sums()] * size),
            numbers,
            np.stack([course.rates() for course in courses]),
            list(self._examples.blocks(courses)),
        )

    def _compile_first(self) -> bool:
        """Compile the programs of as many members as may train together."""
        trials = list(self._courses)[: self._programs.most]
        self._compile(self._epoch(trials, len(trials)))
        return True

    def _compile(self, epoch: _Epoch) -> None:
        """Compile the programs of an epoch, side by side."""
        validated = epoch.courses[0].validated()
        started = time.monotonic()
        chosen = self._batches(validated[next(self._validated_parts(len(validated)))])
        is_any = np.zeros(len(epoch.courses), bool)
        with self._programs.compiling():
            first = epoch.blocks[0]
            self._steps(epoch, first, (0, 1), epoch.state, epoch.sums, first.inputs())
            self._programs.outputs(epoch.state, self._validation.x, chosen)
            self._programs.results(epoch.sums)
            self._programs.begun(epoch.state, is_any, epoch.rates.shape[1])
            weights = self._programs.network.weights(epoch.state)
            self._programs.improved(weights, weights, is_any)
        seconds = time.monotonic() - started
        self._compile_seconds += seconds
        self._longest_compilation = max(self._longest_compilation, seconds)
        self._sizes.add(len(epoch.courses))

    def _train(self, epoch: _Epoch) -> tuple[State, dict[str, Any]]:
        """Train an epoch and return the states and the results."""
        started, steps = time.monotonic(), epoch.rates.shape[1]
        state, sums = epoch.state, epoch.sums
        for block in epoch.blocks:
            inputs = block.inputs()
            for between in self._parts(block.steps):
                state, sums = self._steps(epoch, block, between, state, sums, inputs)
                jax.block_until_ready(sums.loss)
                self._tell(block.first + between[1], steps)
        self._epoch_seconds = time.monotonic() - started
        is_first = np.array([course.epoch == 0 for course in epoch.courses])
        if is_first.any():
            state = self._programs.begun(state, is_first, steps)
        results = jax.device_get(self._programs.results(sums))
        return state, dict(zip(self._programs.network.names, results, strict=True))

    def _steps(
        self,
        epoch: _Epoch,
        block: Block,
        between: tuple[int, int],
        state: State,
        sums: Sums,
        inputs: Tree,
    ) -> tuple[State, Sums]:
        """Train some steps of a block."""
        rates = np.zeros(jax.tree.leaves(inputs)[0].shape[:2], np.float32)
        rates[:, : block.steps] = epoch.rates[:, block.first : block.first + block.steps]
        fetch, shared = self._examples.fetch, self._examples.shared
        return self._programs.steps(fetch, shared, between, state, sums, epoch.numbers, inputs, rates)

    def _validate(self, courses: Sequence[Course], state: State) -> list[Values]:
        """Return the values of each member's validation; most often all have the same examples."""
        measured: list[list[Measured]] = [[] for _ in courses]
        chosen = [course.validated() for course in courses]
        for each in {len(each): each for each in chosen}.values():
            y = self._validation.y[each]
            for part in self._validated_parts(len(each)):
                outputs = self._outputs(each[part], state)
                for row, course in enumerate(courses):
                    if len(chosen[row]) == len(each):
                        found = measured_part(course.task_training, outputs[row], y, part)
                        measured[row].append(found)
        return [
            joined_values(course.task_training, parts)
            for course, parts in zip(courses, measured, strict=True)
        ]

    def _validated_parts(self, examples: int) -> Iterator[Indices]:
        """Divide validation examples such that their outputs fit in memory."""
        return parts_of(examples, part_size(examples, self._programs.network.output_shape, self._count))

    def _outputs(self, chosen: Indices, state: State) -> NDArray[Any]:
        """Return the outputs of validation examples, `(members, examples, ...)`."""
        batches = self._batches(chosen)
        found: NDArray[Any] = jax.device_get(self._programs.outputs(state, self._validation.x, batches))
        return found.reshape(len(found), batches.size, *found.shape[3:])[:, : len(chosen)]

    def _batches(self, chosen: Indices) -> NDArray[np.int32]:
        """Divide validation examples into equal batches, some repeated at the end."""
        size = validation_batch_size(len(chosen), self._validation.x.shape[1:])
        batches = num_batches(len(chosen), size)
        return np.resize(chosen, batches * size).astype(np.int32).reshape(batches, size)

    def _parts(self, count: int) -> Iterator[tuple[int, int]]:
        """Divide steps so that the progress is told about once a second."""
        start = 0
        while start < count:
            stop, begun = min(count, start + self._steps_at_once), time.monotonic()
            yield start, stop
            if stop - start == self._steps_at_once:
                ratio = _TOLD_EVERY / max(time.monotonic() - begun, 1e-6)
                self._steps_at_once = max(1, int(self._steps_at_once * min(ratio, 8.0)))
            start = stop

    def _size(self, courses: Sequence[Course]) -> int:
        """Return the size of the program to train members with: one that is compiled, unless a smaller one
        will save more time than its compilation takes."""
        fitting = (size for size in self._sizes if len(courses) <= size <= self._programs.most)
        compiled = min(fitting, default=None)
        smaller = 1 << (len(courses) - 1).bit_length()
        if compiled is None:
            return len(courses)
        is_worth_it = self._saved(smaller / compiled, courses) > self._longest_compilation
        return smaller if smaller < compiled and is_worth_it else compiled

    def _saved(self, share: float, courses: Sequence[Course]) -> float:
        """Return the seconds that a program saves whose epochs take a share of the current one's."""
        epochs = max(course.epochs - course.epoch for course in courses)
        return (1.0 - share) * self._epoch_seconds * epochs

    def _taken(self, trials: Sequence[int], size: int, tree: Tree) -> Tree:
        """Return the rows of members, the first one repeated up to a size."""
        places = [self._rows[trial] for trial in trials]
        places += places[:1] * (size - len(places))
        return tree if places == list(range(self._count)) else rows(tree, np.array(places))

    def _put(self, trials: Sequence[int], others: tuple[State, list[Array]]) -> None:
        """Replace the states and the best weights of members by the first rows of others."""
        places, now = [self._rows[trial] for trial in trials], (self._state, self._best)
        is_all = places == list(range(self._count))
        self._state, self._best = others if is_all else with_rows(now, np.array(places), others)
        self._copied = None

    def _copy(self, trial: int) -> tuple[State, list[NDArray[Any]]]:
        """Return a member's state and best weights in main memory; copied once an epoch for all members."""
        if self._copied is None:
            self._copied = jax.device_get((self._state, self._best))
        row = self._rows[trial]
        found: tuple[State, list[NDArray[Any]]] = jax.tree.map(lambda each: each[row], self._copied)
        return found
