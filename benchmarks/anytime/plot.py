"""The curves of a comparison: accuracy against time, a panel for each dataset."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
Result = Mapping[str, Any]
TOOLS = ("tutorial", "cnnsearch", "recommended", "unaided")
MOST_COLUMNS = 3


def draw(results: Sequence[Result], file: Path) -> None:
    """Draws the median test accuracy of each tool against the seconds it was given, with the least and the
    greatest, and in thin lines the validation accuracy of each search's present champion."""
    import matplotlib.pyplot as plt

    names = sorted({leg["dataset"] for leg in results})
    columns = min(MOST_COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure, panels = plt.subplots(
        rows, columns, figsize=(4.5 * columns, 3.2 * rows), squeeze=False, constrained_layout=True
    )
    for panel in panels.flat[len(names) :]:
        panel.set_axis_off()
    for name, axes in zip(names, panels.flat, strict=False):
        legs = [leg for leg in results if leg["dataset"] == name]
        for leg in legs:
            if leg.get("champions"):
                times, values = zip(*leg["champions"], strict=True)
                color = f"C{TOOLS.index(leg['tool'])}"
                axes.plot(times, values, drawstyle="steps-post", color=color, linewidth=0.6, alpha=0.5)
        for color, tool in enumerate(TOOLS):
            _points(axes, [leg for leg in legs if leg["tool"] == tool], tool, f"C{color}")
        axes.set(title=name, xlabel="seconds", ylabel="accuracy", xscale="log")
        axes.grid(alpha=0.3)
    panels.flat[0].legend(loc="lower right")
    figure.savefig(file, dpi=130)
    plt.close(figure)


def _points(axes: Any, legs: Sequence[Result], tool: str, color: str) -> None:
    budgets = sorted({leg["budget"] for leg in legs})
    if not budgets:
        return
    found = [[leg["test"] for leg in legs if leg["budget"] == budget] for budget in budgets]
    middle = [statistics.median(tests) for tests in found]
    below = [m - min(tests) for m, tests in zip(middle, found, strict=True)]
    above = [max(tests) - m for m, tests in zip(middle, found, strict=True)]
    axes.errorbar(
        budgets, middle, yerr=[below, above], marker="o", capsize=3, color=color, label=f"{tool}, test"
    )
