"""Pictures that differ, made on the spot, and folders of them."""

from pathlib import Path

import numpy as np
from PIL import Image


def draw(seed: int, side: int = 64) -> Image.Image:
    """A picture of soft blots, unlike that of any other seed."""
    blots = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(blots).resize((side, side), Image.Resampling.BICUBIC)


def put(path: Path, picture: Image.Image, **options: object) -> Path:
    """Saves a picture, its folders made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **options)
    return path


def fill(folder: Path, first: int, count: int) -> Path:
    """Saves the drawings of some seeds."""
    for seed in range(first, first + count):
        put(folder / f"{seed}.png", draw(seed))
    return folder


def two_classes(root: Path, count: int = 6) -> Path:
    """A clean folder of two classes."""
    fill(root / "cat", 0, count)
    fill(root / "dog", 1000, count)
    return root


def three_parts(root: Path, count: int = 6) -> Path:
    """A clean folder of two classes in each of three given parts."""
    for number, part in enumerate(("train", "validation", "test")):
        fill(root / part / "cat", 100 * number, count)
        fill(root / part / "dog", 1000 + 100 * number, count)
    return root
