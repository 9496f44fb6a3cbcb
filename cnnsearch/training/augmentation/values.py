"""The augmentations that change values in place: noise, brightness, contrast, colors, the scale of a signal.

Each is exact at strength 0: multiplying by 1 and adding 0 leaves values unchanged.
"""

import math

import numpy as np

from cnnsearch.plan.augmentation import Brightness, Contrast, GaussianNoise, Hue, Saturation, Scale
from cnnsearch.training.augmentation.batch import Array, Batch, Drawn, Shape, around

# The weights of red, green and blue in luma (ITU-R BT.601).
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
# The cross product with the unit vector along the grey axis, from Rodrigues' rotation formula.
_ABOUT_GREY = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], np.float32) / np.float32(math.sqrt(3))


def draw_noise(kind: GaussianNoise, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw one number for every value."""
    return (draws.standard_normal(shape, np.float32),)


def gaussian_noise(kind: GaussianNoise, batch: Batch, drawn: Drawn) -> Batch:
    """Add an independent draw to every value."""
    return batch.with_x(batch.x + drawn[0] * np.float32(kind.stddev * batch.span))


def draw_offset(kind: Brightness, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw one offset per example, as a fraction of the data's range."""
    return (around(0, kind.factor, draws, shape[0]),)


def brightness(kind: Brightness, batch: Batch, drawn: Drawn) -> Batch:
    """Add one offset per example."""
    return batch.with_x(batch.x + batch.spread(drawn[0] * np.float32(batch.span)))


def draw_factor(kind: Contrast | Scale | Saturation, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw one factor per example."""
    return (around(1, kind.factor, draws, shape[0]),)


def contrast(kind: Contrast, batch: Batch, drawn: Drawn) -> Batch:
    """Scale each example by one factor about the mean of each channel."""
    factors = batch.spread(drawn[0])
    return batch.with_x(batch.x * factors + channel_means(batch.x) * (1 - factors))


def scale(kind: Scale, batch: Batch, drawn: Drawn) -> Batch:
    """Scale each example by one factor about zero."""
    return batch.with_x(batch.x * batch.spread(drawn[0]))


def saturation(kind: Saturation, batch: Batch, drawn: Drawn) -> Batch:
    """Scale the saturation of each example by one factor; 0 gives grey."""
    factors = drawn[0][:, None, None]
    return batch.with_x(_recolour(batch.x, factors * np.eye(3, dtype=np.float32) + (1 - factors) * _GREY))


def draw_turn(kind: Hue, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw the cosine and the sine of one angle per example."""
    angles = around(0, kind.factor, draws, shape[0]) * np.float32(2 * math.pi)
    return np.cos(angles), np.sin(angles)


def hue(kind: Hue, batch: Batch, drawn: Drawn) -> Batch:
    """Rotate the hue of each example by one angle; a third of a turn maps red to green and keeps greys."""
    cosine, sine = (each[:, None, None] for each in drawn)
    turned = cosine * np.eye(3, dtype=np.float32) + (1 - cosine) / 3 + sine * _ABOUT_GREY
    return batch.with_x(_recolour(batch.x, turned))


def channel_means(x: Array) -> Array:
    """Return the mean of each channel of each example, float32, shaped to broadcast against x."""
    by_channel = x.reshape(len(x), -1, x.shape[-1]).swapaxes(1, 2)
    if isinstance(x, np.ndarray):
        by_channel = np.ascontiguousarray(by_channel)  # 12 x faster
    means = by_channel.mean(axis=2, dtype=np.float32)
    return means.reshape(len(x), *(1,) * (x.ndim - 2), x.shape[-1])


def _recolour(x: Array, matrices: Array) -> Array:
    """Multiply the colors of each example by its matrix, `(batch, new channel, old channel)`."""
    colours = x.reshape(len(x), -1, x.shape[-1]).astype(np.float32)
    return (colours @ matrices.swapaxes(1, 2)).reshape(x.shape)
