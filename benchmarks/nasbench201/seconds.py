"""`python -m nasbench201.seconds`, with benchmarks/ on the path: searches that prefer cheap candidates.

A proposal is accepted with probability min(1, (median cost / its cost) ** exponent), the cost being its
training time and the median that of the trials so far. This is expected improvement per second (Snoek et al.
2012, section 3.2) by rejection, so that it works with any sampler. An exponent of 0 accepts every proposal.
"""

import argparse
import os
import random
from collections.abc import Callable
from statistics import mean, median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: its threads slow small matrices down

import numpy as np
from machine import header

from cnnsearch.search.samplers import Sampler
from cnnsearch.space import Space
from nasbench201.__main__ import TABLES
from nasbench201.legs import Params, Search
from nasbench201.tables import Table
from nasbench201.variants import VARIANTS

MARKS = (20, 50, 100)
"""Training times of the mean network after which the regret is noted."""
MOST_TRIALS = 400
FREE = 10
"""Trials before proposals are rejected."""


class TimedSearch(Search):
    """A search that ends after so many seconds of training, as the table has them.

    Args:
        table: What is searched.
        make: Makes the sampler for a space.
        seed: Of the scores that trials reach, and of the rejections.
        exponent: How strongly cheap candidates are preferred.
    """

    def __init__(self, table: Table, make: Callable[[Space], Sampler], seed: int, exponent: float) -> None:
        super().__init__(table, make, seed)
        self._exponent, self._random = exponent, random.Random(seed)
        self._costs: list[float] = []
        self._unit = mean(table.seconds.values())
        self.rejected = 0

    def regrets(self) -> list[float]:
        """The regret at each of the marks, in units of the distance from the median network to the best."""
        found: list[float] = []
        regret = 1.0
        while len(found) < len(MARKS) and len(self._costs) < MOST_TRIALS and self._begin():
            number, params, point = self._under_way.popleft()
            self._costs.append(self._table.seconds[point])
            while len(found) < len(MARKS) and sum(self._costs) > MARKS[len(found)] * self._unit:
                found.append(regret)  # the training under way does not end in time
            self._end(number, params, point)
            regret = (self._table.best - self._best) / self._table.spread
        return found + (len(MARKS) - len(found)) * [regret]

    def _drawn(self) -> tuple[int, Params, tuple[int, ...]]:
        drawn = super()._drawn()
        while len(self._costs) >= FREE and self._random.random() >= self._acceptance(drawn[-1]):
            self.rejected += 1
            drawn = super()._drawn()
        return drawn

    def _acceptance(self, point: tuple[int, ...]) -> float:
        return (median(self._costs) / self._table.seconds[point]) ** self._exponent


def main() -> None:
    """Parses the options and prints the table."""
    parser = argparse.ArgumentParser(
        prog="nasbench201.seconds", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", choices=TABLES, default="nasbench201")
    parser.add_argument("--seeds", type=int, default=10, help="how many for each dataset")
    parser.add_argument("--exponents", type=float, nargs="+", default=[0.0, 0.5, 1.0])
    options = parser.parse_args()
    tables = list(TABLES[options.tables]())
    print(header())
    print(f"| exponent |{''.join(f' regret after {mark} |' for mark in MARKS)} rejected |")
    print(f"|{' --- |' * (len(MARKS) + 2)}")
    for exponent in options.exponents:
        print(row(tables, options.seeds, exponent), flush=True)


def row(tables: list[Table], seeds: int, exponent: float) -> str:
    """The medians, and the means in brackets, over the datasets and seeds."""
    found, rejected = [], []
    for table in tables:
        for seed in range(seeds):
            search = TimedSearch(
                table, lambda space, seed=seed: VARIANTS["tpe"].sampler(space, seed), seed, exponent
            )
            found.append(search.regrets())
            rejected.append(search.rejected)
    columns = zip(np.median(found, axis=0), np.mean(found, axis=0), strict=True)
    cells = " | ".join(f"{middle:.4f} ({average:.4f})" for middle, average in columns)
    return f"| {exponent:g} | {cells} | {mean(rejected):.1f} |"


if __name__ == "__main__":
    main()
