"""The augmentations that change values in place: noise, brightness, contrast, colours, a signal's scale.

Each is exact at strength 0: what is multiplied by 1 and added 0 is what it was.
"""

import math

import numpy as np

from cnnsearch.plan.augmentation import Brightness, Contrast, GaussianNoise, Hue, Saturation, Scale
from cnnsearch.training.augmentation.batch import Array, Batch, around

# Of red, green and blue in the grey that the eye sees (ITU-R BT.601).
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
# The cross product with the unit vector along the grey axis, of Rodrigues' rotation formula.
_ABOUT_GREY = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], np.float32) / np.float32(math.sqrt(3))


def gaussian_noise(kind: GaussianNoise, batch: Batch, draws: np.random.Generator) -> Batch:
    """A draw of its own for every value."""
    noise = draws.standard_normal(batch.x.shape, np.float32)
    return batch.with_x(batch.x + noise * np.float32(kind.stddev * batch.span))


def brightness(kind: Brightness, batch: Batch, draws: np.random.Generator) -> Batch:
    """One offset for an example."""
    return batch.with_x(batch.x + batch.spread(around(0, kind.factor * batch.span, draws, len(batch.x))))


def contrast(kind: Contrast, batch: Batch, draws: np.random.Generator) -> Batch:
    """One factor for an example, about the mean of each of its channels."""
    factors = batch.spread(around(1, kind.factor, draws, len(batch.x)))
    return batch.with_x(batch.x * factors + channel_means(batch.x) * (1 - factors))


def scale(kind: Scale, batch: Batch, draws: np.random.Generator) -> Batch:
    """One factor for an example, about zero."""
    return batch.with_x(batch.x * batch.spread(around(1, kind.factor, draws, len(batch.x))))


def saturation(kind: Saturation, batch: Batch, draws: np.random.Generator) -> Batch:
    """One factor for an example; at 0 it would be grey."""
    factors = around(1, kind.factor, draws, len(batch.x))[:, None, None]
    return batch.with_x(_recolour(batch.x, factors * np.eye(3, dtype=np.float32) + (1 - factors) * _GREY))


def hue(kind: Hue, batch: Batch, draws: np.random.Generator) -> Batch:
    """One angle for an example; by a third of a turn red becomes green. Greys stay."""
    angles = around(0, kind.factor, draws, len(batch.x))[:, None, None] * np.float32(2 * math.pi)
    cosine = np.cos(angles)
    turned = cosine * np.eye(3, dtype=np.float32) + (1 - cosine) / 3 + np.sin(angles) * _ABOUT_GREY
    return batch.with_x(_recolour(batch.x, turned))


def channel_means(x: Array) -> Array:
    """The mean of each example's channels over its positions, shaped to meet x; float32."""
    by_channel = np.ascontiguousarray(x.reshape(len(x), -1, x.shape[-1]).swapaxes(1, 2))  # numpy: 12 x faster
    means: Array = by_channel.mean(axis=2, dtype=np.float32)
    return means.reshape(len(x), *(1,) * (x.ndim - 2), x.shape[-1])


def _recolour(x: Array, matrices: Array) -> Array:
    """Multiplies each example's colours by its own matrix, `(batch, new channel, old channel)`."""
    colours = x.reshape(len(x), -1, x.shape[-1]).astype(np.float32)
    return (colours @ matrices.swapaxes(1, 2)).reshape(x.shape)
