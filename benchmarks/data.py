"""How fast pictures are listed, decoded and fed: `python benchmarks/data.py [PICTURES]`.

Targets: 200,000 small files listed in under 10 s; as many pictures a second into training as
`keras.utils.image_dataset_from_directory` in the first epoch, and 3 times as many or more in later ones.
An epoch is every picture of the folder once, in batches, with no network behind. The first one of this
package holds everything: listing, headers, decoding, packing, the summary, and the input pipeline. Where the
machine has other work too, look at the processor time of the first epoch, in milliseconds a picture.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO
from pathlib import Path

import numpy as np
from machine import header
from PIL import Image

from cnnsearch.data import load_data
from cnnsearch.data.sources.folder import list_folder
from cnnsearch.data.sources.manifest import read_manifest
from cnnsearch.data.store import map_split
from cnnsearch.training.backend import environment

LISTED = 200_000
PICTURES = 4_000
MOST_PIXELS = 1_200_000_000  # in all files of a kind
CLASSES = 10
BATCH = 64
REPEATS = 3
KINDS = {  # name: suffix, (width, height) of the files, (height, width) into training
    "photos 2000x1500 .jpg to 128x128": (".jpg", (2000, 1500), (128, 128)),
    "photos 500x375 .jpg to 128x128": (".jpg", (500, 375), (128, 128)),
    "photos 160x120 .jpg to 96x96": (".jpg", (160, 120), (96, 96)),
    "icons 32x32 .png as they are": (".png", (32, 32), (32, 32)),
}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    os.environ.update(environment("tensorflow"))
    print(f"{header()}, Pillow {version('Pillow')}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNNSEARCH_CACHE"] = str(Path(folder) / "cache")
        print_listing(Path(folder) / "many")
        print(
            f"\n{count:,} pictures (fewer of the largest), batches of {BATCH}, median of {REPEATS}; a second"
        )
        print(f"{'':32} {'first epoch':>24} {'its CPU, ms a picture':>24} {'later epochs':>24}")
        print(f"{'':32}" + f" {'cnnsearch':>10} {'keras':>7} {'x':>5}" * 3)
        for name, (suffix, size, shape) in KINDS.items():
            fewer = min(count, MOST_PIXELS // (size[0] * size[1]))
            root = write_pictures(Path(folder) / "set", fewer, suffix, size)
            print_feeding(name, root, shape, fewer)
            shutil.rmtree(root)


def print_listing(root: Path) -> None:
    """How long it takes to list many files, from a folder and from a manifest."""
    write_links(root, LISTED)
    lines = [f"{path.relative_to(root)},{path.parent.name}\n" for path in root.glob("*/*.png")]
    (root / "list.csv").write_text("path,label\n" + "".join(lines))
    print(f"\n{LISTED:,} files {'least':>24} {'most':>8}")
    for name, listed in (
        ("listed from a folder", lambda: list_folder(root)),
        ("listed from a manifest", lambda: read_manifest(root / "list.csv", {})),
    ):
        seconds = [timed(listed) for _ in range(REPEATS)]
        print(f"{name:32} {min(seconds):6.1f} s {max(seconds):6.1f} s")
    shutil.rmtree(root)


def print_feeding(name: str, root: Path, shape: tuple[int, int], count: int) -> None:
    """A row: both figures of the first epoch and of later ones."""
    ours, theirs = ([epochs(root, shape) for _ in range(REPEATS)] for epochs in (our_epochs, keras_epochs))
    (first, first_cpu, later), (other, other_cpu, other_later) = (
        [statistics.median(figures) for figures in zip(*runs, strict=True)] for runs in (ours, theirs)
    )
    cells = [
        f"{count / first:10,.0f} {count / other:7,.0f} {other / first:5.1f}",
        f"{1e3 * first_cpu / count:10.2f} {1e3 * other_cpu / count:7.2f} {other_cpu / first_cpu:5.1f}",
        f"{count / later:10,.0f} {count / other_later:7,.0f} {other_later / later:5.1f}",
    ]
    print(f"{name:32} {' '.join(cells)}")


def our_epochs(root: Path, shape: tuple[int, int]) -> tuple[float, float, float]:
    """Seconds and processor seconds of the first epoch, seconds of the second; no file is known before."""
    from cnnsearch.training.input_pipeline import make_input_pipeline

    shutil.rmtree(os.environ["CNNSEARCH_CACHE"], ignore_errors=True)
    with tempfile.TemporaryDirectory() as store:
        began, cpu_began = time.perf_counter(), time.process_time()
        load_data(root, image_size=shape, cache=Path(store))
        (folder,) = Path(store).iterdir()
        splits = [map_split(folder, part) for part in ("train", "validation", "test")]
        pipelines = [
            (
                make_input_pipeline(split.x, np.eye(CLASSES, dtype=np.float32)[split.y], BATCH),
                np.arange(len(split)),
            )
            for split in splits
        ]

        def epoch() -> None:
            for pipeline, order in pipelines:
                pull(pipeline.in_order(np.random.default_rng(0).permutation(order)))

        epoch()
        first, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        return first, cpu, timed(epoch)


def keras_epochs(root: Path, shape: tuple[int, int]) -> tuple[float, float, float]:
    """Seconds and processor seconds of the first epoch, seconds of the second, of Keras's own reader."""
    import keras

    began, cpu_began = time.perf_counter(), time.process_time()
    with redirect_stdout(StringIO()):  # Keras prints how many files it has found
        dataset = keras.utils.image_dataset_from_directory(root, image_size=shape, batch_size=BATCH, seed=0)
    pull(dataset)
    first, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    return first, cpu, timed(lambda: pull(dataset))


def pull(batches: Iterable[object]) -> None:
    """Takes every batch."""
    for _ in batches:
        pass


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def write_links(root: Path, count: int) -> None:
    """Writes a tiny picture for each class, and names it many times."""
    for label in range(CLASSES):
        folder = root / f"class {label}"
        folder.mkdir(parents=True)
        Image.new("L", (2, 2), label).save(folder / "0.png")
        for number in range(1, count // CLASSES):
            os.link(folder / "0.png", folder / f"{number}.png")


def write_pictures(root: Path, count: int, suffix: str, size: tuple[int, int]) -> Path:
    """Writes pictures with coarse and fine detail, as photos have, each one another."""
    rng = np.random.default_rng(0)
    for number in range(count):
        path = root / f"class {number % CLASSES}" / f"{number:05}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        image = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)).astype(np.int16)
        noise = rng.integers(-12, 13, (size[1], size[0], 1), dtype=np.int16)
        Image.fromarray(np.clip(image + noise, 0, 255).astype(np.uint8)).save(path)
    return root


if __name__ == "__main__":
    main()
