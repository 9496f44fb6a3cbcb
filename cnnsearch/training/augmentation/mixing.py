"""The augmentations that hide a part of an example or mix two examples: cutout, time mask, mixup, cutmix."""

import numpy as np

from cnnsearch.plan.augmentation import Cutmix, Cutout, Mixup, TimeMask
from cnnsearch.training.augmentation.batch import Array, Batch, box_mask, draw_boxes, volume
from cnnsearch.training.augmentation.values import channel_means


def cutout(kind: Cutout, batch: Batch, draws: np.random.Generator) -> Batch:
    """Hide a box of fixed size at a random position of each example."""
    hidden = draw_boxes(np.full(len(batch.x), kind.factor), batch.sizes, draws)
    return _hide(batch, hidden)


def time_mask(kind: TimeMask, batch: Batch, draws: np.random.Generator) -> Batch:
    """Hide an interval of random length that lies completely inside the example."""
    length = batch.sizes[0]
    widths = np.rint(draws.uniform(0, kind.factor, (len(batch.x), 1)) * length)
    starts = np.floor(draws.uniform(0, 1, (len(batch.x), 1)) * (length - widths + 1))
    return _hide(batch, box_mask(starts, starts + widths, batch.sizes))


def mixup(kind: Mixup, batch: Batch, draws: np.random.Generator) -> Batch:
    """Replace each example and its target by a weighted mean with those of another example."""
    others, own = draws.permutation(len(batch.x)), _own_shares(kind.alpha, draws, len(batch.x))
    shares = batch.spread(own)
    x = batch.x * shares + batch.x[others] * (1 - shares)
    return Batch(x, _mix_targets(batch.targets, others, own), batch.span)


def cutmix(kind: Cutmix, batch: Batch, draws: np.random.Generator) -> Batch:
    """Paste a box of another example; the targets are weighted by its fraction of the volume."""
    others, own = draws.permutation(len(batch.x)), _own_shares(kind.alpha, draws, len(batch.x))
    boxes = draw_boxes((1 - own) ** (1 / len(batch.sizes)), batch.sizes, draws)
    covered = boxes.sum(axis=tuple(range(1, boxes.ndim)), dtype=np.float32)
    x = np.where(boxes[..., None], batch.x[others], batch.x)
    left = 1 - covered / np.float32(volume(batch.sizes))
    return Batch(x, _mix_targets(batch.targets, others, left), batch.span)


def _own_shares(alpha: float, draws: np.random.Generator, count: int) -> Array:
    """Draw the weight of each example. As alpha approaches 0 the weights approach 0 or 1: no mixing."""
    shares = draws.beta(alpha, alpha, count) if alpha else np.ones(count)
    return shares.astype(np.float32)


def _mix_targets(targets: Array, others: Array, own: Array) -> Array:
    mixed: Array = targets * own[:, None] + targets[others] * (1 - own)[:, None]
    return mixed


def _hide(batch: Batch, hidden: Array) -> Batch:
    means = channel_means(batch.x).astype(batch.x.dtype)
    return batch.with_x(np.where(hidden[..., None], means, batch.x))
