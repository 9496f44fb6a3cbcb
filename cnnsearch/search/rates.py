"""Measured speeds of this machine, kept in the user's cache for later searches."""

import hashlib
import json
import platform
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter

from cnnsearch.caching import cache_folder
from cnnsearch.cores import num_cores
from cnnsearch.errors import StudyError
from cnnsearch.search.cost_model import ClockedStep, CostModel, matrix_rate
from cnnsearch.study.storage import read_as, write_json

MOST_STEPS = 400
_STEPS = TypeAdapter(list[ClockedStep])


class Rates:
    """The steps measured on this machine, by backend, precision and number of trials that share its cores.

    Args:
        backend: Keras's backend.
        precision: The precision of training.
        workers: Number of concurrent trials.
    """

    def __init__(self, backend: str, precision: str, workers: int = 1) -> None:
        self._key = (backend, precision, workers)
        machine = (*_machine(), *self._key)
        digest = hashlib.sha256(json.dumps(machine).encode()).hexdigest()
        self._file = cache_folder() / "rates" / f"{digest[:16]}.json"

    def for_workers(self, workers: int) -> "Rates":
        """Return the rates of the same machine with another number of concurrent trials."""
        backend, precision, _ = self._key
        return Rates(backend, precision, workers)

    @cached_property
    def flops(self) -> float:
        """Operations per second of a matrix product, on a worker's share of the cores."""
        return matrix_rate() / self._key[2]

    def known(self) -> list[ClockedStep]:
        """Return the measured steps; a damaged file counts as none."""
        if not self._file.exists():
            return []
        with suppress(StudyError):
            return read_as(self._file, _STEPS)
        return []

    def model(self) -> CostModel:
        """Return the cost model fitted to these steps."""
        return CostModel(self.flops, self.known())

    def add(self, steps: Iterable[ClockedStep]) -> None:
        """Store steps: the last one for each network and batch size, and only the newest of all.

        A file that cannot be written is ignored: a search does not fail because of it.
        """
        latest = {(step.workload, step.batch_size): step for step in (*self.known(), *steps)}
        kept = list(latest.values())[-MOST_STEPS:]
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._file, _STEPS.dump_python(kept, mode="json"), durable=False)


def _machine() -> tuple[str, ...]:
    """Return what determines the speed of this machine: processor, cores, accelerators."""
    information = Path("/proc/cpuinfo")
    text = information.read_text(encoding="utf-8") if information.exists() else ""
    models = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    cards = sorted(path.name for path in Path("/proc/driver/nvidia/gpus").glob("*"))
    return (models[0] if models else platform.processor(), platform.machine(), str(num_cores()), *cards)
