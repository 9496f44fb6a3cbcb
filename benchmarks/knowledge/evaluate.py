"""`python -m knowledge.evaluate`: what a recommendation is worth on datasets that are left out.

For each origin the experience of all others is used. Every rule orders the configurations that were trained
on a dataset of that origin, so that nothing is trained again, and what it has reached after a number of
trials is the
normalised regret of the best of them: 0 for the best known configuration of the dataset, 1 for the median.
    Searches (`knowledge.searches`) add configurations of their own; their best is then the best known one for
    every rule.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from machine import header
from numpy.typing import NDArray

from cnnsearch.knowledge.history import shipped_folder
from cnnsearch.knowledge.pack import SUFFIX, read_pack
from cnnsearch.knowledge.portfolio import portfolio
from cnnsearch.knowledge.similarity import distances, weights
from cnnsearch.knowledge.tables import WORST, Regrets, Table, regrets_of
from cnnsearch.space import load_space
from knowledge.searches import ARMS, Searched, read_searches
from knowledge.tasks import TASKS

AFTER = (1, 3, 5, 10, 25)
ORDERS = 200
"""Random orders, over which the mean is taken."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """A dataset whose origin is left out.

    Attributes:
        table: The dataset.
        own: `(recipes,)`; the scores of the recipes that were trained on it and on others.
        others: The regrets of these recipes on the other origins.
        searches: The searches on it.
    """

    table: Table
    own: NDArray[np.float64]
    others: Regrets
    searches: Sequence[Searched]

    @property
    def size(self) -> int:
        return len(self.own)

    def after(self, order: Sequence[int]) -> list[float]:
        """The best regret after 1, 3, ... trials in this order."""
        return self.reached(self.own[list(order)])

    def reached(self, scores: NDArray[np.float64]) -> list[float]:
        """The best regret after 1, 3, ... of these scores; the best known one includes those of searches."""
        found = [value for search in self.searches for value in search.values if value is not None]
        best = max([self.table.best, *found])
        reached = np.maximum.accumulate(scores)[[min(count, len(scores)) - 1 for count in AFTER]]
        return np.clip((best - reached) / (best - self.table.middle), 0.0, WORST).tolist()


Rule = Callable[[LeftOut], list[float]]


def left_out(regrets: Regrets, searches: Sequence[Searched]) -> Iterator[LeftOut]:
    """Each dataset with the experience of other origins."""
    for table in regrets.tables:
        others = regrets.without_origin(table.origin)
        made = [search for search in searches if is_on(search, table)]
        own = np.array([table.scores.get(recipe.identity, np.nan) for recipe in others.recipes])
        both = np.flatnonzero(~np.isnan(own))
        rows = [n for n, other in enumerate(others.tables) if alike(other, table)]
        kept = Regrets(
            [others.tables[n] for n in rows],
            [others.recipes[n] for n in both],
            others.known[np.ix_(rows, both)],
            others.filled[np.ix_(rows, both)],
        )
        if rows and len(both) >= max(AFTER):
            yield LeftOut(table, own[both], kept, made)


def is_on(search: Searched, table: Table) -> bool:
    """Whether a search was made on a dataset: of its origin, with as many examples and outputs."""
    task, dataset = TASKS[search.task], table.experience.dataset
    same = task.origin == table.origin and table.examples == task.epochs * dataset.examples
    return (
        same
        and dataset.examples <= task.examples
        and (task.classes is None or task.classes == dataset.outputs)
    )


def alike(one: Table, other: Table) -> bool:
    """Whether two datasets have as many dimensions."""
    return one.experience.dataset.dimensions == other.experience.dataset.dimensions


def recommendation(
    *, reach: float | None = 1.5, exponent: float | None = 0.5, is_filled: bool = True
) -> Rule:
    """The portfolio, as cnnsearch orders it, or with parts of it changed."""

    def rule(data: LeftOut) -> list[float]:
        tables, dataset = data.others.tables, data.table.experience.dataset
        shares = weights(dataset, tables, reach=1e6 if reach is None else reach)
        regrets = data.others.filled
        if not is_filled:
            means = np.nanmean(data.others.known, axis=1)[:, None]
            regrets = np.where(np.isnan(data.others.known), means, data.others.known)
        seconds = None if exponent is None else seconds_of(data) ** (2 * exponent)
        return data.after(portfolio(regrets, shares, data.size, seconds))

    return rule


def seconds_of(data: LeftOut) -> NDArray[np.float64]:
    """The measured seconds of each recipe's training on the dataset, relative to those of the fastest."""
    trials = [data.table.trials[recipe.identity] for recipe in data.others.recipes]
    measured = np.array([trial.epoch_seconds * len(trial.curve) + 1.0 for trial in trials])
    return measured / measured.min()


