"""Members of a job that train as one program: their states side by side on the device."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split
from cnnsearch.tasks.metric import Values
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.engines.base import TrainingDivergedError
from cnnsearch.training.engines.compiled.course import Course
from cnnsearch.training.engines.compiled.examples import Block, Examples
from cnnsearch.training.engines.compiled.network import Array, State, Sums, Weights
from cnnsearch.training.engines.compiled.numbers import Numbers
from cnnsearch.training.engines.compiled.programs import Programs, Tree, rows, stacked, with_rows
from cnnsearch.training.fidelity import Indices
from cnnsearch.training.input_pipeline import num_batches
from cnnsearch.training.protocol import MetricValues

_FIRST_STEPS = 16  # until the first report of the progress within an epoch
_TOLD_EVERY = 1.0  # seconds between later ones
_VALIDATION_BATCH_ELEMENTS = 2**20
_FULL = "RESOURCE_EXHAUSTED"
"""The word of XLA's errors where memory does not suffice."""

Outcome = MetricValues | TrainingDivergedError


class Group:
    """Train members of one architecture together, epoch by epoch.

    Args:
        programs: The programs of their architecture.
        begun: By trial, the course of each member, its state before the first step, and its numbers.
        examples: The examples to train on.
        validation: The examples to validate on, x on the device.
        tell: Called with the finished share of an epoch.

    Attributes:
        step_seconds: The duration of a step in the last epoch, divided by the number of members.
        most: The number of members that fit into memory together, as far as is known.
    """

    def __init__(
        self,
        programs: Programs,
        begun: Mapping[int, tuple[Course, State, Numbers]],
        examples: Examples,
        validation: Split,
        tell: Callable[[float], None],
    ) -> None:
        self._programs, self._examples, self._validation, self._tell = programs, examples, validation, tell
        self._courses = {trial: course for trial, (course, _, _) in begun.items()}
        self._rows = {trial: row for row, trial in enumerate(begun)}
        states, numbers = [each for _, each, _ in begun.values()], [each for _, _, each in begun.values()]
        self._state, self._numbers = stacked(states), stacked(numbers)
        self._best = programs.network.weights(self._state)
        self._copied: tuple[State, list[Array]] | None = None
        self._count, self._sizes = len(begun), set[int]()
        self._steps_at_once = _FIRST_STEPS
        self._epoch_seconds = self._longest_compilation = 0.0
        self.step_seconds: float | None = None
        self.most = len(begun)

    def course(self, trial: int) -> Course:
        """Return the course of a member."""
        return self._courses[trial]

    def leave(self, trial: int) -> None:
        """Forget a member."""
        del self._courses[trial], self._rows[trial]

    def run_epoch(self, trials: Sequence[int]) -> dict[int, Outcome]:
        """Train members for an epoch and validate them; in parts if memory does not suffice for all."""
        found: dict[int, Outcome] = {}
        left = list(trials)
        while left:
            part = left[: self.most]
            try:
                found |= self._run_epoch(part)
            except jax.errors.JaxRuntimeError as error:
                if _FULL not in str(error) or len(part) == 1:
                    raise
                self.most = len(part) // 2
                continue
            left = left[len(part) :]
        return found

    def checkpoint(self, trial: int) -> Checkpoint:
        """Return a member's complete state."""
        course, network = self._courses[trial], self._programs.network
        state, best = self._copy(trial)
        best_weights = best if course.progress.best_epoch else []
        return Checkpoint(course.progress, network.weights(state), state.optimizer, best_weights)

    def restore(self, trial: int, checkpoint: Checkpoint) -> None:
        """Load a complete state."""
        self._courses[trial].progress = checkpoint.progress
        state = self._programs.network.state(checkpoint.weights, checkpoint.optimizer)
        best = list(checkpoint.best_weights) or list(checkpoint.weights)
        self._put([trial], stacked([(state, best)]))

    def best_weights(self, trial: int) -> Weights:
        """Return the weights of a member's best epoch."""
        return self._copy(trial)[1]

    def _run_epoch(self, trials: list[int]) -> dict[int, Outcome]:
        courses = [self._courses[trial] for trial in trials]
        padded = courses + courses[:1] * (self._size(courses) - len(courses))
        state, trained = self._train(padded, trials)
        validated = self._validate(padded, state)
        found: dict[int, Outcome] = {}
        is_best = np.zeros(len(padded), bool)
        for row, (trial, course) in enumerate(zip(trials, courses, strict=True)):
            metrics = {name: float(values[row]) for name, values in trained.items()}
            metrics |= {f"validation_{name}": value for name, value in validated[row].items()}
            metrics["learning_rate"] = course.rate_at_end()
            found[trial] = metrics
            try:
                is_best[row] = course.finish_epoch(metrics)
            except TrainingDivergedError as error:
                found[trial] = error
        best = self._taken(trials, len(padded), self._best)
        weights = self._programs.network.weights(state)
        self._put(trials, (state, self._programs.improved(best, weights, is_best)))
        return found

    def _train(self, courses: Sequence[Course], trials: Sequence[int]) -> tuple[State, dict[str, Any]]:
        """Train an epoch and return the states and the results; courses may repeat the first one."""
        network, size = self._programs.network, len(courses)
        state, numbers = self._taken(trials, size, (self._state, self._numbers))
        seeds = np.stack([course.seeds(network.num_seeds) for course in courses], axis=1)
        state, sums = network.seeded(state, seeds), stacked([network.no_sums()] * size)
        blocks, rates = list(self._examples.blocks(courses)), np.stack([course.rates() for course in courses])
        if size not in self._sizes:
            self._compile(blocks, courses, state, sums, numbers, rates)
        started, steps = time.monotonic(), rates.shape[1]
        for block in blocks:
            inputs = block.inputs()
            for between in self._parts(block.steps):
                state, sums = self._steps(block, between, state, sums, numbers, inputs, rates)
                jax.block_until_ready(sums.loss)
                self._tell((block.first + between[1]) / steps)
        self._epoch_seconds = time.monotonic() - started
        self.step_seconds = self._epoch_seconds / steps / len(trials)
        is_first = np.array([course.epoch == 0 for course in courses])
        if is_first.any():
            state = self._programs.begun(state, is_first, steps)
        return state, self._programs.results(sums)

    def _compile(
        self,
        blocks: Sequence[Block],
        courses: Sequence[Course],
        state: State,
        sums: Sums,
        numbers: Numbers,
        rates: NDArray[np.float32],
    ) -> None:
        """Compile the programs of an epoch of a group of a new size."""
        started = time.monotonic()
        with self._programs.compiling():
            for block in {block.shape: block for block in blocks}.values():
                self._steps(block, (0, 1), state, sums, numbers, block.inputs(), rates)
            self._programs.outputs(state, self._validation.x, self._batches(courses[0].validated()))
        self._longest_compilation = max(self._longest_compilation, time.monotonic() - started)
        self._sizes.add(len(courses))

    def _steps(
        self,
        block: Block,
        between: tuple[int, int],
        state: State,
        sums: Sums,
        numbers: Numbers,
        inputs: Tree,
        rates: NDArray[np.float32],
    ) -> tuple[State, Sums]:
        """Train some steps of a block; rates are those of the epoch."""
        of_block = np.zeros((len(rates), block.shape[0]), np.float32)
        of_block[:, : block.steps] = rates[:, block.first : block.first + block.steps]
        fetch, shared = self._examples.fetch, self._examples.shared
        return self._programs.steps(fetch, shared, between, state, sums, numbers, inputs, of_block)

    def _validate(self, courses: Sequence[Course], state: State) -> list[Values]:
        """Return the values of each member's validation; most often all have the same examples."""
        chosen = [course.validated() for course in courses]
        outputs = {
            len(each): self._outputs(each, state) for each in {len(each): each for each in chosen}.values()
        }
        return [
            course.task_training.values(outputs[len(each)][row], self._validation.y[each])
            for row, (course, each) in enumerate(zip(courses, chosen, strict=True))
        ]

    def _outputs(self, chosen: Indices, state: State) -> NDArray[Any]:
        """Return the outputs of validation examples, `(members, examples, ...)`."""
        batches = self._batches(chosen)
        found: NDArray[Any] = jax.device_get(self._programs.outputs(state, self._validation.x, batches))
        return found.reshape(len(found), batches.size, *found.shape[3:])[:, : len(chosen)]

    def _batches(self, chosen: Indices) -> NDArray[np.int32]:
        """Divide validation examples into equal batches, some repeated at the end."""
        most = max(1, _VALIDATION_BATCH_ELEMENTS // self._validation.x[0].size)
        batches = num_batches(len(chosen), most)
        size = num_batches(len(chosen), batches)
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
        compiled = min((size for size in self._sizes if size >= len(courses)), default=None)
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
