"""Exact and near duplicates among images, detected by their hashes and thumbnails.

Exact duplicates have the same bytes. Near duplicates (re-encoded, resized, brightened) differ in few bits of
their perceptual hashes, and their thumbnails correlate. Among 10,000 different MNIST digits, hashes alone put
4,139 into groups, the largest of 2,074; with thumbnails it is 69, the largest of 8. Of re-encoded, halved or
brightened photos, 91 to 98% are detected.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cnnsearch.data.hamming import Positions, near_pairs
from cnnsearch.data.splits import PARTS

if TYPE_CHECKING:
    from cnnsearch.data.scan import PictureFile

NEAR = 4
"""Maximum Hamming distance of the 64-bit perceptual hashes of near duplicates."""
_LEAST_SET = 16  # bits; usually half are set, but for a blank or striped image most values are ties
_ALIKE = 0.985  # minimum correlation of the thumbnails of near duplicates
_CHUNK = 8192  # pairs of thumbnails compared at a time


@dataclass(frozen=True)
class Duplicates:
    """A group of duplicate images.

    Args:
        members: Positions of the files, ascending; at least two.
        exact: Whether all have the same bytes.
    """

    members: tuple[int, ...]
    exact: bool


@dataclass(frozen=True)
class Leak:
    """A held-out image with a duplicate in an earlier part.

    Args:
        held: Position of the image in test or validation.
        seen: Position of its duplicate in an earlier part.
        exact: Whether both have the same bytes.
    """

    held: int
    seen: int
    exact: bool


def groups(files: Sequence["PictureFile"], distance: int = NEAR) -> Positions:
    """Return the groups of exact and near duplicates.

    A group is a connected component: if A is near B and B near C, all three are in one group. Blank, striped
    and unreadable images are compared only by their bytes.

    Args:
        files: The images.
        distance: Maximum Hamming distance of the 64-bit perceptual hashes of near duplicates.

    Returns:
        The group of each file, `(files,)`, numbered from 0 in order of appearance; an image without
        duplicates is the only member of its group.
    """
    looks = _Looks(files)
    links = [(looks.copies, np.arange(len(files))), *looks.near(distance)]
    rows, columns = (np.concatenate(side) for side in zip(*links, strict=True))
    graph = coo_array((np.ones(len(rows), np.bool_), (rows, columns)), shape=(len(files), len(files)))
    numbers: Positions = connected_components(graph, directed=False)[1].astype(np.int64)
    return numbers


def duplicates(files: Sequence["PictureFile"], numbers: Positions) -> list[Duplicates]:
    """Return the groups with more than one member, in order of appearance."""
    return [_group(members, files) for members in _members(numbers)]


def leaks(files: Sequence["PictureFile"], numbers: Positions, distance: int = NEAR) -> list[Leak]:
    """Return each image that has a duplicate in an earlier part.

    Only direct duplicates count, not images connected through a third image of their group.
    """
    looks = _Looks(files)
    rank = np.array([PARTS.index(file.part) if file.part else 0 for file in files], np.int64)
    pairs = []
    for members in map(np.array, _members(numbers)):
        for later in np.unique(rank[members])[1:]:
            earlier = members[rank[members] < later]
            for held in members[rank[members] == later].tolist():
                twin = looks.twin(held, earlier, distance)
                if twin is not None:
                    pairs.append(Leak(held, twin, bool(looks.copies[twin] == looks.copies[held])))
    return pairs


def conflicts(files: Sequence["PictureFile"], numbers: Positions) -> list[Duplicates]:
    """Return the groups with more than one label: first exact duplicates, then near duplicates.

    If a near group contains exact duplicates under two labels, only those are returned.
    """
    exact, near = [], []
    for members in _members(numbers):
        if _differ(files[i].label for i in members):
            same = list(_same_bytes_two_labels(members, files))
            exact += same
            near += [] if same else [Duplicates(tuple(members), exact=False)]
    return exact + near


class _Looks:
    """Hashes and thumbnails of the files as arrays, and the search for duplicates among them.

    Attributes:
        copies: For each file, the first file with the same bytes.
    """

    def __init__(self, files: Sequence["PictureFile"]) -> None:
        first: dict[str, int] = {}
        originals = (first.setdefault(file.sha256 or str(i), i) for i, file in enumerate(files))
        self.copies = np.fromiter(originals, np.int64, len(files))
        self._hashes = np.array([file.phash for file in files], np.uint64)
        readable = np.array([not file.problem for file in files], np.bool_)
        self._is_comparable = readable & (np.bitwise_count(self._hashes) >= _LEAST_SET)
        self._thumbnails = thumbnails(files)

    def near(self, distance: int) -> Iterator[tuple[Positions, Positions]]:
        """Yield pairs that connect all near duplicates, without exact duplicates."""
        distinct = np.flatnonzero(self._is_comparable & (self.copies == np.arange(len(self.copies))))
        leaders = yield from self._same_hash(distinct)
        for one, other in near_pairs(self._hashes[leaders], distance):
            yield self._confirmed(leaders[one], leaders[other])

    def twin(self, held: int, others: Positions, distance: int) -> int | None:
        """Return a duplicate of a file among the others, exact or else the nearest; None if there is none."""
        same = others[self.copies[others] == self.copies[held]]
        if len(same):
            return int(same[0])
        others = others[self._is_comparable[others] & self._is_comparable[held]]
        bits = np.bitwise_count(self._hashes[others] ^ self._hashes[held])
        others = others[np.argsort(bits, kind="stable")][: int((bits <= distance).sum())]
        twins, _ = self._confirmed(others, np.full_like(others, held))
        return int(twins[0]) if len(twins) else None

    def _same_hash(self, rest: Positions) -> Generator[tuple[Positions, Positions], None, Positions]:
        """Yield pairs of files with equal hashes, each with the first similar file; return those files."""
        leaders = [rest[:0]]
        while len(rest):
            _, first, inverse = np.unique(self._hashes[rest], return_index=True, return_inverse=True)
            leaders.append(rest[first])
            followers = np.delete(np.arange(len(rest)), first)
            one, other = rest[first[inverse[followers]]], rest[followers]
            linked = self._confirmed(one, other)
            yield linked
            rest = np.setdiff1d(other, linked[1], assume_unique=True)
        return np.concatenate(leaders)

    def _confirmed(self, one: Positions, other: Positions) -> tuple[Positions, Positions]:
        starts = range(0, len(one), _CHUNK)
        alike = [self._alike(one[start : start + _CHUNK], other[start : start + _CHUNK]) for start in starts]
        kept = np.concatenate([np.zeros(0, np.bool_), *alike])
        return one[kept], other[kept]

    def _alike(self, one: Positions, other: Positions) -> NDArray[np.bool_]:
        a, b = (_centred(self._thumbnails[side]) for side in (one, other))
        product, sizes = (a * b).sum(axis=1), (a * a).sum(axis=1) * (b * b).sum(axis=1)
        alike: NDArray[np.bool_] = product >= _ALIKE * np.sqrt(sizes)
        return alike


def thumbnails(files: Sequence["PictureFile"]) -> NDArray[np.uint8]:
    """Return the grey values of the thumbnails, `(files, values)`; zeros for a file without one."""
    size = max((len(file.thumbnail) for file in files), default=0)
    flat = b"".join(file.thumbnail or bytes(size) for file in files)
    return np.frombuffer(flat, np.uint8).reshape(len(files), size)


def _centred(x: NDArray[np.uint8]) -> NDArray[np.float32]:
    values = x.astype(np.float32)
    centred: NDArray[np.float32] = values - values.mean(axis=1, keepdims=True)
    return centred


def _members(numbers: Positions) -> Iterator[list[int]]:
    order = np.argsort(numbers, kind="stable")
    edges = np.flatnonzero(np.diff(numbers[order])) + 1
    for members in np.split(order, edges):
        if len(members) > 1:
            yield members.tolist()


def _group(members: Sequence[int], files: Sequence["PictureFile"]) -> Duplicates:
    return Duplicates(tuple(members), exact=not _differ(files[i].sha256 for i in members))


def _differ(values: Iterator[str]) -> bool:
    return len(set(values)) > 1


def _same_bytes_two_labels(members: Sequence[int], files: Sequence["PictureFile"]) -> Iterator[Duplicates]:
    by_bytes: dict[str, list[int]] = {}
    for i in members:
        by_bytes.setdefault(files[i].sha256, []).append(i)
    for same in by_bytes.values():
        if _differ(files[i].label for i in same):
            yield Duplicates(tuple(same), exact=True)
