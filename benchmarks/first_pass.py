"""The first pass over image files against Keras's: `python benchmarks/first_pass.py [FOLDER OF ARCHIVES]`.

The first pass is what a search does with a folder before the first training: list, read headers, split, hash,
decode, pack, summarize; no file is known before. Keras's is one iteration over
`keras.utils.image_dataset_from_directory` at the same size. Both run in turn in one process. The pictures are
real: `cifar10.tar.xz` as it is (60,000 JPEG files), and crops of those in `bccd.zip`.
"""

import os
import random
import shutil
import statistics
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.metadata import version
from io import BytesIO, StringIO
from pathlib import Path

from machine import header
from PIL import Image

from cnnsearch.data import load_data
from cnnsearch.training.backend import environment

DATA = Path(__file__).parents[2] / "shared" / "data"
BATCH = 64
REPEATS = 3
CLASSES = 10
CROPS = {  # name: suffix, number, (width, height) of the files, (height, width) of the decoded images
    "JPEG 160x120 to 96x96": (".jpg", 4_000, (160, 120), (96, 96)),
    "JPEG 256x256 to 128x128": (".jpg", 2_000, (256, 256), (128, 128)),
    "JPEG 500x375 to 128x128": (".jpg", 2_000, (500, 375), (128, 128)),
    "PNG 32x32": (".png", 4_000, (32, 32), (32, 32)),
    "PNG 64x64": (".png", 4_000, (64, 64), (64, 64)),
}
Seconds = tuple[float, float]
"""By the clock, and of the processor in all threads."""


def main() -> None:
    archives = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    os.environ.update(environment("tensorflow"))
    print(f"{header()}, Pillow {version('Pillow')}, simplejpeg {version('simplejpeg')}")
    print(
        f"medians of {REPEATS} in turn; x: Keras's seconds by those of cnnsearch, above 1 cnnsearch is faster"
    )
    print(f"{'':24} {'files':>7} {'seconds':>25} {'seconds of the processor':>25} {'load':>5}")
    print(f"{'':32}" + f" {'cnnsearch':>10} {'keras':>7} {'x':>6}" * 2)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNNSEARCH_CACHE"] = str(Path(folder) / "cache")
        for name, parts, shape in write_sets(archives, Path(folder) / "set"):
            print_row(name, parts, shape)
            shutil.rmtree(Path(folder) / "set")


def write_sets(archives: Path, root: Path) -> Iterator[tuple[str, list[Path], tuple[int, int]]]:
    """Writes a set at a time below a folder; gives its name, its part folders and the size of its images."""
    originals = photos(archives / "bccd.zip")
    for name, (suffix, count, size, shape) in CROPS.items():
        write_crops(originals, root, suffix, count, size)
        yield name, [root], shape
    with tarfile.open(archives / "cifar10.tar.xz") as archive:
        archive.extractall(root, filter="data")
    yield "CIFAR-10, JPEG 32x32", [root / "train", root / "test"], (32, 32)


def photos(archive: Path) -> list[Image.Image]:
    """The pictures of an archive, decoded."""
    with zipfile.ZipFile(archive) as files:
        names = [name for name in files.namelist() if name.endswith(".jpg")]
        return [Image.open(BytesIO(files.read(name))).convert("RGB") for name in names]


def write_crops(
    originals: list[Image.Image], root: Path, suffix: str, count: int, size: tuple[int, int]
) -> None:
    """Writes crops of random place and extent, scaled to a size, into class folders."""
    draws = random.Random(0)
    for number in range(count):
        image = originals[number % len(originals)]
        height = min(image.height, draws.randint(image.height // 4, image.height))
        width = min(image.width, round(height * size[0] / size[1]))
        left, top = draws.randint(0, image.width - width), draws.randint(0, image.height - height)
        crop = image.resize(size, Image.Resampling.BILINEAR, (left, top, left + width, top + height))
        path = root / f"class {number % CLASSES}" / f"{number:05}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        crop.save(path)


def print_row(name: str, parts: list[Path], shape: tuple[int, int]) -> None:
    """A row of the table: both times of both programs, and the load of the machine meanwhile."""
    count = sum(len(list(part.glob("*/*"))) for part in parts)
    root = parts[0] if len(parts) == 1 else parts[0].parent
    keras_pass(parts[-1:], shape)  # its first one has TensorFlow's start in it
    runs = [(our_pass(root, shape), keras_pass(parts, shape)) for _ in range(REPEATS)]
    cells = []
    for kind in range(2):
        ours, theirs = (statistics.median(run[side][kind] for run in runs) for side in range(2))
        cells.append(f"{ours:10.2f} {theirs:7.2f} {theirs / ours:6.2f}")
    print(f"{name:24} {count:7,} {' '.join(cells)} {os.getloadavg()[0]:5.1f}", flush=True)


def our_pass(root: Path, shape: tuple[int, int]) -> Seconds:
    """The seconds of a first pass; no file is known before."""
    shutil.rmtree(os.environ["CNNSEARCH_CACHE"], ignore_errors=True)
    with tempfile.TemporaryDirectory() as store:
        began = clocks()
        load_data(root, image_size=shape, cache=Path(store))
        return since(began)


def keras_pass(parts: list[Path], shape: tuple[int, int]) -> Seconds:
    """The seconds of an iteration over Keras's own reader."""
    import keras

    began = clocks()
    for part in parts:
        with redirect_stdout(StringIO()):  # Keras prints how many files it has found
            batches = keras.utils.image_dataset_from_directory(
                part, image_size=shape, batch_size=BATCH, seed=0
            )
        for _ in batches:
            pass
    return since(began)


def clocks() -> Seconds:
    """The clock and the processor's time of this process."""
    return time.perf_counter(), time.process_time()


def since(began: Seconds) -> Seconds:
    """The seconds since an earlier reading of the clocks."""
    now = clocks()
    return now[0] - began[0], now[1] - began[1]


if __name__ == "__main__":
    main()
