"""A few augmented examples as a picture in the trial's folder, for people to judge the strengths by."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from cnnsearch.files import replacing
from cnnsearch.plan.augmentation import AnyAugmentation
from cnnsearch.training.augmentation.augmenter import augment
from cnnsearch.training.augmentation.batch import Array

_EXAMPLES, _VARIANTS = 6, 7
_SIDE = 96  # pixels; smaller examples are enlarged to about it
_GAP = 4
_LINES = ("black", "red", "blue", "green")  # of a signal's channels


def write_picture(
    path: Path,
    x: Array,
    augmentations: tuple[AnyAugmentation, ...],
    *,
    value_range: tuple[float, float],
    seed: int,
) -> None:
    """Writes a PNG, at once: a row for each of a few examples, first as it is, then augmented anew and anew.

    Pictures are shown as they are, volumes by the slice in the middle, signals as lines. The draws are the
    picture's own; training's are left alone.

    Args:
        path: The file.
        x: The training examples, `(examples, *spatial, channels)`.
        augmentations: The plan's.
        value_range: The data's least and greatest value: black and white, or a plot's bottom and top.
        seed: The trial's.
    """
    draws = np.random.default_rng(seed)
    chosen = np.sort(draws.choice(len(x), min(_EXAMPLES, len(x)), replace=False))
    examples = np.asarray(x[chosen])
    targets = np.zeros((len(examples), 1), np.float32)  # nobody sees what becomes of them
    columns = [examples]
    for _ in range(_VARIANTS):
        columns.append(augment(examples, targets, augmentations, value_range, draws)[0])
    sheet = _tile([[_panel(x, value_range) for x in column] for column in columns])
    with replacing(path, durable=False) as file:
        sheet.save(file, format="PNG")


def _panel(example: Array, value_range: tuple[float, float]) -> Image.Image:
    low, high = value_range
    shares = np.clip((example.astype(np.float32) - low) / ((high - low) or 1.0), 0, 1)
    if example.ndim == 2:
        return _plot(shares)
    return _enlarge(shares[len(shares) // 2] if example.ndim == 4 else shares)


def _enlarge(shares: Array) -> Image.Image:
    """`(height, width, channels)` from 0 to 1 as a picture; of channels that are no colours the first."""
    pixels = np.rint(shares * 255).astype(np.uint8)
    picture = Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[..., 0])
    factor = max(1, _SIDE // max(picture.size))
    larger = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    return larger.convert("RGB")


def _plot(shares: Array) -> Image.Image:
    """Heights from 0 to 1, `(length, channels)`, as lines."""
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
