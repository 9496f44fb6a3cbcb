"""A figure as data: what is drawn, in which colour. `plots` brings it to Plotly, `pngs` to matplotlib.

Optuna's own figures leave out pruned trials and the time axis, and show a numeric choice by its index.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Number = float | int | None
PlotValue = float | int | str | None

BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, GREY = "#CC79A7", "#56B4E9", "#8C8C8C"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY)
"""Colours that people tell apart whatever their eyes see (Okabe & Ito 2008); grey is for what is beside."""


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        categories: The values in order, where they are words.
        ends: The least and greatest value shown; else what the marks need.
        percent: Whether the values are shares, shown as percentages.
        is_count: Whether they are large counts, shown in thousands and millions.
    """

    title: str = ""
    log: bool = False
    categories: tuple[str, ...] = ()
    ends: tuple[float, float] | None = None
    percent: bool = False
    is_count: bool = False


@dataclass(frozen=True)
class Marks:
    """Points, a line, steps or bars.

    Attributes:
        x, y: The places; a None among them interrupts a line. Bars lie: their length is `x`.
        texts: What a pointer is told, one for each place.
        shades: Numbers that colour points from light to dark, in place of `colour`.
    """

    kind: Literal["points", "line", "steps", "bars"]
    x: Sequence[PlotValue]
    y: Sequence[PlotValue]
    name: str = ""
    colour: str = BLUE
    texts: Sequence[str] = ()
    shades: Sequence[Number] = ()
    opacity: float = 1.0
    size: float = 6.0
    is_dashed: bool = False
    low: Sequence[Number] = ()
    high: Sequence[Number] = ()


@dataclass(frozen=True)
class Grid:
    """A matrix of numbers in cells, the first row on top."""

    values: Sequence[Sequence[float]]
    texts: Sequence[Sequence[str]]
    rows: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ParallelCoordinates:
    """Parallel coordinates: one line a trial across the parameters' axes, coloured by `shades`.

    Attributes:
        axes: Each with its title; the values of an axis with categories are positions in them.
        values: For each axis, one number a trial.
    """

    axes: tuple[Axis, ...]
    values: tuple[tuple[float, ...], ...]
    shades: tuple[float, ...]
    title: str = ""
    more_is_better: bool = True


@dataclass(frozen=True)
class Chart:
    """One plot."""

    title: str = ""
    x: Axis = field(default_factory=Axis)
    y: Axis = field(default_factory=Axis)
    marks: tuple[Marks, ...] = ()
    grid: Grid | None = None
    parallel: ParallelCoordinates | None = None
    height: int = 340


@dataclass(frozen=True)
class Figure:
    """Plots that belong together, side by side where there is room.

    Attributes:
        name: What its PNG is called, and its place in the page.
        caption: What it shows, in a sentence.
    """

    name: str
    charts: tuple[Chart, ...]
    caption: str = ""


def thinned(count: int, most: int, kept: Sequence[int] = ()) -> list[int]:
    """Positions out of `count`: all of `kept`, and so many others, evenly spread, that `most` remain."""
    if count <= most:
        return list(range(count))
    free = max(most - len(kept), 1)
    spread = {round(place * (count - 1) / max(free - 1, 1)) for place in range(free)}
    return sorted(spread | set(kept))
