"""Figures as data; `cnnsearch.report.plots` converts them for Plotly, `cnnsearch.report.pngs` for matplotlib.

Optuna's own figures omit pruned trials and the time axis, and show a numeric choice by its index.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Number = float | int | None
PlotValue = float | int | str | None

BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, GREY = "#CC79A7", "#56B4E9", "#8C8C8C"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY)
"""Colours distinguishable with colour vision deficiency (Okabe & Ito 2008); grey is for secondary marks."""


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        categories: The values in order, if they are words.
        ends: The smallest and largest value shown; None: the range of the marks.
        percent: Whether the values are shares, shown as percentages.
        is_count: Whether the values are large counts, shown in thousands and millions.
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
        x, y: The coordinates; None interrupts a line. Bars are horizontal, with length `x`.
        texts: The text shown when the pointer is over a mark, one for each mark.
        shades: Numbers that colour points from light to dark, instead of `colour`.
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
    """Parallel coordinates: one line per trial across the axes of the parameters, coloured by `shades`.

    Attributes:
        axes: The axes; values of an axis with categories are indices of them.
        values: For each axis, one number per trial.
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
    """Plots that belong together, side by side if space permits.

    Attributes:
        name: The name of its PNG file and of its element in the page.
        caption: The description of its content.
    """

    name: str
    charts: tuple[Chart, ...]
    caption: str = ""


def thinned(count: int, most: int, kept: Sequence[int] = ()) -> list[int]:
    """Return about `most` positions out of `count`: all of `kept`, and others evenly spread."""
    if count <= most:
        return list(range(count))
    free = max(most - len(kept), 1)
    spread = {round(place * (count - 1) / max(free - 1, 1)) for place in range(free)}
    return sorted(spread | set(kept))


def colours_of(numbers: Sequence[int]) -> list[str]:
    """Return a colour for each class or point, that of overlays; colours in turn if two would be the same."""
    own = [PALETTE[number % len(PALETTE)] for number in numbers]
    return own if len(set(own)) == len(own) else [PALETTE[i % len(PALETTE)] for i in range(len(own))]
