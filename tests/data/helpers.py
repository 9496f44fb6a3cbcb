"""Small datasets, made on the spot."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cnnsearch.data.splits import PARTS


def write_picture(
    path: Path, *, size: tuple[int, int] = (8, 6), mode: str = "RGB", color: Any = 0, **options: Any
) -> Path:
    """Writes a picture of one colour; `size` is Pillow's (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, color).save(path, **options)
    return path


def write_classes(
    root: Path, labels: Iterable[str] = ("cat", "dog"), *, count: int = 5, **options: Any
) -> Path:
    """Writes `count` pictures into a folder for each label, each picture of a colour of its own."""
    for number, label in enumerate(labels):
        for index in range(count):
            color = (10 * index, 100 * number, 0)
            write_picture(root / label / f"{index}.png", **{"color": color, **options})
    return root


def write_npz(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def pictures(count: int, *shape: int) -> np.ndarray:
    """Distinct uint8 examples."""
    return np.random.default_rng(count).integers(0, 256, (count, *(shape or (4, 4, 1))), dtype=np.uint8)


def keras_arrays(**counts: int) -> dict[str, np.ndarray]:
    """The arrays `x_PART`, `y_PART` of two classes in turn, for each part and its number of examples."""
    xs = {f"x_{part}": pictures(count) for part, count in counts.items()}
    return xs | {f"y_{part}": np.arange(count) % 2 for part, count in counts.items()}


def total(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    """Examples in each part, from a summary's counts."""
    return {part: sum(counts[part].values()) for part in PARTS}


def by_pillow(path: Path, mode: str, height: int, width: int) -> np.ndarray:
    """The pixels of an upright picture as `describe_preprocessing` names the steps, by Pillow alone."""
    with Image.open(path) as image:
        image.draft(None, (max(height, width), max(height, width)))
        if image.has_transparency_data:
            white = Image.new("RGBA", image.size, "white")
            picture = Image.alpha_composite(white, image.convert("RGBA")).convert(mode)
        else:
            picture = image.convert(mode)
    scale = min(width / picture.width, height / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    canvas = Image.new(mode, (width, height))
    place = (width - size[0]) // 2, (height - size[1]) // 2
    canvas.paste(picture.resize(size, Image.Resampling.BILINEAR), place)
    return np.asarray(canvas).reshape(height, width, -1)


def photo(height: int = 24, width: int = 40, mode: str = "RGB") -> Image.Image:
    """A picture with coarse and fine detail, as photos have."""
    draws = np.random.default_rng(0)
    coarse = Image.fromarray(draws.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    noisy = smooth + draws.integers(-12, 13, (height, width, 1))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).convert(mode)
