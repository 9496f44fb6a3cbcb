"""The programs of several networks of one architecture, compiled for each shape of their inputs."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cnnsearch.training.engines.compiled.network import Array, Batch, Network, State, Sums
from cnnsearch.training.engines.compiled.numbers import Numbers

Fetch = Callable[[Any, Any], Batch]
"""(what all members share, the inputs of a member's step) -> the batch of the step."""
Tree = Any
"""Arrays in nested tuples, lists and mappings."""
_OF_CPU = {"xla_backend_optimization_level": 1, "xla_cpu_use_fusion_emitters": False}


class Programs:
    """Compiled on their first call. What belongs to members has a leading dimension of members.

    Args:
        network: The network.

    Attributes:
        network: The network.
        most: The number of members that fit into memory together, as far as is known.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.most = sys.maxsize
        self._compiled: dict[Any, Future[Callable[..., Any]]] = {}
        self._threads: ThreadPoolExecutor | None = None

    def steps(
        self,
        fetch: Fetch,
        shared: Tree,
        between: tuple[int, int],
        state: State,
        sums: Sums,
        numbers: Numbers,
        inputs: Tree,
        rates: Array,
    ) -> tuple[State, Sums]:
        """Train a number of steps.

        Args:
            fetch: Returns the examples of a step.
            shared: What all members share.
            between: The first step, and the step after the last one.
            state: The members' states.
            sums: Their totals before the first of these steps.
            numbers: Their numbers.
            inputs: `(members, steps, ...)`.
            rates: The learning rates, `(members, steps)`.
        """

        def program(shared: Tree, start: Array, stop: Array, *of_members: Tree) -> Tree:
            def train(state: State, sums: Sums, numbers: Numbers, inputs: Tree, rates: Array) -> Tree:
                def body(step: Array, carry: tuple[State, Sums]) -> tuple[State, Sums]:
                    batch = fetch(shared, jax.tree.map(lambda each: each[step], inputs))
                    return self.network.step(*carry, batch, rates[step], numbers)

                return lax.fori_loop(start, stop, body, (state, sums))

            return over_members(train, *of_members)

        bounds = np.int32(between[0]), np.int32(between[1])
        arguments = (shared, *bounds, state, sums, numbers, inputs, rates)
        trained: tuple[State, Sums] = self._run("steps", fetch, program, *arguments)
        return trained

    def results(self, sums: Sums) -> list[Array]:
        """Return the mean loss and the metrics of each member, `(members,)`; see `Network.names`."""
        found: list[Array] = self._run(
            "results", None, lambda sums: over_members(self.network.results, sums), sums
        )
        return found

    def outputs(self, state: State, x: Array, chosen: Array) -> Array:
        """Return the outputs of examples.

        Args:
            state: The members' states.
            x: The examples.
            chosen: `(batches, batch)`, positions.

        Returns:
            `(members, batches, batch, ...)`.
        """

        def program(x: Array, chosen: Array, state: State) -> Array:
            def predict(state: State) -> Array:
                return lax.map(lambda batch: self.network.outputs(state, x[batch]), chosen)

            return over_members(predict, state)

        return self._run("outputs", None, program, x, chosen, state)

    def begun(self, state: State, is_first: Array, steps: int) -> State:
        """Correct the moving statistics of the members that have finished their first epoch.

        Args:
            state: The members' states.
            is_first: `(members,)`.
            steps: The number of steps in an epoch.
        """

        def correct(state: State, is_first: Array) -> Tree:
            corrected = self.network.without_initial_values(state, steps)
            return jax.tree.map(lambda new, old: jnp.where(is_first, new, old), corrected, state)

        def program(*of_members: Tree) -> Tree:
            return over_members(correct, *of_members)

        corrected: State = self._run("begun", steps, program, state, is_first)
        return corrected

    def improved(self, best: Tree, weights: Tree, is_best: Array) -> Tree:
        """Replace the best weights of some members: `(members,)`."""

        def program(best: Tree, weights: Tree, is_best: Array) -> Tree:
            def chosen(new: Array, old: Array) -> Array:
                return jnp.where(is_best.reshape(-1, *[1] * (new.ndim - 1)), new, old)

            return jax.tree.map(chosen, weights, best)

        return self._run("improved", None, program, best, weights, is_best)

    @contextmanager
    def compiling(self) -> Iterator[None]:
        """Only compile the programs that are called, side by side; their results are None."""
        try:
            with ThreadPoolExecutor() as self._threads:
                yield
        finally:
            self._threads = None
        failed = [key for key, program in self._compiled.items() if program.exception()]
        for program in [self._compiled.pop(key) for key in failed]:
            program.result()  # raises what went wrong

    def _run(self, name: str, variant: Any, program: Callable[..., Tree], *arguments: Tree) -> Tree:
        """Call a program, compiled for the shapes and types of its arguments."""
        leaves, structure = jax.tree.flatten(arguments)
        key = (name, variant, structure, tuple((leaf.shape, leaf.dtype) for leaf in leaves))
        if self._threads is not None:
            if key not in self._compiled:
                lowered = jax.jit(program).lower(*arguments)
                self._compiled[key] = self._threads.submit(_compile, lowered)
            return None
        if key not in self._compiled:
            with self.compiling():
                self._run(name, variant, program, *arguments)
        return self._compiled[key].result()(*arguments)


def _on_cpu() -> bool:
    return bool(jax.default_backend() == "cpu")


def _compile(lowered: Any) -> Any:
    """Compile for a CPU with settings that take half the time, for programs that are not slower."""
    if _on_cpu():
        with contextlib.suppress(jax.errors.JaxRuntimeError):  # another version of XLA may not have them
            return lowered.compile(_OF_CPU)
    return lowered.compile()


@jax.jit  # type: ignore[untyped-decorator]
def rows(tree: Tree, chosen: Array) -> Tree:
    """Return some members, in this order."""
    return jax.tree.map(lambda each: each[chosen], tree)


@jax.jit  # type: ignore[untyped-decorator]
def with_rows(tree: Tree, chosen: Array, others: Tree) -> Tree:
    """Replace some members."""
    return jax.tree.map(lambda each, other: each.at[chosen].set(other[: len(chosen)]), tree, others)


def stacked(trees: list[Tree]) -> Tree:
    """Return one tree with a leading dimension of members, in main memory."""
    return jax.tree.map(lambda *each: np.stack(each), *trees)


def over_members(function: Callable[..., Tree], *of_members: Tree) -> Tree:
    """Call a function with the arguments of each member: side by side on an accelerator, which has room for
    that; one after another on a CPU, whose products of larger matrices are faster than those of many."""
    if _on_cpu():
        return lax.map(lambda arguments: function(*arguments), of_members)
    return jax.vmap(function)(*of_members)
