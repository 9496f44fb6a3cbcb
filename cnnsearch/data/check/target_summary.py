"""Contents of targets -> the amounts for a report: pictures and objects by part, and sizes of boxes."""

from collections import defaultdict
from statistics import median

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.check.classes import WHOLE
from cnnsearch.data.check.contents import Contents
from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.check.report import BoxSize, SizeRange, TargetSummary
from cnnsearch.data.splits import PARTS


def summarize_targets(inventory: Inventory, contents: Contents) -> TargetSummary:
    """Return the amounts of targets of objects or maps."""
    has_objects = inventory.task.type != "segmentation"
    counts = sorted(contents.objects[list(inventory.open_positions)].tolist())
    per_picture = SizeRange(least=counts[0], median=median(counts), greatest=counts[-1]) if counts else None
    smallest, largest = _extremes(inventory, contents)
    return TargetSummary(
        pictures=pictures_by_part(inventory, contents),
        objects=_by_part(inventory, contents, contents.counts) if has_objects else {},
        per_picture=per_picture,
        smallest=smallest,
        largest=largest,
    )


def pictures_by_part(inventory: Inventory, contents: Contents) -> dict[str, dict[str, int]]:
    """Return the number of pictures with each name in each part."""
    return _by_part(inventory, contents, (contents.counts > 0).astype(np.int64))


def box_sides(inventory: Inventory, contents: Contents) -> NDArray[np.float64]:
    """Return the width and height of each box outside of a given test set, `(boxes, 2)`."""
    boxes = [contents.boxes[position] for position in inventory.open_positions]
    corners = np.concatenate([np.zeros((0, 5)), *boxes])
    sides: NDArray[np.float64] = corners[:, 2:4] - corners[:, :2]
    return sides


def _by_part(
    inventory: Inventory, contents: Contents, counts: NDArray[np.int64]
) -> dict[str, dict[str, int]]:
    positions = defaultdict[str, list[int]](list)
    for position, file in enumerate(inventory.files):
        positions[file.part or WHOLE].append(position)
    return {
        part: dict(zip(contents.names, counts[positions[part]].sum(axis=0).tolist(), strict=True))
        for part in (*PARTS, WHOLE)
        if part in positions
    }


def _extremes(inventory: Inventory, contents: Contents) -> tuple[BoxSize | None, BoxSize | None]:
    """Return the boxes of the smallest and of the largest area outside of a given test set."""
    areas = box_sides(inventory, contents).prod(axis=1)
    if not len(areas):
        return None, None
    counts = [len(contents.boxes[position]) for position in inventory.open_positions]
    owners = np.repeat(inventory.open_positions, counts)
    indices = np.concatenate([np.arange(count) for count in counts])
    smallest, largest = (
        _size(inventory, contents, int(owners[place]), int(indices[place]))
        for place in (areas.argmin(), areas.argmax())
    )
    return smallest, largest


def _size(inventory: Inventory, contents: Contents, position: int, index: int) -> BoxSize:
    x0, y0, x1, y1, kind = contents.boxes[position][index].tolist()
    return BoxSize(
        width=round(x1 - x0, 2),
        height=round(y1 - y0, 2),
        label=contents.names[int(kind)],
        file=inventory.name(position),
        place=contents.place(position, index),
    )
