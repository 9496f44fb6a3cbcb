"""The augmentations that hide a part of an example or mix two examples: cutout, time mask, mixup, cutmix."""

import numpy as np
from numpy.typing import NDArray

from cnnsearch.plan.augmentation import Cutmix, Cutout, Mixup, TimeMask
from cnnsearch.training.augmentation.batch import (
    Array,
    Batch,
    Drawn,
    Shape,
    box_mask,
    draw_boxes,
    draw_interval,
    volume,
)
from cnnsearch.training.augmentation.values import channel_means


def draw_cutout(kind: Cutout, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw the positions of boxes of fixed size."""
    return draw_boxes(np.full(shape[0], kind.factor), shape[1:-1], draws)


def cutout(kind: Cutout, batch: Batch, drawn: Drawn) -> Batch:
    """Hide a box of fixed size at a random position of each example."""
    return _hide(batch, drawn)


def draw_time_mask(kind: TimeMask, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw intervals of random lengths."""
    return draw_interval(draws.uniform(0, kind.factor, (shape[0], 1)), shape[1], draws)


def time_mask(kind: TimeMask, batch: Batch, drawn: Drawn) -> Batch:
    """Hide an interval of random length that lies completely inside the example."""
    return _hide(batch, drawn)


def draw_mixup(kind: Mixup, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw the other example of each, and the share of its own."""
    return _draw_others(shape[0], draws), _own_shares(kind.alpha, draws, shape[0])


def mixup(kind: Mixup, batch: Batch, drawn: Drawn) -> Batch:
    """Replace each example and its target by a weighted mean with those of another example."""
    others, own = drawn
    shares = batch.spread(own)
    x = batch.x * shares + batch.x[others] * (1 - shares)
    return Batch(x, _mix_targets(batch.targets, others, own), batch.span)


def draw_cutmix(kind: Cutmix, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw the other example of each, and a box whose volume is a random share."""
    others, own = _draw_others(shape[0], draws), _own_shares(kind.alpha, draws, shape[0])
    sizes = shape[1:-1]
    return (others, *draw_boxes((1 - own) ** (1 / len(sizes)), sizes, draws))


def cutmix(kind: Cutmix, batch: Batch, drawn: Drawn) -> Batch:
    """Paste a box of another example; the targets are weighted by its fraction of the volume."""
    others, starts, ends = drawn
    boxes = box_mask(starts, ends, batch.sizes)
    covered = boxes.sum(axis=tuple(range(1, boxes.ndim)), dtype=np.float32)
    x = batch.library.where(boxes[..., None], batch.x[others], batch.x)
    left = 1 - covered / np.float32(volume(batch.sizes))
    return Batch(x, _mix_targets(batch.targets, others, left), batch.span)


def _draw_others(count: int, draws: np.random.Generator) -> NDArray[np.int32]:
    return draws.permutation(count).astype(np.int32)


def _own_shares(alpha: float, draws: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Draw the weight of each example. As alpha approaches 0 the weights approach 0 or 1: no mixing."""
    shares = draws.beta(alpha, alpha, count) if alpha else np.ones(count)
    return shares.astype(np.float32)


def _mix_targets(targets: Array, others: Array, own: Array) -> Array:
    return targets * own[:, None] + targets[others] * (1 - own)[:, None]


def _hide(batch: Batch, drawn: Drawn) -> Batch:
    starts, ends = drawn
    hidden = box_mask(starts, ends, batch.sizes)
    means = channel_means(batch.x).astype(batch.x.dtype)
    return batch.with_x(batch.library.where(hidden[..., None], means, batch.x))