def past_winners(data: LeftOut) -> list[float]:
    """The best recipe of each other dataset, the most similar first; then the others by their mean."""
    apart = distances(data.table.experience.dataset, data.others.tables)
    best = [int(np.nanargmin(data.others.known[row])) for row in np.argsort(apart, kind="stable")]
    rest = np.argsort(data.others.filled.mean(axis=0), kind="stable").tolist()
    return data.after(list(dict.fromkeys([*best, *rest])))


def largest_first(data: LeftOut) -> list[float]:
    """The recipes by their MACs, the largest first."""
    macs = [data.table.trials[recipe.identity].macs for recipe in data.others.recipes]
    return data.after(np.argsort(macs)[::-1].tolist())


def random_order(data: LeftOut) -> list[float]:
    """The mean over random orders."""
    rng = np.random.default_rng(0)
    return np.mean([data.after(rng.permutation(data.size)) for _ in range(ORDERS)], axis=0).tolist()


def baselines_first(data: LeftOut) -> list[float]:
    """The shipped baselines in their order, then at random."""
    rng = np.random.default_rng(0)
    known = [
        place
        for point in baselines()
        for place, recipe in enumerate(data.others.recipes)
        if is_of(recipe, point)
    ]
    rest = [place for place in range(data.size) if place not in known]
    return np.mean([data.after([*known, *rng.permutation(rest)]) for _ in range(ORDERS)], axis=0).tolist()


def baselines() -> list[dict[str, object]]:
    """The points of the shipped baselines, as far as they are fixed."""
    return [dict(point) for name in ("auto", "signal1d") for point in load_space(name).baselines.values()]


def is_of(recipe: object, point: dict[str, object]) -> bool:
    """Whether a recipe has the values of a point."""
    return all(recipe.params.get(name) == value for name, value in point.items() if name in recipe.params)


RULES: dict[str, Rule] = {
    "recommendation": recommendation(),
    "... by trials, not time": recommendation(exponent=None),
    "... by time": recommendation(exponent=1.0),
    "... all datasets alike": recommendation(reach=None),
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
    regrets = regrets_of([finding for file in files for finding in read_pack(file)])
    datasets = list(left_out(regrets, read_searches()))
    origins = {data.table.origin for data in datasets}
    print(f"{len(datasets)} datasets of {len(origins)} origins\n")
    print(f"| after trials | {' | '.join(map(str, AFTER))} |\n| --- |{' --- |' * len(AFTER)}")
    reached = {name: np.array([rule(data) for data in datasets]) for name, rule in RULES.items()}
    shares = np.array([1 / sum(d.table.origin == data.table.origin for d in datasets) for data in datasets])
    for name, regrets in reached.items():
        cells = " | ".join(f"{value:.3f}" for value in shares @ regrets / shares.sum())
        print(f"| {name} | {cells} |")
    print_searches(datasets)
    if options.each:
        print_each(datasets, reached)


def print_searches(datasets: Sequence[LeftOut]) -> None:
    """Print what searches have reached on the datasets on which all kinds were made, and rules on these."""
    chosen = [data for data in datasets if {search.arm for search in data.searches} == set(ARMS)]
    if not chosen:
        return
    print(f"\nsearches on {len(chosen)} datasets, means over seeds\n")
    print(f"| after trials | {' | '.join(map(str, AFTER))} |\n| --- |{' --- |' * len(AFTER)}")
    rows = {name: [rule(data) for data in chosen] for name, rule in RULES.items()}
    rows |= {f"search: {arm}": [searched(data, arm) for data in chosen] for arm in ARMS}
    for name, found in rows.items():
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in np.mean(found, axis=0))} |")


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
