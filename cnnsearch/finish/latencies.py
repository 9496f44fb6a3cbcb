"""Latencies of trials on request, measured in one process on their architectures with random weights.

Neither trained weights nor the test split are read; latency does not depend on them.
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
    """Measure some of a study's networks in a separate process, and return each `Latency` as a dict.

    Raises:
        MissingDependencyError: The study's backend is not installed.
        SearchError: The measurement failed.
    """
    request, settings = LatencyRequest(study, tuple(trials)), environment(study.settings.backend)
    latencies = Call(
        "cnnsearch.finish.latency:measure_trials", request, _LATENCIES, environment=settings, keras=True
    ).result()
    return {trial: latency.model_dump() for trial, latency in latencies.items()}
