"""The datasets by name, as files that both sides read; made where they are not there."""

import io
import tarfile
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import numpy as np
from peers.datasets import fashion_file
from PIL import Image

SIDE = 64
CELLS = ("RBC", "WBC", "Platelets")
MOST_OF_A_KIND = 400
EXAMPLES = 2_000
FEWEST_IN_A_CATEGORY = 60

NAMES = ("digits", "mnist10k", "fashion", "cifar10", "cells", "emoji", "cifar2000", "cifar2000x64")


def prepared(name: str, folder: Path, sources: dict[str, Path]) -> str:
    """What `cnnsearch --data` takes for a dataset.

    Args:
        name: One of `NAMES`.
        folder: Where files that are made stand.
        sources: Of `mnist10k` the .npz file, of `cifar10` the folder of pictures or the archive with it, of
            `cells` BCCD's archive, of `emoji` the npm package's archive.

    Raises:
        SystemExit: The source of a dataset is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    match name:
        case "digits":
            return "digits"
        case "mnist10k":
            return str(_source("mnist10k", sources))
        case "cifar10":
            return str(_cifar_folder(folder, sources))
        case "fashion":
            return str(fashion_file(folder))
    file = folder / f"{name}.npz"
    if not file.exists():
        make = {"cells": _cells, "emoji": _emoji, "cifar2000": _small_cifar, "cifar2000x64": _large_cifar}
        np.savez(file, **make[name](folder, sources))
    return str(file)


def _source(name: str, sources: dict[str, Path]) -> Path:
    if name not in sources:
        raise SystemExit(f"{name}: its source is missing; give --data {name}=PATH")
    return sources[name].resolve()


def _cifar_folder(folder: Path, sources: dict[str, Path]) -> Path:
    source = _source("cifar10", sources)
    if source.is_dir():
        return source
    place = folder / "cifar10"
    if not place.exists():
        with tarfile.open(source) as archive:
            archive.extractall(place, filter="data")
    return place


def _small_cifar(folder: Path, sources: dict[str, Path], side: int = 32) -> dict[str, np.ndarray]:
    """2,000 pictures of CIFAR-10's training folder, as many of each class; the test folder whole."""
    place, arrays = _cifar_folder(folder, sources), {}
    for part, count in (("train", EXAMPLES // 10), ("test", 1_000)):
        x, y = [], []
        for label, group in enumerate(sorted((place / part).iterdir())):
            for path in sorted(group.iterdir())[:count]:
                x.append(
                    np.asarray(
                        Image.open(path).convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
                    )
                )
                y.append(label)
        arrays |= {f"x_{part}": np.array(x), f"y_{part}": np.array(y)}
    return arrays


def _large_cifar(folder: Path, sources: dict[str, Path]) -> dict[str, np.ndarray]:
    return _small_cifar(folder, sources, SIDE)


def _cells(folder: Path, sources: dict[str, Path]) -> dict[str, np.ndarray]:
    """Blood cells cut out of BCCD's pictures by their boxes, at most 400 of a kind, scaled to 64x64."""
    x, y = [], []
    with zipfile.ZipFile(_source("cells", sources)) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".xml"))
        for name in np.random.default_rng(0).permutation(names):
            tree = ElementTree.fromstring(archive.read(str(name)))
            file = str(name).replace("Annotations", "JPEGImages").replace(".xml", ".jpg")
            if file not in archive.namelist():
                continue
            picture = Image.open(io.BytesIO(archive.read(file))).convert("RGB")
            for cell in tree.iter("object"):
                kind = CELLS.index(cell.findtext("name", ""))
                box = [int(cell.findtext(f"bndbox/{edge}", "0")) for edge in ("xmin", "ymin", "xmax", "ymax")]
                if y.count(kind) >= MOST_OF_A_KIND or box[2] <= box[0] or box[3] <= box[1]:
                    continue
                x.append(np.asarray(picture.crop(box).resize((SIDE, SIDE), Image.Resampling.BILINEAR)))
                y.append(kind)
    return {"x": np.array(x), "y": np.array(y)}


def _emoji(folder: Path, sources: dict[str, Path]) -> dict[str, np.ndarray]:
    """Twitter's emoji over white by their categories, at 64x64; the largest categories' first 400."""
    import json

    x, y, categories = [], [], {}
    with tarfile.open(_source("emoji", sources)) as archive:
        described = json.load(archive.extractfile("package/emoji.json"))
        for emoji in described:
            categories.setdefault(emoji["category"], []).append(emoji["image"])
        kept = sorted(name for name, images in categories.items() if len(images) >= FEWEST_IN_A_CATEGORY)
        for label, category in enumerate(kept):
            for image in sorted(categories[category])[:MOST_OF_A_KIND]:
                content = archive.extractfile(f"package/img/twitter/64/{image}").read()
                picture = Image.open(io.BytesIO(content)).convert("RGBA")
                white = Image.new("RGBA", picture.size, "white")
                x.append(
                    np.asarray(Image.alpha_composite(white, picture).convert("RGB").resize((SIDE, SIDE)))
                )
                y.append(label)
    return {"x": np.array(x), "y": np.array(y)}
