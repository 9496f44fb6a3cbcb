"""What is known of this machine's speed, kept in the user's cache for later searches."""

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
    """The steps that were clocked on this machine, by backend, precision and how trials share its cores.

    Args:
        backend: Keras's.
        precision: Of the training.
        workers: Trials at a time.
    """

    def __init__(self, backend: str, precision: str, workers: int = 1) -> None:
        self._key = (backend, precision, workers)
        machine = (*_machine(), *self._key)
        digest = hashlib.sha256(json.dumps(machine).encode()).hexdigest()
        self._file = cache_folder() / "rates" / f"{digest[:16]}.json"

    def for_workers(self, workers: int) -> "Rates":
        """The same machine, shared by another number of trials."""
        backend, precision, _ = self._key
        return Rates(backend, precision, workers)

    @cached_property
    def flops(self) -> float:
        """Operations a second of a matrix product, on a worker's share of the cores."""
        return matrix_rate() / self._key[2]

    def known(self) -> list[ClockedStep]:
        """The steps clocked so far; a damaged file counts as none."""
        if not self._file.exists():
            return []
        with suppress(StudyError):
            return read_as(self._file, _STEPS)
        return []

    def model(self) -> CostModel:
        """The cost model that these steps give."""
        return CostModel(self.flops, self.known())

    def add(self, steps: Iterable[ClockedStep]) -> None:
        """Keeps steps; of the same network and batch size the last one, and of all the newest.

        What cannot be written is not kept: a search does not end for that.
        """
        latest = {(step.workload, step.batch_size): step for step in (*self.known(), *steps)}
        kept = list(latest.values())[-MOST_STEPS:]
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._file, _STEPS.dump_python(kept, mode="json"), durable=False)


def _machine() -> tuple[str, ...]:
    """What tells this machine's speed from another's: processor, cores, accelerators."""
    information = Path("/proc/cpuinfo")
    text = information.read_text(encoding="utf-8") if information.exists() else ""
    models = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    cards = sorted(path.name for path in Path("/proc/driver/nvidia/gpus").glob("*"))
    return (models[0] if models else platform.processor(), platform.machine(), str(num_cores()), *cards)
