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
_FACTORS = (math.sqrt(2), 2.0, 4.0)  # of the ends of a bar of sizes


def target_figure(inventory: Inventory, contents: Contents) -> Figure:
    """Return the distributions of objects per picture and of box sizes, without a given test set.

    There is no chart of what is the same in all pictures.
    """
    what = "classes" if inventory.task.type == "segmentation" else "objects"
    counts = contents.objects[list(inventory.open_positions)]
    charts = (
        [_chart(f"{what} per picture", "pictures", *_of_counts(counts))]
        if counts.size and np.ptp(counts)
        else []
    )
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
    factor = next((f for f in _FACTORS if math.log(high / low, f) < _MOST_BARS - 1), _FACTORS[-1])
    first, last = math.floor(math.log(low, factor)), math.floor(math.log(high, factor)) + 1
    ends = [factor**power for power in range(first, last + 1)]
    labels = [f"{start:.3g} to {end:.3g}" for start, end in itertools.pairwise(ends)]
    places = np.clip(np.searchsorted(ends, sizes, side="right") - 1, 0, len(labels) - 1)
    return labels, np.bincount(places, minlength=len(labels)).tolist()
