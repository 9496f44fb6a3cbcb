"""A figure -> a PNG file by matplotlib, for papers, slides and MLflow."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import PercentFormatter

from cnnsearch.files import replacing
from cnnsearch.page.charts import BLUE, Axis, Chart, Figure, Grid, Marks, PlotValue

_MOST_ACROSS, _INCHES, _DPI = 3, (4.6, 3.4), 110
_SHADES = LinearSegmentedColormap.from_list("shares", ["#FFFFFF", BLUE])


def write_png(figure: Figure, folder: Path) -> Path:
    """Draw a figure and write it to a folder; parallel coordinates, which need the page, are omitted."""
    charts = [chart for chart in figure.charts if chart.parallel is None]
    across = min(len(charts), _MOST_ACROSS)
    down = -(-len(charts) // across)
    heights = _INCHES[1] * max(chart.height for chart in charts) / 340
    canvas = Canvas(figsize=(_INCHES[0] * across, heights * down), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(canvas)
    for place, chart in enumerate(charts):
        _draw(canvas.add_subplot(down, across, place + 1), chart)
    path = folder / f"{figure.name}.png"
    with replacing(path, durable=False) as file:
        canvas.savefig(file, format="png", metadata={"Software": None})
    return path


def _draw(axes: Axes, chart: Chart) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(_plain(chart.title), fontsize=10)
    axes.set_xlabel(_plain(chart.x.title), fontsize=9)
    axes.set_ylabel(_plain(chart.y.title), fontsize=9)
    axes.tick_params(labelsize=8)
    if chart.grid is not None:
        _draw_grid(axes, chart.grid)
        return
    axes.grid(alpha=0.25, linewidth=0.6)
    for mark in chart.marks:
        _draw_marks(axes, mark, chart)
    _scale(axes, "x", chart.x)
    _scale(axes, "y", chart.y)
    if sum(bool(mark.name) for mark in chart.marks) > 1:
        axes.legend(fontsize=7, frameon=False)


def _draw_marks(axes: Axes, marks: Marks, chart: Chart) -> None:
    x, y = _places(marks.x, chart.x), _places(marks.y, chart.y)
    style: dict[str, Any] = {
        "color": marks.colour,
        "alpha": marks.opacity,
        "label": _plain(marks.name) or None,
    }
    if marks.kind == "points":
        axes.scatter(x, y, s=marks.size**2 / 2, linewidths=0, **style)
    elif marks.kind == "bars":
        axes.barh(y, x, **style)
    else:
        style |= {"linewidth": 0.7 * marks.size, "linestyle": ":" if marks.is_dashed else "-"}
        if marks.kind == "steps":
            axes.step(x, y, where="post", **{**style, "linewidth": 1.8})
        else:
            axes.plot(x, y, **style)


def _places(values: Any, axis: Axis) -> list[float]:
    positions = {word: float(place) for place, word in enumerate(axis.categories)}

    def place(value: PlotValue) -> float:
        if isinstance(value, str):
            return positions[value]
        return float("nan") if value is None else float(value)

    return [place(value) for value in values]


def _scale(axes: Axes, which: str, axis: Axis) -> None:
    """Set the scale, limits and ticks of an axis."""
    drawn = axes.xaxis if which == "x" else axes.yaxis
    if axis.log:
        axes.set(**{f"{which}scale": "log"})
    if axis.ends:
        axes.set(**{f"{which}lim": axis.ends})
    if axis.percent:
        drawn.set_major_formatter(PercentFormatter(1.0))
    if axis.categories:
        names = [_plain(word) for word in axis.categories]
        drawn.set_ticks(range(len(names)), labels=names)
        if which == "x" and sum(map(len, names)) > 24:
            axes.tick_params(axis="x", labelrotation=30)


def _draw_grid(axes: Axes, grid: Grid) -> None:
    axes.imshow(grid.values, cmap=_SHADES, vmin=0, vmax=1)
    axes.set_xticks(range(len(grid.columns)), labels=[_plain(name) for name in grid.columns], rotation=60)
    axes.set_yticks(range(len(grid.rows)), labels=[_plain(name) for name in grid.rows])
    for row, (texts, values) in enumerate(zip(grid.texts, grid.values, strict=True)):
        for column, (text, value) in enumerate(zip(texts, values, strict=True)):
            colour = "white" if value > 0.5 else "black"
            axes.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)


def _plain(words: str) -> str:
    """Return a text with dollar signs escaped, which matplotlib would interpret as formulas."""
    return words.replace("$", r"\$")
