"""`python -m replay`, with benchmarks/ on the path: replays searches under every rule, prints tables."""

import argparse
import time
from math import isinf
from pathlib import Path
from statistics import median

from machine import header

from replay import __doc__ as about
from replay.measures import BUDGETS, SHARES, TRIALS, full_training, measured, orders, ranked, replayed
from replay.ranks import rank_table
from replay.rows import rows
from replay.simulate import Setting, Strategy
from replay.table import TABLES, read_table


def main() -> None:
    """Prints the tables of each recorded one."""
    options = parsed()
    began = time.perf_counter()
    print(header())
    for path in options.tables or sorted(TABLES.glob("*.jsonl")):
        setting = Setting(read_table(path), overhead=options.overhead)
        print(f"\n{facts(setting)}\n\n{rank_table(setting.table)}")
        for workers in options.workers:
            print(f"\n{comparison(Setting(setting.table, workers, options.overhead), options)}", flush=True)
    print(f"\nreplayed in {time.perf_counter() - began:.0f} s")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="replay", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", type=Path, nargs="*", help="default: those in tables/")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--overhead", type=float, default=0.7, help="seconds before a trial's first epoch")
    parser.add_argument("--orders", type=int, default=200, help="how many orders each rule is replayed in")
    parser.add_argument("--only", default="", help="rows whose name has this")
    return parser.parse_args()


def facts(setting: Setting) -> str:
    """What a table holds."""
    table, origin = setting.table, setting.table.origin
    starts = median(curve.first_seconds - curve.epoch_seconds for curve in table.curves)
    epochs = sorted(curve.epoch_seconds for curve in table.curves)
    best = ranked(table.curves, origin.epochs)
    return (
        f"### {table.name}\n\n"
        f"{len(table.curves)} random candidates of `{origin.space}` on {origin.data} ({origin.examples} "
        f"examples, {origin.validation_examples} for validation), {len(table.whole)} of them trained for all "
        f"{origin.epochs} epochs; {origin.infeasible} infeasible ones left out. Best values: "
        f"{', '.join(f'{value:.4f}' for value in best[:5])}; median {median(best):.4f}. An epoch took a "
        f"median of {median(epochs):.2f} s ({epochs[0]:.2f} to {epochs[-1]:.2f}), building and tracing "
        f"{starts:.2f} s, here taken to be {setting.overhead} s; the mean trial in full "
        f"{full_training(setting):.1f} s."
    )


def comparison(setting: Setting, options: argparse.Namespace) -> str:
    """A row for each rule."""
    drawn = [orders(setting.table, half, options.orders // 2) for half in (0, 1)]
    budgets = " | ".join(f"after {budget}" for budget in BUDGETS)
    trials = " | ".join(f"{count} trials" for count in TRIALS)
    shares = " | ".join(f"top {share:.0%}" for share in SHARES)
    lines = [
        f"{setting.workers} worker{'s' * (setting.workers > 1)}, {options.orders} orders, each of a half of "
        f"the trials. The unit of time is the mean trial's training in full. Regret: points of validation "
        f"accuracy below the half's best, after {BUDGETS[0]} ... {BUDGETS[-1]} units of the workers' time, "
        f"and its mean over these in either half; regret and time after so many trials; median time until "
        f"one of the half's best trials is found.\n",
        f"| rule | {budgets} | even half | odd half | {trials} | {shares} |",
        f"| --- |{' --- |' * (len(BUDGETS) + 2 + len(TRIALS) + len(SHARES))}",
    ]
    for name, strategy in rows(setting.table.origin).items():
        if options.only in name:
            lines.append(row(name, strategy, drawn, setting))
    return "\n".join(lines)


def row(name: str, strategy: Strategy, drawn: list[list[list[int]]], setting: Setting) -> str:
    """A rule's line."""
    halves = [[replayed(strategy, order, setting) for order in its] for its in drawn]
    found = measured([*halves[0], *halves[1]])
    cells = [
        name,
        *(f"{regret:.2f}" for regret in found.regrets),
        *(f"{measured(half).score:.3f}" for half in halves),
        *(f"{regret:.2f} in {spent:.1f}" for regret, spent in found.after_trials),
        *("never" if isinf(spent) else f"{spent:.1f}" for spent in found.times),
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
