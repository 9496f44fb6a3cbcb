"""Examples with their targets drawn on them: those with the most objects, the fewest, and a sample."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cnnsearch.data.check.contents import Contents
from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.pictures import PictureError, hushed
from cnnsearch.data.remarks import Remark
from cnnsearch.page import overlays
from cnnsearch.page.formatting import plural
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.segmentation.metrics import IGNORED

_MOST, _EXTREME = 12, 3  # pictures in all, and of those with the most objects and with the fewest
_ENDS = (0.0, 255.0)


@dataclass(frozen=True)
class Overlay:
    """A picture with its target.

    Args:
        source: Data URI.
        name: Name of the file.
        reason: Why it is shown.
        text: Its objects in words.
    """

    source: str
    name: str
    reason: str
    text: str


def target_gallery(inventory: Inventory, seed: int = 0) -> list[Overlay]:
    """Return overlays of readable examples outside of a given test set; none unless they are images.

    Args:
        inventory: The examples.
        seed: Seed of the sample.
    """
    contents = inventory.contents
    if contents is None or contents.drawn is None:
        return []
    with hushed():
        return list(_overlays(inventory, contents, _chosen(inventory, contents, seed)))


def legend(inventory: Inventory) -> dict[str, str]:
    """Return the colour of each class in overlays of regions; empty for other targets."""
    if inventory.contents is None or inventory.task.type != "segmentation":
        return {}
    names = inventory.contents.names[1:]
    return {name: f"rgb{overlays.colour_of(index)}" for index, name in enumerate(names)}


def _chosen(inventory: Inventory, contents: Contents, seed: int) -> dict[int, str]:
    """Return the positions of the examples to show, and why."""
    masked = {remark.position for remark in contents.remarks if _is_of_mask(remark)}
    shown = [i for i in inventory.open_positions if i not in masked]
    order = sorted(shown, key=lambda i: (-int(contents.objects[i]), i))
    what = "classes" if inventory.task.type == "segmentation" else "objects"
    chosen = dict[int, str]()
    if len({int(contents.objects[i]) for i in shown}) > 1:
        chosen = dict.fromkeys(order[:_EXTREME], f"most {what}")
        for position in order[::-1][:_EXTREME]:
            chosen.setdefault(position, f"fewest {what}")
    rest = np.array([i for i in shown if i not in chosen], np.int64)
    sample = np.random.default_rng(seed).permutation(rest)[: _MOST - len(chosen)]
    return chosen | dict.fromkeys(sorted(sample.tolist()), "sample")


def _is_of_mask(remark: Remark) -> bool:
    return remark.kind.startswith("mask_")


def _overlays(inventory: Inventory, contents: Contents, chosen: dict[int, str]) -> Iterator[Overlay]:
    assert contents.drawn is not None
    for position, reason in chosen.items():
        try:
            values, target = contents.drawn(position, overlays.SHOWN)
        except PictureError:  # the file has changed since the scan
            continue
        source = overlays.address(_overlay(inventory.task, contents.names, values, target))
        text = _text(inventory.task, contents, position)
        yield Overlay(source, inventory.name(position), reason, text)


def _text(task: Task, contents: Contents, position: int) -> str:
    """Return the contents of a target in words."""
    counts = contents.counts[position].tolist()
    present = [(name, count) for name, count in zip(contents.names, counts, strict=True) if count]
    if task.type == "segmentation":
        return f"classes {', '.join(name for name, _ in present)}"
    if task.type == "keypoints":
        objects = plural(int(contents.objects[position]), "object")
        return f"{objects}, {plural(sum(counts), 'labelled keypoint')}"
    return ", ".join(f"{name}: {count}" for name, count in present) or "no objects"


def _overlay(task: Task, names: tuple[str, ...], values: overlays.Pixels, target: Targets) -> overlays.Pixels:
    """Return an example with its target drawn on it."""
    if task.type == "detection":
        boxes = target[target[:, 4] >= 0]
        kinds = boxes[:, 4].astype(np.int64)
        return overlays.boxes(values, boxes[:, :4], kinds, [names[kind] for kind in kinds.tolist()], _ENDS)
    if task.type == "keypoints":
        visibility = target[..., 2]
        return overlays.points(values, target[..., :2], visibility > 0, visibility == 1, names, _ENDS)
    if task.type == "instances":
        return overlays.instances(values, target[..., 1], _ENDS)
    return overlays.regions(values, np.where(target == IGNORED, 0, target), _ENDS)
