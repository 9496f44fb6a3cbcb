"""What is computed over the content of the splits: fingerprint, duplicates, value range, channel moments."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CHUNK_VALUES = 1 << 20  # values turned into float64 at a time, so that a large split is never doubled


def array_fingerprint(
    xs: Mapping[str, NDArray[Any]], ys: Mapping[str, NDArray[np.int64]], labels: Sequence[str]
) -> str:
    """SHA-256 over each part's name, dtype, shape, examples and classes, and the labels."""
    digest = hashlib.sha256(repr(tuple(labels)).encode())
    for part, x in xs.items():
        digest.update(f"{part} {x.dtype.str} {x.shape}".encode())
        digest.update(np.ascontiguousarray(x).data)
        digest.update(np.ascontiguousarray(ys[part]).data)
    return digest.hexdigest()


def file_fingerprint(digests: Mapping[Path, str]) -> str:
    """SHA-256 over the files' own SHA-256 digests with their paths relative to the dataset's folder."""
    lines = sorted(f"{os.fsencode(path.as_posix())!r} {digest}" for path, digest in digests.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def count_duplicates(sealed: NDArray[Any], *seen: NDArray[Any]) -> int:
    """How many examples of `sealed` occur, byte for byte, in the others."""
    known = {digest for x in seen for digest in _digests(x)}
    return sum(digest in known for digest in _digests(sealed))


def value_range(x: NDArray[Any]) -> tuple[float, float]:
    """The least and the greatest value: 0 and 255 for uint8, whatever occurs."""
    return (0.0, 255.0) if x.dtype == np.uint8 else (float(x.min()), float(x.max()))


def channel_moments(x: NDArray[Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and variance of each channel, the last axis of `x`, in double precision."""
    count = x.size // x.shape[-1]
    mean = sum(chunk.sum(axis=0) for chunk in _chunks(x)) / count
    squares = sum(np.square(chunk - mean).sum(axis=0) for chunk in _chunks(x))
    return tuple(mean.tolist()), tuple((squares / count).tolist())


def _digests(x: NDArray[Any]) -> Iterable[bytes]:
    return (hashlib.blake2b(np.ascontiguousarray(example).data, digest_size=16).digest() for example in x)


def _chunks(x: NDArray[Any]) -> Iterator[NDArray[np.float64]]:
    values = x.reshape(-1, x.shape[-1])
    rows = max(1, _CHUNK_VALUES // x.shape[-1])
    for start in range(0, len(values), rows):
        yield values[start : start + rows].astype(np.float64)
