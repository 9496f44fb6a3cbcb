"""The real datasets that tasks are made of: examples and labels in memory, by the name of their origin."""

import io
import json
import subprocess
import sys
import tarfile
import wave
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from peers.datasets import IDX, idx_file, read_idx
from PIL import Image
from sklearn.datasets import load_digits

Arrays = tuple[NDArray[np.generic], NDArray[np.generic]]
Sources = Mapping[str, Path]
"""The file of each source that is not installed, by its name."""

MOST = 12_000
"""Examples that are read of a source."""
PATCH = 32
RATE = 1_000
"""Samples a second of spoken digits as a signal: every fourth one of the recording's, averaged."""


def digits(_: Sources) -> Arrays:
    """scikit-learn's digits, 8x8."""
    found = load_digits()
    return (found.images * 15.9).astype(np.uint8)[..., None], found.target


def mnist(sources: Sources) -> Arrays:
    """10,000 digits of MNIST, 28x28."""
    with np.load(sources["mnist10k"]) as file:
        return file["x"], file["y"]


def fashion(_: Sources) -> Arrays:
    """Fashion-MNIST, 28x28."""
    return read_idx(idx_file(IDX["x_train"]))[:MOST, ..., None], read_idx(idx_file(IDX["y_train"]))[:MOST]


def cifar10(sources: Sources) -> Arrays:
    """CIFAR-10, 32x32 in colour: the first pictures of each class."""
    x, y = [], []
    with tarfile.open(sources["cifar10"]) as archive:
        members = sorted((m for m in archive if "train/" in m.name and m.isfile()), key=lambda m: m.name)
        taken: dict[str, int] = {}
        for member in members:
            label = Path(member.name).parent.name
            if taken.get(label, 0) < MOST // 10:
                taken[label] = taken.get(label, 0) + 1
                x.append(np.asarray(Image.open(archive.extractfile(member)).convert("RGB")))
                y.append(label)
    return np.array(x), np.array(y)


def scanned(sources: Sources) -> Arrays:
    """The handwritten digits of OpenCV's samples, 20x20: 100 in a row, 5 rows a digit."""
    sheet = np.asarray(Image.open(sources["opencv-digits"]).convert("L"))
    x = sheet.reshape(50, 20, 100, 20).swapaxes(1, 2).reshape(-1, 20, 20, 1)
    return x, np.repeat(np.arange(10), 500)


def animals(sources: Sources) -> Arrays:
    """Silhouettes of animals, 28x28. The arrays are a pickle, so a process of its own reads them."""
    code = (
        "import gzip, pickle, sys, zipfile, numpy as np\n"
        "z = zipfile.ZipFile(sys.argv[1]); d = 'animal_mnist/data/Animal_MNIST/animal_'\n"
        "load = lambda n: pickle.loads(gzip.decompress(z.read(d + n + '_version_3.gz')))\n"
        "x, y = (np.asarray(load(n)) for n in ('data', 'label'))\n"
        "np.savez(sys.stdout.buffer, x=x, y=y)\n"
    )
    return _arrays([sys.executable, "-c", code, str(sources["animal-mnist"])])


def cells(sources: Sources) -> Arrays:
    """Blood cells cut out of BCCD's pictures by their boxes, at most 800 of a kind, scaled to 64x64."""
    x, y = [], []
    with zipfile.ZipFile(sources["bccd"]) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".xml"))
        for name in np.random.default_rng(0).permutation(names):
            file = str(name).replace("Annotations", "JPEGImages").replace(".xml", ".jpg")
            if file not in archive.namelist():
                continue
            picture = Image.open(io.BytesIO(archive.read(file))).convert("RGB")
            for cell in ElementTree.fromstring(archive.read(str(name))).iter("object"):
                kind = cell.findtext("name", "")
                box = [int(cell.findtext(f"bndbox/{edge}", "0")) for edge in ("xmin", "ymin", "xmax", "ymax")]
                if y.count(kind) < 800 and box[2] > box[0] and box[3] > box[1]:
                    x.append(np.asarray(picture.crop(box).resize((64, 64), Image.Resampling.BILINEAR)))
                    y.append(kind)
    return np.array(x), np.array(y)


def emoji(sources: Sources) -> Arrays:
    """Twitter's emoji over white, 64x64 in colour, by category."""
    pictures, labels = _emoji(sources)
    over = [Image.alpha_composite(Image.new("RGBA", p.size, "white"), p).convert("RGB") for p in pictures]
    return np.array([np.asarray(picture) for picture in over]), labels


def emoji_alpha(sources: Sources) -> Arrays:
    """Twitter's emoji, 32x32 in two channels: grey and alpha."""
    pictures, labels = _emoji(sources)
    small = [p.convert("LA").resize((32, 32), Image.Resampling.BOX) for p in pictures]
    return np.array([np.asarray(picture) for picture in small]), labels


def _emoji(sources: Sources) -> tuple[list[Image.Image], NDArray[np.str_]]:
    pictures, labels = [], []
    with tarfile.open(sources["emoji"]) as archive:
        described = json.load(archive.extractfile("package/emoji.json"))
        categories = {e["image"]: e["category"] for e in described if e["category"] != "Component"}
        for member in archive:
            name = Path(member.name).name
            if "/img/twitter/64/" in member.name and name in categories:
                pictures.append(Image.open(archive.extractfile(member)).convert("RGBA"))
                labels.append(categories[name])
    return pictures, np.array(labels)


