"""`python -m knowledge.evaluate`: what a recommendation is worth on datasets that are left out.

For each origin the experience of all others is used. Every rule orders the configurations that were
trained on a dataset of that origin, so that nothing is trained again. What it has reached after a number
of trials is the normalised regret of the best of them: 0 for the best known configuration of the dataset,
1 for the median.

Searches (`knowledge.searches`) add configurations of their own; the best of all is then the best known
one.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from machine import header
from numpy.typing import NDArray

from cnnsearch import analyze
from cnnsearch.architecture.outputs import Output
from cnnsearch.knowledge.experience import Experience
from cnnsearch.knowledge.history import shipped_folder
from cnnsearch.knowledge.left_out import left_out
from cnnsearch.knowledge.pack import SUFFIX, read_pack
from cnnsearch.knowledge.portfolio import portfolio
from cnnsearch.knowledge.ranking import START, USUAL_RATE
from cnnsearch.knowledge.similarity import REACH, distances, weights
from cnnsearch.knowledge.tables import WORST, Regrets, Table
from cnnsearch.search.cost_model import CostModel, Workload
from cnnsearch.space import Pixels, load_space
from cnnsearch.space.candidate import Baseline
from knowledge.points import without
from knowledge.searches import ARMS, Searched, read_searches

AFTER = (1, 3, 5, 10, 25)
WORSE_BY = 0.1
"""A difference in regret that is not explained by the size of the validation split."""
Order = Sequence[int]
ORDERS = 200
"""Random orders, over which the mean is taken."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """A dataset whose origin is left out.

    Attributes:
        table: The dataset.
        scores: `(configurations,)`; the scores of those that were trained on it and on other origins.
        others: The regrets of these configurations on the other origins.
        macs: `(configurations,)`; their MACs for an example of the dataset.
        costs: `(configurations,)`; the predicted seconds of their trainings on the dataset.
        searches: The searches on it.
    """

    table: Table
    scores: NDArray[np.float64]
    others: Regrets
    macs: NDArray[np.float64]
    costs: NDArray[np.float64]
    searches: Sequence[Searched]

    @property
    def size(self) -> int:
        return len(self.scores)

    def after(self, orders: Sequence[Order]) -> list[float]:
        """The best regret after 1, 3, ... trials, the mean over orders."""
        return np.mean([self.reached(self.scores[list(order)]) for order in orders], axis=0).tolist()

    def within(self, orders: Sequence[Order]) -> list[float]:
        """The best regret within 1, 3, ... mean durations of a training, the mean over orders."""
        limits = self.costs.mean() * np.array(AFTER)
        counts = [np.searchsorted(self.costs[list(order)].cumsum(), limits, "right") for order in orders]
        found = [
            [WORST, *self.reached(self.scores[list(order)], range(1, self.size + 1))] for order in orders
        ]
        return np.mean([np.array(f)[c] for f, c in zip(found, counts, strict=True)], axis=0).tolist()

    def reached(self, scores: NDArray[np.float64], after: Sequence[int] = AFTER) -> list[float]:
        """The best regret after some of these scores; the best known one includes those of searches."""
        found = [value for search in self.searches for value in search.values if value is not None]
        best = max([self.table.best, *found])
        reached = np.maximum.accumulate(scores)[[min(count, len(scores)) - 1 for count in after]]
        return np.clip((best - reached) / (best - self.table.best + self.table.spread), 0.0, WORST).tolist()


Rule = Callable[[LeftOut], list[Order]]
"""Returns one order of the configurations, or several at random."""


def datasets_left_out(experiences: Sequence[Experience], searches: Sequence[Searched]) -> Iterator[LeftOut]:
    """Each dataset with the experience of other origins."""
    for table, others in left_out(experiences, without):
        names = [spellings[0].identity for spellings in others.configurations]
        both = [column for column, name in enumerate(names) if name in table.scores]
        if len(both) < max(AFTER):
            continue
        kept = Regrets(
            others.tables,
            [others.configurations[column] for column in both],
            others.known[:, both],
            others.filled[:, both],
        )
        made = [search for search in searches if search.fingerprint == table.experience.fingerprint]
        scores = np.array([table.scores[names[column]] for column in both])
        yield LeftOut(table, scores, kept, *costs_of(kept, table).T, made)


def costs_of(others: Regrets, table: Table) -> NDArray[np.float64]:
    """The MACs, and the seconds of trainings as predicted for a recommendation, `(configurations, 2)`."""
    dataset, model = table.experience.dataset, CostModel(USUAL_RATE)
    outputs = (Output(name="classes", channels=dataset.outputs, activation="softmax"),)
    found = []
    for spellings in others.configurations:
        candidate = spellings[0].candidate(dataset.shape, outputs, Pixels(means=(0.5,), variances=(0.1,)))
        analysis = analyze(candidate.architecture)
        seconds = model.example_seconds(Workload.of(analysis), candidate.training.batch_size)
        found.append((analysis.macs, START + dataset.examples * seconds))
    return np.array(found)


def recommendation(*, reach: float = REACH, exponent: float = 0.0, is_filled: bool = True) -> Rule:
    """The portfolio, as cnnsearch orders it, or with parts of it changed.

    Args:
        reach: How fast the weight of a dataset falls with its distance.
        exponent: The power of the predicted seconds by which a gain is divided: 1 counts time.
        is_filled: Whether the surrogate predicts what was not trained.
    """

    def rule(data: LeftOut) -> list[Order]:
        shares = weights(data.table.experience.dataset, data.others.tables, reach=reach)
        regrets = data.others.filled
        if not is_filled:
            means = np.nanmean(data.others.known, axis=1)[:, None]
            regrets = np.where(np.isnan(data.others.known), means, data.others.known)
        return [portfolio(regrets, shares, data.size, data.costs**exponent)]

    return rule


def past_winners(data: LeftOut) -> list[Order]:
    """The best configuration of each other dataset, the most similar first; then the others by their mean."""
    apart = distances(data.table.experience.dataset, data.others.tables)
    known = np.where(np.isnan(data.others.known), np.inf, data.others.known)
    best = [int(known[row].argmin()) for row in np.argsort(apart, kind="stable")]
    rest = np.argsort(data.others.filled.mean(axis=0), kind="stable").tolist()
    return [list(dict.fromkeys([*best, *rest]))]


def largest_first(data: LeftOut) -> list[Order]:
    """The configurations by their MACs, the largest first."""
    return [np.argsort(data.macs)[::-1].tolist()]


def random_order(data: LeftOut) -> list[Order]:
    """Random orders."""
    rng = np.random.default_rng(0)
    return [rng.permutation(data.size).tolist() for _ in range(ORDERS)]


def baselines_first(data: LeftOut) -> list[Order]:
    """The shipped baselines in their order, then at random."""
    rng = np.random.default_rng(0)
    params = [spellings[0].params for spellings in data.others.configurations]
    known = [place for point in baselines() for place, own in enumerate(params) if has(own, point)]
    rest = [place for place in range(data.size) if place not in known]
    return [[*known, *rng.permutation(rest).tolist()] for _ in range(ORDERS)]


def baselines() -> list[Baseline]:
    """The points of the shipped baselines."""
    return [point for name in ("auto", "signal1d") for point in load_space(name).baselines.values()]


def has(params: Baseline, point: Baseline) -> bool:
    """Whether the values of a configuration are those of a point, which can have some for further stages."""
    return set(params) <= set(point) and all(point[name] == value for name, value in params.items())


RULES: dict[str, Rule] = {
    "recommendation": recommendation(),
    "... gains per second": recommendation(exponent=1.0),
    "... all datasets alike": recommendation(reach=1e6),
    "... gaps by means": recommendation(is_filled=False),
    "past winners": past_winners,
    "shipped baselines, then random": baselines_first,
    "largest MACs first": largest_first,
    "random": random_order,
}


def main() -> None:
    """Print the table, and with --each the regret after 5 trials on each dataset."""
    parser = argparse.ArgumentParser(prog="knowledge.evaluate", description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", help="packs of experiences [the shipped ones]")
    parser.add_argument("--each", action="store_true", help="also print each dataset")
    options = parser.parse_args()
    print(header())
    files = options.files or sorted(shipped_folder().glob(f"*{SUFFIX}"))
    experiences = [experience for file in files for experience in read_pack(file)]
    datasets = list(datasets_left_out(experiences, read_searches()))
    origins = {data.table.origin for data in datasets}
    print(f"{len(datasets)} datasets of {len(origins)} origins\n")
    orders = {name: [rule(data) for data in datasets] for name, rule in RULES.items()}
    reached = {
        name: np.array([data.after(each) for data, each in zip(datasets, found, strict=True)])
        for name, found in orders.items()
    }
    print_table("after trials", datasets, reached)
    in_time = {
        name: np.array([data.within(each) for data, each in zip(datasets, found, strict=True)])
        for name, found in orders.items()
    }
    print_table("\nwithin mean durations of a training", datasets, in_time)
    print_searches(datasets)
    if options.each:
        print_each(datasets, reached)


def print_table(title: str, datasets: Sequence[LeftOut], reached: Mapping[str, NDArray[np.float64]]) -> None:
    """Print the mean over origins of what each rule has reached."""
    print(f"{title}\n\n| | {' | '.join(map(str, AFTER))} |\n| --- |{' --- |' * len(AFTER)}")
    shares = np.array([1 / sum(d.table.origin == data.table.origin for d in datasets) for data in datasets])
    for name, regrets in reached.items():
        cells = " | ".join(f"{value:.3f}" for value in shares @ regrets / shares.sum())
        print(f"| {name} | {cells} |")


def print_searches(datasets: Sequence[LeftOut]) -> None:
    """Print what searches have reached, and the rules, on the datasets on which TPE alone has searched."""
    chosen = [data for data in datasets if any(search.arm == "cold" for search in data.searches)]
    if not chosen:
        return
    print(f"\nsearches on {len(chosen)} datasets, means over seeds\n")
    print(f"| after trials | {' | '.join(map(str, AFTER))} |\n| --- |{' --- |' * len(AFTER)}")
    rows = {name: np.array([data.after(rule(data)) for data in chosen]) for name, rule in RULES.items()}
    for arm in ARMS:
        if all(any(search.arm == arm for search in data.searches) for data in chosen):
            rows[f"search: {arm}"] = np.array([searched(data, arm) for data in chosen])
    for name, found in rows.items():
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in found.mean(axis=0))} |")
    five, all_trials = AFTER.index(5), AFTER.index(25)
    ours, cold = rows["recommendation"][:, five], rows["search: cold"][:, all_trials]
    print(
        f"\nthe recommendation after 5 trials relative to cold TPE after 25: {ours.mean() / cold.mean():.2f}"
    )
    print(f"better than or equal to cold TPE after 25 on {np.sum(ours <= cold)} of {len(chosen)} datasets")
    worse = [
        data.table.origin
        for data, one, other in zip(chosen, ours, rows["random"][:, five], strict=True)
        if one > other + WORSE_BY
    ]
    print(f"worse than random after 5 by more than {WORSE_BY}: {', '.join(worse) or 'none'}")


def searched(data: LeftOut, arm: str) -> list[float]:
    """The mean regret over the seeds of a kind of search after 1, 3, ... trials."""
    found = []
    for search in data.searches:
        if search.arm == arm:
            found.append(data.reached(np.array([-np.inf if v is None else v for v in search.values])))
    return np.mean(found, axis=0).tolist()


def print_each(datasets: Sequence[LeftOut], reached: dict[str, NDArray[np.float64]]) -> None:
    """Print the regret after 5 trials on each dataset."""
    print(f"\n| after 5 trials | {' | '.join(reached)} |\n| --- |{' --- |' * len(reached)}")
    for row, data in enumerate(datasets):
        cells = " | ".join(f"{regrets[row, AFTER.index(5)]:.2f}" for regrets in reached.values())
        print(f"| {data.table.origin}: {data.table.experience.dataset.text} | {cells} |")


if __name__ == "__main__":
    main()
