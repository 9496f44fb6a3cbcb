"""A dataset -> what the history recommends for it, within limits on size and latency."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cnnsearch.bundle.metrics import Latency
from cnnsearch.data import Dataset, DatasetSummary
from cnnsearch.data.store import StoredData
from cnnsearch.errors import KnowledgeError
from cnnsearch.finish.latencies import LatencyRequest, measured_latencies
from cnnsearch.knowledge.advice import Advice, Wish, advise
from cnnsearch.knowledge.feature_cache import known_features
from cnnsearch.knowledge.history import read_history
from cnnsearch.search.rates import Rates
from cnnsearch.space.constraints import Constraints
from cnnsearch.study.settings import Settings
from cnnsearch.study.storage import DATASETS

MOST_MEASURED = 30
"""Networks whose latency is measured, at most."""


@dataclass(frozen=True)
class Recommended:
    """The advice for a dataset, with measured latencies.

    Attributes:
        advice: The advice.
        latencies: The latency of each recommendation by its place, if there is a limit.
        summary: The summary of the dataset.
    """

    advice: Advice
    latencies: Mapping[int, Latency]
    summary: DatasetSummary


def recommended(settings: Settings, dataset: Dataset, runs: Path, size: int) -> Recommended:
    """Return the networks that the history recommends for a dataset.

    Args:
        settings: Limits on weights, MACs, memory and latency, and the backend.
        dataset: The dataset.
        runs: The folder of all studies, whose experiences count.
        size: The number of networks, at most.

    Raises:
        KnowledgeError: Nothing is known of such data, or no network is within the limits.
        SearchError: The latencies could not be measured.
    """
    summary = dataset.summary
    wish = Wish(
        summary,
        known_features(StoredData(summary, dataset.train, dataset.validation)),
        size if settings.max_latency is None else MOST_MEASURED,
        Constraints(settings.limits),
        Rates(settings.backend, settings.precision),
    )
    advice = advise(read_history(runs), wish)
    if settings.max_latency is None:
        return Recommended(advice, {}, summary)
    return _within_latency(advice, settings, dataset, runs, size)


def _within_latency(
    advice: Advice, settings: Settings, dataset: Dataset, runs: Path, size: int
) -> Recommended:
    assert settings.max_latency is not None
    candidates = {place: each.candidate for place, each in enumerate(advice.recommendations)}
    data = dataset.store(runs / DATASETS)
    request = LatencyRequest(candidates, data, enough=size, limit=settings.max_latency)
    measured = measured_latencies(request, settings.backend)
    fast = [place for place, latency in sorted(measured.items()) if latency.median <= settings.max_latency]
    if not fast:
        least = min(latency.median for latency in measured.values())
        raise KnowledgeError(
            f"--max-latency: none of the {len(measured)} best known networks takes at most "
            f"{1e3 * settings.max_latency:.3g} ms on this machine; the fastest takes {1e3 * least:.3g} ms"
        )
    kept = tuple(advice.recommendations[place] for place in fast)
    latencies = {number: measured[place] for number, place in enumerate(fast)}
    return Recommended(replace(advice, recommendations=kept), latencies, dataset.summary)
