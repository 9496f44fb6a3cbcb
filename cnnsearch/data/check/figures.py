"""Contents of targets -> a figure: how many objects pictures have, and how large boxes are."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.check.contents import Contents
from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.check.target_summary import box_sides
from cnnsearch.page.charts import Axis, Chart, Figure, Marks

_MOST_BARS = 12
_STEPS = (0.5, 1.0, 2.0)  # of the binary logarithms of the ends of bars of sizes


def target_figure(inventory: Inventory, contents: Contents) -> Figure:
    """Return the distributions of objects per picture and of box sizes, without a given test set.

    There is no chart of what is the same in all pictures.
    """
    what = "classes" if inventory.task.type == "segmentation" else "objects"
    counts = contents.objects[list(inventory.open_positions)]
    charts = list[Chart]()
    if len(set(counts.tolist())) > 1:
        charts.append(_chart(f"{what} per picture", "pictures", *_of_counts(counts)))
    sides = np.sqrt(box_sides(inventory, contents).prod(axis=1))
    if len(sides):
        charts.append(_chart("side of boxes: square root of the area, in pixels", "boxes", *_of_sizes(sides)))
    return Figure("targets", tuple(charts), "A given test set is not included." if inventory.parts else "")


def _chart(title: str, counted: str, labels: Sequence[str], numbers: Sequence[int]) -> Chart:
    return Chart(
        title=title,
        x=Axis(counted, is_count=True),
        y=Axis(categories=tuple(labels)),
        marks=(Marks("bars", numbers, labels),),
    )


def _of_counts(counts: NDArray[np.int64]) -> tuple[list[str], list[int]]:
    """Return ranges of whole numbers, and how many counts are in each."""
    low, high = int(counts.min()), int(counts.max())
    step = -(-(high - low + 1) // _MOST_BARS)
    starts = np.arange(low, high + 1, step)
    labels = [str(start) if step == 1 else f"{start} to {start + step - 1}" for start in starts.tolist()]
    return labels, np.bincount((counts - low) // step, minlength=len(starts)).tolist()


def _of_sizes(sizes: NDArray[np.float64]) -> tuple[list[str], list[int]]:
    """Return ranges of sizes whose ends are in a constant ratio, and how many sizes are in each."""
    low, high = max(float(sizes.min()), 0.5), max(float(sizes.max()), 0.5)
    step = next((step for step in _STEPS if math.log2(high / low) < step * (_MOST_BARS - 1)), _STEPS[-1])
    first, last = math.floor(math.log2(low) / step), math.floor(math.log2(high) / step) + 1
    ends = [2 ** (step * number) for number in range(first, last + 1)]
    labels = [f"{start:.3g} to {end:.3g}" for start, end in itertools.pairwise(ends)]
    places = np.clip(np.searchsorted(ends, sizes, side="right") - 1, 0, len(labels) - 1)
    return labels, np.bincount(places, minlength=len(labels)).tolist()
