"""An image of a few augmented examples, to judge the strengths by eye."""

from typing import BinaryIO

import numpy as np
from PIL import Image, ImageDraw

from cnnsearch.plan.augmentation import AnyAugmentation
from cnnsearch.training.augmentation.augmenter import augment
from cnnsearch.training.augmentation.batch import Array

_EXAMPLES, _VARIANTS = 6, 7
_SIDE = 96  # pixels; smaller examples are enlarged to about this size
_GAP = 4
_LINES = ("black", "red", "blue", "green")  # colors of a signal's channels


def write_picture(
    file: BinaryIO,
    x: Array,
    augmentations: tuple[AnyAugmentation, ...],
    *,
    value_range: tuple[float, float],
    seed: int,
) -> None:
    """Write a PNG: one row per example, the original first, then several augmented versions.

    Images are shown as they are, volumes by their middle slice, signals as line plots. The draws have their
    own generator, so training is not affected.

    Args:
        file: The file, open for writing.
        x: The training examples, `(examples, *spatial, channels)`.
        augmentations: The plan's augmentations.
        value_range: The smallest and the largest value of the data: black and white, or the limits of a plot.
        seed: The trial's seed.
    """
    draws = np.random.default_rng(seed)
    chosen = np.sort(draws.choice(len(x), min(_EXAMPLES, len(x)), replace=False))
    examples = np.asarray(x[chosen])
    targets = np.zeros((len(examples), 1), np.float32)  # required by `augment`, not shown
    columns = [examples]
    for _ in range(_VARIANTS):
        columns.append(augment(examples, targets, augmentations, value_range, draws)[0])
    sheet = _tile([[_panel(x, value_range) for x in column] for column in columns])
    sheet.save(file, format="PNG")


def _panel(example: Array, value_range: tuple[float, float]) -> Image.Image:
    low, high = value_range
    shares = np.clip((example.astype(np.float32) - low) / ((high - low) or 1.0), 0, 1)
    if example.ndim == 2:
        return _plot(shares)
    return _enlarge(shares[len(shares) // 2] if example.ndim == 4 else shares)


def _enlarge(shares: Array) -> Image.Image:
    """Draw `(height, width, channels)` values from 0 to 1; the first channel only unless there are 3."""
    pixels = np.rint(shares * 255).astype(np.uint8)
    picture = Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[..., 0])
    factor = max(1, _SIDE // max(picture.size))
    larger = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    return larger.convert("RGB")


def _plot(shares: Array) -> Image.Image:
    """Plot heights from 0 to 1, `(length, channels)`, as lines."""
    picture = Image.new("RGB", (2 * _SIDE, _SIDE), "whitesmoke")
    across = np.linspace(0, picture.width - 1, len(shares))
    for heights, colour in zip(shares.T, _LINES, strict=False):
        points = zip(across.tolist(), ((1 - heights) * (_SIDE - 1)).tolist(), strict=True)
        ImageDraw.Draw(picture).line(list(points), fill=colour)
    return picture


def _tile(columns: list[list[Image.Image]]) -> Image.Image:
    width, height = (size + _GAP for size in columns[0][0].size)
    sheet = Image.new("RGB", (len(columns) * width + _GAP, len(columns[0]) * height + _GAP), "white")
    for column, panels in enumerate(columns):
        for row, panel in enumerate(panels):
            sheet.paste(panel, (column * width + _GAP, row * height + _GAP))
    return sheet
