"""The latencies of trials on request: networks of their architectures, with random weights, in one process.

Neither trained weights nor the test split are read: how long an answer takes does not depend on them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from cnnsearch.rpc import Call
from cnnsearch.study.folder import Study
from cnnsearch.training.backend import environment


@dataclass(frozen=True)
class Latency:
    """What a network needs for one answer.

    Attributes:
        median: Seconds.
        p95: Seconds within which 95 of 100 answers come.
        batch: Examples in an answer.
        runs: How often it was measured.
        machine: Where.
    """

    median: float
    p95: float
    batch: int
    runs: int
    machine: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class LatencyRequest:
    """The trials of a study to measure."""

    study: Study
    trials: tuple[int, ...]


_LATENCIES = TypeAdapter(dict[int, Latency])


def latencies_of(study: Study, trials: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Measure some of a study's networks in a process of their own: median, p95, runs and machine.

    Raises:
        MissingDependencyError: The study's backend is not installed.
        SearchError: They could not be measured.
    """
    request, settings = LatencyRequest(study, tuple(trials)), environment(study.settings.backend)
    found = Call(
        "cnnsearch.finish.latency:measure_trials", request, _LATENCIES, environment=settings, keras=True
    ).result()
    return {trial: latency.as_dict() for trial, latency in found.items()}
