"""The choice of the champion by validation scores and latencies alone. No Keras, no test split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cnnsearch.durations import duration
from cnnsearch.errors import SearchError
from cnnsearch.search.finish_plan import FinishPlan
from cnnsearch.study.objectives import OBJECTIVES
from cnnsearch.study.settings import Settings
from cnnsearch.tasks.scores import Spread


@dataclass(frozen=True)
class Contender:
    """The values of a finalist that the choice depends on.

    Attributes:
        trial: The trial's number.
        scores: The first objective over the retrainings; None without retrainings.
        main_scores: The task's main metric over the retrainings; None without retrainings.
        searched_score: The first objective in the search.
        searched_main: The main metric in the search.
        num_weights: The number of weights.
        latency: The median latency at batch 1, in seconds.
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
        """The first objective: the mean over retrainings, or the search's value without retrainings."""
        return self.scores.mean if self.scores else self.searched_score

    @property
    def main(self) -> float:
        """The main metric: the mean over retrainings, or the search's value without retrainings."""
        return self.main_scores.mean if self.main_scores else self.searched_main


@dataclass(frozen=True)
class Chosen:
    """The champion, and the rule that chose it."""

    trial: int
    rule: str


def choose(contenders: Sequence[Contender], settings: Settings, plan: FinishPlan, examples: int) -> Chosen:
    """Choose the champion.

    `best`: the smallest network within one standard error of the highest mean. `smallest`, `fastest`: the
    smallest or the fastest network whose main metric is within one standard error of the best network's; that
    error follows from the size of the validation split.

    Args:
        contenders: The finalists, at least one. Retrained finalists take precedence over others, since the
            scores of the search are biased upward.
        settings: The settings, for the first objective and its direction.
        plan: The rule, and the largest latency.
        examples: The number of validation examples.

    Raises:
        SearchError: No finalist is fast enough; the message names the fastest.
    """
    quick = _quick(contenders, plan.max_latency)
    eligible = [contender for contender in quick if contender.scores] or quick
    sign = -1.0 if settings.direction == "maximize" else 1.0
    ranking = sorted(eligible, key=lambda c: (sign * c.score, c.num_weights, c.trial))
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
            f"--max-latency: no finalist has a latency of at most {duration(limit or 0.0)} (the median at "
            f"batch 1 on this machine); the fastest is trial {fastest.trial} with {duration(fastest.latency)}"
        )
    return quick


def _rule(first: Contender, best: Contender, margin: float, settings: Settings, plan: FinishPlan) -> str:
    objective = OBJECTIVES[settings.objective]
    mean = f"mean {objective.name} over seeds" if best.scores else f"searched {objective.name}"
    highest = f"{'highest' if objective.direction == 'maximize' else 'lowest'} {mean}"
    if plan.pick == "best" and first is best:
        rule = f"the {highest} ({objective.format(best.score)})"
    elif plan.pick == "best":
        rule = (
            f"{_NAMES[plan.pick]} within one standard error ({objective.format(margin)}) of the {highest} "
            f"({objective.format(best.score)}, trial {best.trial})"
        )
    else:
        main = settings.main_metric.on("validation")
        rule = (
            f"{_NAMES[plan.pick]} with a {main.name} within one standard error ({main.format(margin)}) of "
            f"trial {best.trial}'s ({main.format(best.main)}), which has the {highest}"
        )
    limit = plan.max_latency
    return rule if limit is None else f"{rule}, with a latency of at most {duration(limit)} (median)"
