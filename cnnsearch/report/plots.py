"""A chart -> traces and layout for Plotly as plain JSON; Plotly itself runs only in the browser."""

import html
import json
import math
from collections.abc import Iterable
from typing import Any

from cnnsearch.page.charts import Axis, Chart, Grid, Marks, ParallelCoordinates, PlotValue

_DIGITS = 5
_SCALE = [[0, "#CCDDEE"], [0.5, "#56B4E9"], [1, "#003F6B"]]


def plot(chart: Chart) -> dict[str, Any]:
    """Return the traces and the layout of a chart; the page sets the colours of text and background."""
    if chart.parallel is not None:
        return {"data": [_parallel(chart.parallel)], "layout": {"height": chart.height}}
    grid = [] if chart.grid is None else [_grid(chart.grid)]
    names = [mark.name for mark in chart.marks if mark.name]
    layout: dict[str, Any] = {
        "height": chart.height,
        "xaxis": _axis(chart.x),
        "yaxis": _axis(chart.y),
        "showlegend": len(names) > 1,
    }
    if chart.grid is not None:
        layout["xaxis"] |= {"type": "category", "side": "bottom"}
        layout["yaxis"] |= {"type": "category", "autorange": "reversed"}
    return {"data": [*grid, *map(_trace, chart.marks)], "layout": layout}


def embedded(value: Any) -> str:
    """Return a value as JSON that is safe inside a script element."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _axis(axis: Axis) -> dict[str, Any]:
    drawn: dict[str, Any] = {"title": {"text": html.escape(axis.title, quote=False)}}
    if axis.log:
        drawn |= {"type": "log", "exponentformat": "SI" if axis.is_count else "none"}
    if axis.categories:
        values = [html.escape(word, quote=False) for word in axis.categories]
        drawn |= {"type": "category", "categoryorder": "array", "categoryarray": values}
    if axis.ends:
        drawn["range"] = list(axis.ends)
    if axis.percent:
        drawn["tickformat"] = "~p"
    return drawn


def _trace(marks: Marks) -> dict[str, Any]:
    trace: dict[str, Any] = {
        "x": _numbers(marks.x),
        "y": _numbers(marks.y),
        "name": marks.name,
        "showlegend": bool(marks.name),
        "opacity": marks.opacity,
    }
    if marks.texts:
        trace |= {"text": [html.escape(t, quote=False) for t in marks.texts], "hoverinfo": "text"}
    elif marks.kind != "bars":
        trace["hoverinfo"] = "skip" if not marks.name else "x+y+name"
    line: dict[str, Any] = {
        "color": marks.colour,
        "width": marks.size,
        "dash": "dot" if marks.is_dashed else "solid",
    }
    match marks.kind:
        case "points":
            return {**trace, "type": "scatter", "mode": "markers", "marker": _marker(marks)}
        case "line":
            return {**trace, "type": "scatter", "mode": "lines", "line": line}
        case "steps":
            return {
                **trace,
                "type": "scatter",
                "mode": "lines",
                "line": {**line, "shape": "hv", "width": 2.5},
            }
    marker = {"color": marks.colour}
    return {**trace, "type": "bar", "orientation": "h", "marker": marker, "textposition": "none"}


def _marker(marks: Marks) -> dict[str, Any]:
    if not marks.shades:
        return {"color": marks.colour, "size": marks.size}
    return {"color": _numbers(marks.shades), "colorscale": _SCALE, "size": marks.size, "showscale": True}


def _numbers(values: Iterable[PlotValue]) -> list[PlotValue]:
    """Return numbers rounded for display; non-finite numbers become gaps."""
    return [_number(value) for value in values]


def _number(value: PlotValue) -> PlotValue:
    if isinstance(value, str):
        return html.escape(value, quote=False)
    if value is None or not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(f"{value:.{_DIGITS}g}")


def _grid(grid: Grid) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "z": grid.values,
        "x": [html.escape(label, quote=False) for label in grid.columns],
        "y": [html.escape(label, quote=False) for label in grid.rows],
        "text": grid.texts,
        "texttemplate": "%{text}",
        "hovertemplate": "true %{y}, predicted %{x}: %{text}<extra></extra>",
        "zmin": 0,
        "zmax": 1,
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
    }


def _parallel(parallel: ParallelCoordinates) -> dict[str, Any]:
    dimensions = [
        _dimension(axis, values) for axis, values in zip(parallel.axes, parallel.values, strict=True)
    ]
    low, high = _shaded(parallel)
    return {
        "type": "parcoords",
        "dimensions": dimensions,
        "line": {
            "color": _numbers(parallel.shades),
            "colorscale": _SCALE,
            "reversescale": not parallel.more_is_better,
            "showscale": True,
            "cmin": _number(low),
            "cmax": _number(high),
            "colorbar": {
                "title": {"text": parallel.title, "side": "right"},
                "thickness": 12,
                "tickformat": ".3~p" if parallel.axes[-1].percent else "",
            },
        },
        "unselected": {"line": {"opacity": 0.08}},
    }


def _shaded(parallel: ParallelCoordinates) -> tuple[float, float]:
    """Return the range of the colour scale, without the worst quarter, which would flatten the others."""
    ordered = sorted(parallel.shades)
    quarter = len(ordered) // 4
    return (ordered[quarter], ordered[-1]) if parallel.more_is_better else (ordered[0], ordered[-1 - quarter])


def _dimension(axis: Axis, values: tuple[float, ...]) -> dict[str, Any]:
    label = html.escape(axis.title, quote=False)
    if axis.categories:
        ticks = list(range(len(axis.categories)))
        words = [html.escape(word, quote=False) for word in axis.categories]
        ends = [-0.3, len(ticks) - 0.7]
        return {"label": label, "values": list(values), "tickvals": ticks, "ticktext": words, "range": ends}
    if axis.log:
        logs = [math.log10(value) for value in values]
        powers = range(math.ceil(min(logs)), math.floor(max(logs)) + 1)
        places = sorted({min(logs), max(logs), *map(float, powers)})
        words = [f"{10**place:.2g}" for place in places]
        return {"label": label, "values": _numbers(logs), "tickvals": places, "ticktext": words}
    form = {"tickformat": ".3~p"} if axis.percent else {}
    return {"label": label, "values": _numbers(values), **form}
