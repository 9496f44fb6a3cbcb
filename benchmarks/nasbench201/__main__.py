"""`python -m nasbench201`, with benchmarks/ on the path: prints a row for each variant."""

import argparse
import os
from collections.abc import Iterable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: its threads slow small matrices down

import numpy as np
from machine import header

from nasbench201 import __doc__ as about
from nasbench201.legs import CHECKPOINTS, MOST, Leg, Search
from nasbench201.tables import Table, nasbench201, perceptrons
from nasbench201.variants import VARIANTS, Variant

TABLES = {"nasbench201": nasbench201, "perceptrons": perceptrons}


def main() -> None:
    """Parses the options and prints the table."""
    options = parsed()
    tables = list(TABLES[options.tables]())
    print(header())
    columns = " | ".join(f"regret after {count}" for count in CHECKPOINTS)
    print(f"| row | quartile | median | quartile | {columns} | repeats | gave up |\n|{' --- |' * 9}")
    for name in options.variants or VARIANTS:
        legs = [
            searched(table, VARIANTS[name], seed)
            for table in tables
            for seed in range(options.first, options.first + options.seeds)
        ]
        print(row(name, legs), flush=True)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="nasbench201", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "variants", nargs="*", metavar="ROW", help=f"of {', '.join(VARIANTS)}; by default all"
    )
    parser.add_argument("--tables", choices=TABLES, default="nasbench201")
    parser.add_argument("--seeds", type=int, default=40, help="how many for each dataset")
    parser.add_argument(
        "--first", type=int, default=0, help="the first of them; others to confirm a choice on"
    )
    options = parser.parse_args()
    if unknown := set(options.variants) - set(VARIANTS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    return options


def searched(table: Table, variant: Variant, seed: int) -> Leg:
    """One search of a table."""
    search = Search(
        table, lambda space: variant.sampler(space, seed), seed, counts_repeats=variant.counts_repeats
    )
    return search.run(workers=variant.workers)


def row(name: str, legs: Iterable[Leg]) -> str:
    """A row of the table; a search that never found counts as one that needed more than it had."""
    legs = list(legs)
    found = [float(leg.found or MOST + 1) for leg in legs]
    quartiles = (
        f"{value:.0f}" if value <= MOST else f"> {MOST}" for value in np.percentile(found, (25, 50, 75))
    )
    regrets = (f"{value:.4f}" for value in np.median([leg.regrets for leg in legs], axis=0))
    repeats = sum(leg.repeats for leg in legs) / len(legs)
    cells = (name, *quartiles, *regrets, f"{repeats:.1f}", str(sum(leg.ended_early for leg in legs)))
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
