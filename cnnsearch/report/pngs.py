"""A figure -> a PNG file by matplotlib, for papers, slides and MLflow."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import PercentFormatter

from cnnsearch.files import replacing
from cnnsearch.page.charts import BLUE, Axis, Chart, Figure, Grid, Marks, PlotValue
from cnnsearch.report.fonts import fonts_for

_MOST_ACROSS, _INCHES, _DPI = 3, (4.6, 3.4), 110
_SHADES = LinearSegmentedColormap.from_list("shares", ["#FFFFFF", BLUE])


def write_png(figure: Figure, folder: Path) -> Path:
    """Draw a figure and write it to a folder; parallel coordinates, which need the page, are omitted.

    Texts that no installed font can draw are replaced by the numbers of `numbered`.
    """
    fonts, numbers = fonts_for(_texts(figure)), numbered(figure)
    shown = tuple(_renamed(chart, numbers) for chart in figure.charts if chart.parallel is None)
    with rc_context({"font.family": list(fonts.families)}):
        return _write(replace(figure, charts=shown), folder, note=_note(list(numbers.values())))


def numbered(figure: Figure) -> dict[str, str]:
    """Return the number that stands for each text of a figure's PNG that no installed font can draw."""
    return {text: f"#{place}" for place, text in enumerate(fonts_for(_texts(figure)).missing, 1)}


def _texts(figure: Figure) -> Iterator[str]:
    """Yield the texts of a figure that may contain a user's words."""
    for chart in figure.charts:
        if chart.parallel is not None:
            continue
        yield from (chart.title, chart.x.title, chart.y.title, *chart.x.categories, *chart.y.categories)
        yield from (mark.name for mark in chart.marks)
        if chart.grid is not None:
            yield from (*chart.grid.rows, *chart.grid.columns)


def _renamed(chart: Chart, names: Mapping[str, str]) -> Chart:
    """Return a chart with texts replaced."""

    def renamed(text: Any) -> Any:
        return names.get(text, text) if isinstance(text, str) else text

    def axis(axis: Axis) -> Axis:
        return replace(axis, title=renamed(axis.title), categories=tuple(map(renamed, axis.categories)))

    def marks(marks: Marks) -> Marks:
        x, y = ([renamed(value) for value in values] for values in (marks.x, marks.y))
        return replace(marks, name=renamed(marks.name), x=x, y=y)

    grid = chart.grid and replace(
        chart.grid, rows=tuple(map(renamed, chart.grid.rows)), columns=tuple(map(renamed, chart.grid.columns))
    )
    return replace(
        chart,
        title=renamed(chart.title),
        x=axis(chart.x),
        y=axis(chart.y),
        marks=tuple(map(marks, chart.marks)),
        grid=grid,
    )


def _note(numbers: list[str]) -> str:
    if not numbers:
        return ""
    which = numbers[0] if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
    return f"{which}: no installed font has the characters; report.html shows the text"


def _write(figure: Figure, folder: Path, note: str) -> Path:
    charts = figure.charts
    across = min(len(charts), _MOST_ACROSS)
    down = -(-len(charts) // across)
    heights = _INCHES[1] * max(chart.height for chart in charts) / 340
    canvas = Canvas(figsize=(_INCHES[0] * across, heights * down), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(canvas)
    for place, chart in enumerate(charts):
        _draw(canvas.add_subplot(down, across, place + 1), chart)
    if note:
        canvas.supxlabel(note, fontsize=7)
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
