"""Which finalist becomes the champion, by validation figures and latencies alone. No Keras, no test split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cnnsearch.durations import duration
from cnnsearch.errors import SearchError
from cnnsearch.search.finish_plan import FinishPlan
from cnnsearch.study.settings import Settings
from cnnsearch.tasks.scores import Spread


@dataclass(frozen=True)
class Contender:
    """A finalist, as the choice sees it.

    Attributes:
        trial: Its number.
        scores: The first objective over the retrainings; None where there were none.
        main_scores: The task's main metric over the retrainings, likewise.
        searched_score: The first objective, as searched.
        searched_main: The main metric, as searched.
        num_weights: The network's size.
        latency: Seconds, the median at batch 1.
    """

    trial: int
    scores: Spread | None
    main_scores: Spread | None
    searched_score: float
    searched_main: float
    num_weights: int
    latency: float

    @property
    def score(self) -> float:
        """The mean over retrainings; the search's own figure where there were none."""
        return self.scores.mean if self.scores else self.searched_score

    @property
    def main(self) -> float:
        """The main metric: the mean over retrainings, or the search's own value."""
        return self.main_scores.mean if self.main_scores else self.searched_main


@dataclass(frozen=True)
class Chosen:
    """The champion, and why."""

    trial: int
    rule: str


def choose(contenders: Sequence[Contender], settings: Settings, plan: FinishPlan, examples: int) -> Chosen:
    """Chooses the champion.

    `best`: the highest mean; of those within one standard error of that mean, the smallest network.
    `smallest`, `fastest`: of those whose main metric is within one standard error of the best one's, as the
    size of the validation split has it, the smallest network or the one that answers first.

    Args:
        contenders: The finalists, one at least. Those that were trained again go before those that were not:
            what the search itself found is biased upward.
        settings: The first objective.
        plan: The rule, and how long an answer may take.
        examples: The validation split's.

    Raises:
        SearchError: None answers in time; the message names the fastest.
    """
    quick = _quick(contenders, plan.max_latency)
    again = [contender for contender in quick if contender.scores] or quick
    sign = -1.0 if settings.direction == "maximize" else 1.0
    ranking = sorted(again, key=lambda c: (sign * c.score, c.num_weights, c.trial))
    first = ranking[0]
    if plan.pick == "best":
        margin = first.scores.standard_error if first.scores else 0.0
        near = [c for c in ranking if abs(c.score - first.score) <= margin]
        champion = min(near, key=lambda c: (c.num_weights, ranking.index(c)))
    else:
        metric = settings.main_metric
        margin = metric.standard_error(first.main, examples)
        near = [c for c in ranking if metric.is_as_good(c.main, first.main, margin)]
        champion = min(near, key=lambda c: (_COSTS[plan.pick](c), ranking.index(c)))
    return Chosen(champion.trial, _rule(champion, first, margin, settings, plan))


_COSTS: dict[str, Callable[[Contender], float]] = {
    "smallest": lambda contender: contender.num_weights,
    "fastest": lambda contender: contender.latency,
}
_NAMES = {
    "best": "the smallest network",
    "smallest": "the smallest network",
    "fastest": "the fastest network",
}


def _quick(contenders: Sequence[Contender], limit: float | None) -> list[Contender]:
    quick = [contender for contender in contenders if limit is None or contender.latency <= limit]
    if not quick:
        fastest = min(contenders, key=lambda contender: contender.latency)
        raise SearchError(
            f"--max-latency: no finalist answers within {duration(limit or 0.0)} (the median at batch 1, "
            f"on this machine); the fastest is trial {fastest.trial} with {duration(fastest.latency)}"
        )
    return quick


def _rule(first: Contender, best: Contender, margin: float, settings: Settings, plan: FinishPlan) -> str:
    name = settings.objective
    mean = f"mean {name} over seeds" if best.scores else f"searched {name}"
    extreme = "highest" if settings.direction == "maximize" else "lowest"
    if plan.pick == "best" and first is best:
        rule = f"the {extreme} {mean} ({best.score:.4f})"
    else:
        rule = (
            f"{_NAMES[plan.pick]} within one standard error ({margin:.4f}) of the {extreme} {mean} "
            f"({best.score:.4f}, trial {best.trial})"
        )
    limit = plan.max_latency
    return rule if limit is None else f"{rule}, of those that answer within {duration(limit)} (median)"
