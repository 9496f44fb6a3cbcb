"""Trials a minute with each engine: `python benchmarks/compiled.py [--data DATA] [--networks N]`.

The same networks of a space train for the same epochs: with TensorFlow's and JAX's `fit`, one or two at a
time in processes of their own, and with the compiled engine, alone or in groups, where each architecture is
trained with several plans. Compilation is included; the start of the process is not. Nothing is read from a
cache of compiled programs. MB: the peak of the memory, all processes together, without what a process takes
before its first training.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from candidates import feasible_for
from machine import header

from cnnsearch import load_data, load_space
from cnnsearch.data import open_stored
from cnnsearch.space import Candidate
from cnnsearch.training.backend import Backend, environment, load_keras
from cnnsearch.training.protocol import EngineName, Member, Train, Verdict
from cnnsearch.training.store import FolderStore


@dataclass(frozen=True)
class Row:
    """A way to train."""

    backend: Backend
    engine: EngineName
    processes: int = 1
    group: int = 1


ROWS = {
    "TensorFlow fit": Row("tensorflow", "fit"),
    "TensorFlow fit, 2 workers": Row("tensorflow", "fit", processes=2),
    "JAX fit": Row("jax", "fit"),
    "compiled": Row("jax", "compiled"),
    "compiled, groups of 8": Row("jax", "compiled", group=8),
    "compiled, groups of 8, 2 workers": Row("jax", "compiled", processes=2, group=8),
    "compiled, groups of 16": Row("jax", "compiled", group=16),
    "TensorFlow fit, 2 workers, 3 seeds each": Row("tensorflow", "fit", processes=2, group=3),
    "compiled, 3 seeds each together": Row("jax", "compiled", group=3),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="digits")
    parser.add_argument("--space", default="plain")
    parser.add_argument("--networks", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW")
    parser.add_argument("--worker", nargs=2, metavar=("ROW", "NUMBER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(ROWS[options.worker[0]], int(options.worker[1]), options)
        return
    print(
        f"{header()}\n{options.data}, {options.networks} networks of {options.space}, {options.epochs} epochs"
    )
    print(f"\n| engine | seconds | trials | trials/minute | accuracy | MB | device |\n|{' --- |' * 7}")
    for name in options.rows:
        found = measured(name, options)
        seconds, trials = max(each["seconds"] for each in found), sum(each["trials"] for each in found)
        best = max(each["accuracy"] for each in found)
        rate, memory = 60 * trials / seconds, sum(each["memory"] for each in found) / 1e6
        print(
            f"| {name} | {seconds:.1f} | {trials} | {rate:.1f} | {best:.3f} | {memory:.0f} "
            f"| {found[0]['device']} |",
            flush=True,
        )


def measured(name: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Run the processes of a row side by side."""
    command = [sys.executable, __file__, "--data", options.data, "--space", options.space]
    command += ["--networks", str(options.networks), "--epochs", str(options.epochs)]
    with tempfile.TemporaryDirectory() as cache:
        chosen = {**os.environ, "JAX_COMPILATION_CACHE_DIR": cache}
        running = [
            subprocess.Popen([*command, "--worker", name, str(number)], env=chosen, stdout=subprocess.PIPE)
            for number in range(ROWS[name].processes)
        ]
        return [json.loads(each.communicate()[0]) for each in running]


def work(row: Row, number: int, options: argparse.Namespace) -> None:
    """Train one process's share of the networks, and print the result."""
    os.environ.update(environment(row.backend, os.cpu_count() // row.processes) | dict(_cache()))
    keras = load_keras(row.backend)
    from cnnsearch.training.job import forget_models, run_job
    from cnnsearch.training.program import Programs

    with tempfile.TemporaryDirectory() as folder:
        stored = load_data(options.data).store(Path(folder))
        candidates = list(
            islice(feasible_for(open_stored(stored), load_space(options.space)), options.networks)
        )
        for place in range(row.group):
            Path(folder, str(place)).mkdir()
        programs, trials, best = Programs(), 0, 0.0
        at_first = peak_memory(row.backend)
        started = time.perf_counter()
        for candidate in candidates[number :: row.processes]:
            for job in make_jobs(candidate, row, stored.name, options.epochs):
                store = FolderStore(Path(folder), Path(folder))
                for result in run_job(job, store, "float32", go_on, programs):
                    trials, best = trials + 1, max(best, result.metrics.get("validation_accuracy", 0.0))
                forget_models()
        seconds = time.perf_counter() - started
    device = keras.distribution.list_devices()[0]
    found = {"seconds": seconds, "trials": trials, "accuracy": best, "device": device}
    print(json.dumps(found | {"memory": peak_memory(row.backend) - at_first}))


def peak_memory(backend: Backend) -> int:
    """Return the most bytes that were in use: on the accelerator where JAX has one, else of the process."""
    if backend == "jax":
        import jax

        if "peak_bytes_in_use" in (found := jax.devices()[0].memory_stats() or {}):
            return int(found["peak_bytes_in_use"])
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def make_jobs(candidate: Candidate, row: Row, data: str, epochs: int) -> Iterator[Train]:
    """Return jobs that train an architecture as often as a group has members: one, or for `fit` one each."""
    members = [
        Member(trial=number, candidate=planned, place=f"{number}", epochs=epochs, seed=number)
        for number, planned in enumerate(islice(with_other_rates(candidate), row.group))
    ]
    chosen = {"metric": "validation_accuracy", "direction": "maximize", "engine": row.engine}
    for part in [members] if row.engine == "compiled" else [[member] for member in members]:
        yield Train(members=tuple(part), data=data, **chosen)


def with_other_rates(candidate: Candidate) -> Iterator[Candidate]:
    """Return a candidate again and again, with a learning rate that differs."""
    optimizer, factor = candidate.training.optimizer, 1.0
    while True:
        rate = optimizer.learning_rate * factor
        changed = {"optimizer": optimizer.model_copy(update={"learning_rate": rate}), "augmentation": ()}
        yield candidate.model_copy(update={"training": candidate.training.model_copy(update=changed)})
        factor *= 0.7


def go_on(reports: Sequence[Any]) -> dict[int, Verdict]:
    return {report.trial: Verdict(trial=report.trial, decision="continue") for report in reports}


def _cache() -> Iterator[tuple[str, str]]:
    name = "JAX_COMPILATION_CACHE_DIR"
    if name in os.environ:
        yield name, os.environ[name]


if __name__ == "__main__":
    main()
