"""The datasets, each as one .npz file with three splits, so that every tool sees the same ones."""

import gzip
import tempfile
from pathlib import Path

import numpy as np

from cnnsearch import Dataset, load_data
from cnnsearch.data.sealed import open_test

FASHION = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package dataset-fashion-mnist puts its files."""
IDX = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
NAMES = ("digits", "mnist10k", "fashion")


def prepared(name: str, folder: Path, mnist10k: Path | None) -> Path:
    """The .npz file of a dataset, made where it is not there; the splits that are made have seed 0.

    Args:
        name: `digits`, `mnist10k` or `fashion`.
        folder: Where the file stands.
        mnist10k: The file of 10,000 MNIST digits.

    Raises:
        SystemExit: The dataset is not on this machine; the message says where it was looked for.
    """
    file = folder / f"{name}.npz"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write(load_data(source(name, folder, mnist10k)), file)
    return file


def source(name: str, folder: Path, mnist10k: Path | None) -> str:
    """What `load_data` calls a dataset."""
    if name == "digits":
        return "digits"
    if name == "fashion":
        return str(fashion_file(folder))
    if mnist10k is None or not mnist10k.is_file():
        raise SystemExit(
            f"mnist10k: found {mnist10k or 'no path'}; give the .npz file: MNIST10K=mnist10k.npz"
        )
    return str(mnist10k)


def fashion_file(folder: Path) -> Path:
    """Debian's IDX files of Fashion-MNIST as one .npz file."""
    arrays = {name: read_idx(idx_file(stem)) for name, stem in IDX.items()}
    file = folder / "fashion-as-given.npz"
    np.savez(file, **arrays)
    return file


def idx_file(stem: str) -> Path:
    """An IDX file, compressed or not."""
    for path in (FASHION / stem, FASHION / f"{stem}.gz"):
        if path.is_file():
            return path
    raise SystemExit(f"{FASHION / stem}: not found; Debian and Ubuntu: apt install dataset-fashion-mnist")


def read_idx(path: Path) -> np.ndarray:
    """An IDX file of bytes: two zeros, the type (8: unsigned byte), the rank, each size as a big-endian
    32-bit integer, then the values (LeCun, The MNIST database)."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        content = file.read()
    if content[:3] != b"\x00\x00\x08":
        raise SystemExit(f"{path}: found the first bytes {content[:3]!r}; expected an IDX file of bytes")
    rank = content[3]
    sizes = np.frombuffer(content, ">u4", rank, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(sizes)


def write(dataset: Dataset, file: Path) -> None:
    """Writes the three splits; the test split is opened for the record, through its own door."""
    with tempfile.TemporaryDirectory() as folder:
        stored, ledger = dataset.store(Path(folder)), Path(folder) / "ledger.jsonl"
        test = open_test(stored, reason="the same splits for every tool", ledger=ledger)
        splits = {"train": dataset.train, "validation": dataset.validation, "test": test}
        arrays = {}
        for part, split in splits.items():
            arrays |= {f"x_{part}": np.asarray(split.x), f"y_{part}": np.asarray(split.y)}
        np.savez(file, **arrays)
