"""The latencies of trials on request: networks of their architectures, with random weights, in one process.

Neither trained weights nor the test split are read: how long an answer takes does not depend on them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from cnnsearch.bundle.metrics import Latency
from cnnsearch.rpc import Call
from cnnsearch.study.folder import Study
from cnnsearch.training.backend import environment


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
    return {trial: latency.model_dump() for trial, latency in found.items()}
