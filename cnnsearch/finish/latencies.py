"""Latencies of networks on request, measured in one process on their architectures with random weights.

Neither trained weights nor the test split are read; latency does not depend on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from cnnsearch.bundle.metrics import Latency
from cnnsearch.data.store import read_summary
from cnnsearch.rpc import Call
from cnnsearch.space import AnyCandidate
from cnnsearch.study.folder import Study
from cnnsearch.training.backend import Backend, environment


@dataclass(frozen=True)
class LatencyRequest:
    """The networks to measure.

    Attributes:
        candidates: The networks, by number.
        shape: The shape of an example.
        dtype: The type of its values.
        enough: The number of networks within `limit` after which no more are measured; None: all are
            measured.
        limit: The largest median latency that is wanted, in seconds.
    """

    candidates: Mapping[int, AnyCandidate]
    shape: tuple[int, ...]
    dtype: str
    enough: int | None = None
    limit: float = 0.0


_LATENCIES = TypeAdapter(dict[int, Latency])


def measured_latencies(request: LatencyRequest, backend: Backend) -> dict[int, Latency]:
    """Measure networks in a separate process, and return their latencies by number.

    Raises:
        MissingDependencyError: The backend is not installed.
        SearchError: The measurement failed.
    """
    call = Call(
        "cnnsearch.finish.latency:measure_candidates",
        request,
        _LATENCIES,
        environment=environment(backend),
        keras=True,
    )
    return call.result()


def latencies_of(study: Study, trials: list[int]) -> dict[int, Latency]:
    """Measure some of a study's networks: see `measured_latencies`."""
    records = study.records()
    candidates = {number: records[number].trial.candidate for number in trials}
    summary = read_summary(study.data_folder)
    request = LatencyRequest(candidates, summary.input_shape, summary.dtype)
    return measured_latencies(request, study.settings.backend)
