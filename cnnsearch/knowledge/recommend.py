"""A dataset -> what the history recommends for it, within limits on size and latency."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnnsearch.bundle.metrics import Latency
from cnnsearch.data import DataArgument, Dataset
from cnnsearch.data.sources.memory import IN_MEMORY
from cnnsearch.errors import KnowledgeError
from cnnsearch.finish.latencies import LatencyRequest, measured_latencies
from cnnsearch.knowledge.feature_cache import known_features
from cnnsearch.knowledge.history import read_history
from cnnsearch.knowledge.ranking import Recommendation, Recommendations, Request, rank_networks
from cnnsearch.search.rates import Rates
from cnnsearch.search.study_data import load_study_data
from cnnsearch.space.constraints import Constraints
from cnnsearch.study.settings import Settings, checked_settings

TOP = 10
"""Networks that are recommended unless another number is given."""
MOST_MEASURED = 30
"""Networks whose latency is measured, at most."""


@dataclass(frozen=True)
class Recommended:
    """Networks for a dataset.

    Attributes:
        recommendations: The networks, and what they are derived from.
        latencies: The latency of each recommendation by its place, if there is a limit.
        dataset: The dataset.
    """

    recommendations: Recommendations
    latencies: Mapping[int, Latency]
    dataset: Dataset

    @property
    def networks(self) -> tuple[Recommendation, ...]:
        """The networks, in the order in which to train them."""
        return self.recommendations.networks


def recommended(data: DataArgument, runs: Path, top: int, given: Mapping[str, Any]) -> Recommended:
    """Return the networks that the history recommends for a dataset; nothing is trained.

    Args:
        data: The dataset, or the argument that names it.
        runs: The folder of all studies, whose experiences count, and where decoded images are stored.
        top: The number of networks, at most.
        given: Settings of a search that concern the data, the machine, or limits on networks.

    Raises:
        InputError: The data or a setting is invalid.
        KnowledgeError: Nothing is known of such data, or no network is within the limits.
        SearchError: The latencies could not be measured.
    """
    name = str(data) if isinstance(data, str | Path) else IN_MEMORY
    settings = checked_settings({"space": "auto", "data": name, **given})
    dataset = load_study_data(settings, data, runs)
    request = Request(
        dataset.summary,
        known_features(dataset),
        top if settings.max_latency is None else max(top, MOST_MEASURED),
        Constraints(settings.limits),
        Rates(settings.backend, settings.precision),
    )
    found = rank_networks(read_history(runs), request)
    if settings.max_latency is None:
        return Recommended(found, {}, dataset)
    return _within_latency(found, settings, dataset, top)


def _within_latency(found: Recommendations, settings: Settings, dataset: Dataset, top: int) -> Recommended:
    limit = settings.max_latency
    assert limit is not None
    candidates = {place: each.candidate for place, each in enumerate(found.networks)}
    examples = dataset.train.x
    request = LatencyRequest(candidates, examples.shape[1:], str(examples.dtype), enough=top, limit=limit)
    measured = measured_latencies(request, settings.backend)
    fast = [place for place, latency in sorted(measured.items()) if latency.median <= limit]
    if not fast:
        least = min(latency.median for latency in measured.values())
        raise KnowledgeError(
            f"--max-latency: none of the {len(measured)} best known networks takes at most "
            f"{1e3 * limit:.3g} ms on this machine; the fastest takes {1e3 * least:.3g} ms"
        )
    kept = tuple(found.networks[place] for place in fast)
    latencies = {number: measured[place] for number, place in enumerate(fast)}
    return Recommended(replace(found, networks=kept), latencies, dataset)