def membranes(sources: Sources) -> Arrays:
    """Patches of electron-microscope pictures, 32x32: is the middle a membrane? As many of each kind."""
    x, y, rng = [], [], np.random.default_rng(0)
    with zipfile.ZipFile(sources["membrane"]) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        for name in sorted(name for name in names if "/image" in name):
            mask_name = name.replace("/image", "/label")
            if mask_name not in names:
                continue
            picture, mask = (
                np.asarray(Image.open(io.BytesIO(archive.read(n))).convert("L")) for n in (name, mask_name)
            )
            inner = mask[PATCH // 2 : -PATCH // 2, PATCH // 2 : -PATCH // 2] > 127
            for kind in (False, True):
                rows, columns = np.nonzero(inner == kind)
                for place in rng.choice(len(rows), 100, replace=False):
                    top, left = rows[place], columns[place]
                    x.append(picture[top : top + PATCH, left : left + PATCH, None])
                    y.append("inside" if kind else "membrane")
    return np.array(x), np.array(y)


def mouse(sources: Sources) -> Arrays:
    """Patches around the keypoints of a mouse, 32x32 in colour, and as many of the background: which one?"""
    x, y, rng = [], [], np.random.default_rng(0)
    with zipfile.ZipFile(sources["mouse"]) as archive:
        (listing,) = (name for name in archive.namelist() if name.endswith(".json"))
        found = json.loads(archive.read(listing))
        files = {image["id"]: image["file_name"] for image in found["images"]}
        paths = {Path(name).name: name for name in archive.namelist()}
        names = found["categories"][0]["keypoints"]
        for one in found["annotations"]:
            content = archive.read(paths[Path(files[one["image_id"]]).name])
            picture = np.pad(
                np.asarray(Image.open(io.BytesIO(content)).convert("RGB")),
                ((PATCH, PATCH), (PATCH, PATCH), (0, 0)),
            )
            points = [(one["keypoints"][3 * i], one["keypoints"][3 * i + 1], n) for i, n in enumerate(names)]
            height, width = picture.shape[:2]
            points.append(
                (rng.integers(0, width - 2 * PATCH), rng.integers(0, height - 2 * PATCH), "background")
            )
            for across, down, name in points:
                top, left = round(down) + PATCH // 2, round(across) + PATCH // 2
                x.append(picture[top : top + PATCH, left : left + PATCH])
                y.append(name)
    return np.array(x), np.array(y)


def faces(sources: Sources) -> Arrays:
    """scikit-image's crops, 25x25: the first 100 show faces, the others do not."""
    with zipfile.ZipFile(sources["scikit-image"]) as wheel:
        x = np.load(io.BytesIO(wheel.read("skimage/data/lfw_subset.npy")))
    scaled = (x * 255.0 / x.max()).round().astype(np.uint8)
    return scaled[..., None], np.repeat(["face", "other"], 100)


def spoken(sources: Sources) -> Arrays:
    """Spoken digits as signals of one second at 1 kHz."""
    samples, labels = _spoken(sources)
    return samples.reshape(len(samples), RATE, -1).mean(-1).round().astype(np.int16)[..., None], labels


def spoken_maps(sources: Sources) -> Arrays:
    """Spoken digits as pictures in two channels, 32 frequencies x 32 frames: decibels, and their change."""
    samples, labels = _spoken(sources)
    frames = samples[:, : 32 * 250].reshape(len(samples), 32, 250)[..., :250] * np.hanning(250)
    power = np.abs(np.fft.rfft(frames, n=256))[..., 1:129] ** 2
    bands = power.reshape(len(samples), 32, 32, 4).sum(-1)
    level = np.clip(10 * np.log10(bands / bands.max((1, 2), keepdims=True) + 1e-8) / 80 + 1, 0, 1)
    change = np.diff(level, axis=1, prepend=level[:, :1]) / 2 + 0.5
    return (np.stack([level, change], -1).swapaxes(1, 2) * 255).round().astype(np.uint8), labels


def _spoken(sources: Sources) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    samples, labels = [], []
    with zipfile.ZipFile(sources["spoken"]) as archive:
        for name in sorted(name for name in archive.namelist() if name.endswith(".wav")):
            with wave.open(io.BytesIO(archive.read(name))) as file:
                one = np.frombuffer(file.readframes(8_000), "<i2").astype(np.float32)
            samples.append(np.pad(one, (0, 8_000 - len(one))))
            labels.append(Path(name).stem.split("_")[0])
    return np.array(samples), np.array(labels)


def series(name: str) -> Callable[[Sources], Arrays]:
    """A time series of the package aeon, train and test together, read in its own environment; series of
    several lengths end in zeros."""
    code = (
        "import sys, numpy as np\nfrom aeon.datasets import load_classification\n"
        "x, y = load_classification(sys.argv[1])\n"
        "most = max(one.shape[1] for one in x)\n"
        "x = [np.pad(one, ((0, 0), (0, most - one.shape[1]))).T for one in x]\n"
        "np.savez(sys.stdout.buffer, x=np.array(x, np.float32), y=y.astype(str))\n"
    )

    def read(sources: Sources) -> Arrays:
        return _arrays([str(sources["aeon-python"]), "-W", "ignore", "-c", code, name])

    return read


def _arrays(command: list[str]) -> Arrays:
    """The arrays that a process writes to its output."""
    with np.load(io.BytesIO(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)) as file:
        return file["x"], file["y"]
