"""The plot of a comparison: the best validation accuracy so far, against time."""

import statistics
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

from peers.leg import Result
from peers.table import by_tool

matplotlib.use("Agg")
POINTS = 400


def draw(results: Sequence[Result], seconds: float, title: str, file: Path) -> None:
    """Draws each tool's median over the seeds, and between which values they were."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), constrained_layout=True)
    times = np.linspace(0, seconds, POINTS)
    tools = by_tool(results)
    for name, found in tools.items():
        curves = np.array([[result.best_at(time) for time in times] for result in found])
        curves[curves == 0] = np.nan
        begun = ~np.isnan(curves).any(axis=0)  # where every seed has had its first epoch
        middle = np.median(curves[:, begun], axis=0)
        (line,) = axes.plot(times[begun], middle, label=name, drawstyle="steps-post")
        axes.fill_between(
            times[begun], curves[:, begun].min(0), curves[:, begun].max(0), color=line.get_color(), alpha=0.15
        )
    axes.set(xlabel="seconds", ylabel="best validation accuracy so far", title=title)
    finals = [[result.best_at(seconds) for result in found] for found in tools.values()]
    best, worst = max(map(max, finals)), min(map(statistics.median, finals))
    axes.set_ylim(max(0.0, worst - 1.5 * (1 - worst)), best + 0.3 * (1 - best))
    axes.legend(loc="lower right")
    axes.grid(alpha=0.3)
    figure.savefig(file, dpi=150)
    plt.close(figure)
