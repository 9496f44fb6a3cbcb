"""Statistics of the splits: fingerprint, duplicates, channel means and variances."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CHUNK_VALUES = 1 << 20  # values converted to float64 at a time, to limit memory
_CHUNK_ROWS = 1 << 16  # rows of squared bytes whose sum fits 32 bits


def array_fingerprint(
    xs: Mapping[str, NDArray[Any]], ys: Mapping[str, NDArray[Any]], labels: Sequence[str]
) -> str:
    """Return the SHA-256 digest of the labels and of each part's name, dtype, shape, examples and targets."""
    digest = hashlib.sha256(repr(tuple(labels)).encode())
    for part, x in xs.items():
        digest.update(f"{part} {x.dtype.str} {x.shape}".encode())
        digest.update(np.ascontiguousarray(x).data)
        digest.update(np.ascontiguousarray(ys[part]).data)
    return digest.hexdigest()


def file_fingerprint(digests: Mapping[Path, str]) -> str:
    """Return the SHA-256 digest of the files' digests and of their paths relative to the dataset's folder."""
    lines = sorted(f"{os.fsencode(path.as_posix())!r} {digest}" for path, digest in digests.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def count_duplicates(sealed: NDArray[Any], *seen: NDArray[Any]) -> int:
    """Return the number of examples of `sealed` that are byte-identical to one of the others.

    Identical means the same hash of 64 bits, which takes a third of the time of a digest.
    """
    hashes = {value for x in seen for value in _hashes(x)}
    return sum(value in hashes for value in _hashes(sealed))


def channel_moments(x: NDArray[Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and variance of each channel, the last axis of `x`, in double precision."""
    if x.dtype == np.uint8:
        return _byte_moments(x)
    count = x.size // x.shape[-1]
    mean = sum(chunk.sum(axis=0) for chunk in _chunks(x)) / count
    squares = sum(np.square(chunk - mean).sum(axis=0) for chunk in _chunks(x))
    return tuple(mean.tolist()), tuple((squares / count).tolist())


def _byte_moments(x: NDArray[np.uint8]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and variance for uint8 by exact integer sums, several times faster than in float64."""
    channels = x.shape[-1]
    examples = x.reshape(len(x), -1)
    rows = max(1, min(_CHUNK_VALUES // examples.shape[1], _CHUNK_ROWS))
    sums, squares = (np.zeros(examples.shape[1], np.int64) for _ in range(2))
    for start in range(0, len(x), rows):
        chunk = examples[start : start + rows]
        sums += chunk.sum(axis=0, dtype=np.uint32)
        squares += np.multiply(chunk, chunk, dtype=np.uint16).sum(axis=0, dtype=np.uint32)
    count = x.size // channels
    totals = [values.reshape(-1, channels).sum(axis=0).tolist() for values in (sums, squares)]
    pairs = list(zip(*totals, strict=True))
    variances = tuple((count * square - total * total) / (count * count) for total, square in pairs)
    return tuple(total / count for total, _ in pairs), variances


def _hashes(x: NDArray[Any]) -> Iterable[int]:
    return (hash(example.tobytes()) for example in x)


def _chunks(x: NDArray[Any]) -> Iterator[NDArray[np.float64]]:
    values = x.reshape(-1, x.shape[-1])
    rows = max(1, _CHUNK_VALUES // x.shape[-1])
    for start in range(0, len(values), rows):
        yield values[start : start + rows].astype(np.float64)
