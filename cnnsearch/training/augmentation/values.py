"""The augmentations that change values in place: noise, brightness, contrast, colors, the scale of a signal.

Each is exact at strength 0: multiplying by 1 and adding 0 leaves values unchanged.
"""

import math

import numpy as np

from cnnsearch.plan.augmentation import Brightness, Contrast, GaussianNoise, Hue, Saturation, Scale
from cnnsearch.training.augmentation.batch import Array, Batch, around

# The weights of red, green and blue in luma (ITU-R BT.601).
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
# The cross product with the unit vector along the grey axis, from Rodrigues' rotation formula.
_ABOUT_GREY = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], np.float32) / np.float32(math.sqrt(3))


def gaussian_noise(kind: GaussianNoise, batch: Batch, draws: np.random.Generator) -> Batch:
    """Add an independent draw to every value."""
    noise = draws.standard_normal(batch.x.shape, np.float32)
    return batch.with_x(batch.x + noise * np.float32(kind.stddev * batch.span))


def brightness(kind: Brightness, batch: Batch, draws: np.random.Generator) -> Batch:
    """Add one offset per example."""
    return batch.with_x(batch.x + batch.spread(around(0, kind.factor * batch.span, draws, len(batch.x))))


def contrast(kind: Contrast, batch: Batch, draws: np.random.Generator) -> Batch:
    """Scale each example by one factor about the mean of each channel."""
    factors = batch.spread(around(1, kind.factor, draws, len(batch.x)))
    return batch.with_x(batch.x * factors + channel_means(batch.x) * (1 - factors))


def scale(kind: Scale, batch: Batch, draws: np.random.Generator) -> Batch:
    """Scale each example by one factor about zero."""
    return batch.with_x(batch.x * batch.spread(around(1, kind.factor, draws, len(batch.x))))


def saturation(kind: Saturation, batch: Batch, draws: np.random.Generator) -> Batch:
    """Scale the saturation of each example by one factor; 0 gives grey."""
    factors = around(1, kind.factor, draws, len(batch.x))[:, None, None]
    return batch.with_x(_recolour(batch.x, factors * np.eye(3, dtype=np.float32) + (1 - factors) * _GREY))


def hue(kind: Hue, batch: Batch, draws: np.random.Generator) -> Batch:
    """Rotate the hue of each example by one angle; a third of a turn maps red to green and keeps greys."""
    angles = around(0, kind.factor, draws, len(batch.x))[:, None, None] * np.float32(2 * math.pi)
    cosine = np.cos(angles)
    turned = cosine * np.eye(3, dtype=np.float32) + (1 - cosine) / 3 + np.sin(angles) * _ABOUT_GREY
    return batch.with_x(_recolour(batch.x, turned))


def channel_means(x: Array) -> Array:
    """Return the mean of each channel of each example, float32, shaped to broadcast against x."""
    by_channel = np.ascontiguousarray(x.reshape(len(x), -1, x.shape[-1]).swapaxes(1, 2))  # numpy: 12 x faster
    means: Array = by_channel.mean(axis=2, dtype=np.float32)
    return means.reshape(len(x), *(1,) * (x.ndim - 2), x.shape[-1])


def _recolour(x: Array, matrices: Array) -> Array:
    """Multiply the colors of each example by its matrix, `(batch, new channel, old channel)`."""
    colours = x.reshape(len(x), -1, x.shape[-1]).astype(np.float32)
    return (colours @ matrices.swapaxes(1, 2)).reshape(x.shape)
