"""The datasets: each function writes one into a folder, and returns the arguments of a search."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ARCHIVES = {
    "membranes": "membrane.zip",
    "cells": "bccd.zip",
    "mouse": "mouse_keypoints.zip",
    "canvases": "mnist10k.npz",
}
MINUTES = {"membranes": 20, "cells": 30, "mouse": 20, "canvases": 20}


def membranes(archive: Path, folder: Path) -> list[str]:
    """Write the pictures at 256x256 with their masks, divided at random."""
    unpack(archive, folder)
    (root,) = {path.parent.parent for path in folder.rglob("train/image/0.png")}
    x, y = [], []
    for number in range(30):
        for found, kind, how in ((x, "image", Image.BILINEAR), (y, "label", Image.NEAREST)):
            with Image.open(root / kind / f"{number}.png") as picture:
                found.append(np.asarray(picture.convert("L").resize((256, 256), how)))
    order = np.random.default_rng(0).permutation(30)
    parts = {"train": order[:18], "validation": order[18:24], "test": order[24:]}
    return written(
        folder / "membranes.npz", np.stack(x)[..., None], (np.stack(y) > 127).astype(np.uint8), parts
    )


def cells(archive: Path, folder: Path) -> list[str]:
    """Unpack the pictures of blood and their annotations, a Pascal VOC folder."""
    unpack(archive, folder)
    (root,) = {path.parent.parent for path in folder.rglob("Annotations/*.xml")}
    return ["--data", str(root), "--image-size", "120x160"]


def mouse(archive: Path, folder: Path) -> list[str]:
    """Write the frames at 160x120 with their keypoints, the last fifth for the test."""
    unpack(archive, folder)
    described = json.loads((folder / "annotations.json").read_text())
    frames = sorted(described["images"], key=lambda frame: frame["file_name"])
    points = {each["image_id"]: each["keypoints"] for each in described["annotations"]}
    x = []
    for frame in frames:
        with Image.open(folder / "images" / frame["file_name"]) as picture:
            x.append(np.asarray(picture.convert("RGB").resize((160, 120), Image.BILINEAR)))
    y = np.array([points[frame["id"]] for frame in frames], np.float32).reshape(len(frames), 1, -1, 3)
    y[..., :2] /= 2
    ends = [0, round(0.6 * len(x)), round(0.8 * len(x)), len(x)]
    names = ("train", "validation", "test")
    parts = {name: np.arange(*ends[place : place + 2]) for place, name in enumerate(names)}
    return written(folder / "mouse.npz", np.stack(x), y, parts)


def canvases(archive: Path, folder: Path) -> list[str]:
    """Write canvases of digits: 2,000, 300 and 300."""
    with np.load(archive) as file:
        digits, classes = file["x"][..., 0], file["y"]
    draws = np.random.default_rng(0)
    arrays = {}
    for part, count, first, last in (
        ("train", 2000, 0, 7000),
        ("validation", 300, 7000, 8500),
        ("test", 300, 8500, 10_000),
    ):
        drawn = [canvas(digits[first:last], classes[first:last], draws) for _ in range(count)]
        arrays[f"x_{part}"] = np.stack([x for x, _ in drawn])
        arrays[f"y_{part}"] = np.stack([y for _, y in drawn])
    np.savez(folder / "canvases.npz", **arrays)
    return ["--data", str(folder / "canvases.npz")]


def canvas(
    digits: NDArray[np.uint8], classes: NDArray[np.integer], draws: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a picture of three to eight digits, and the class and number of the digit at each position."""
    x, y = np.zeros((64, 64, 1), np.uint8), np.zeros((64, 64, 2), np.uint8)
    for number in range(1, int(draws.integers(3, 9)) + 1):
        chosen = int(draws.integers(len(digits)))
        rows, columns = np.nonzero(digits[chosen])
        digit = digits[chosen][rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        top, left = (int(draws.integers(64 - size + 1)) for size in digit.shape)
        box = slice(top, top + digit.shape[0]), slice(left, left + digit.shape[1])
        x[box][..., 0] = np.maximum(x[box][..., 0], digit)
        y[box][digit > 100] = (classes[chosen] + 1, number)
    return x, y


DATASETS: dict[str, Callable[[Path, Path], list[str]]] = {
    "membranes": membranes,
    "cells": cells,
    "mouse": mouse,
    "canvases": canvases,
}


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip archive."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)


def written(
    file: Path, x: NDArray[np.uint8], y: NDArray[np.generic], parts: dict[str, NDArray[np.integer]]
) -> list[str]:
    """Write the parts as an .npz, and return the arguments of a search."""
    arrays = {f"x_{part}": x[index] for part, index in parts.items()}
    np.savez(file, **arrays, **{f"y_{part}": y[index] for part, index in parts.items()})
    return ["--data", str(file)]
