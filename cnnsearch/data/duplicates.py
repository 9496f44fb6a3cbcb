"""Which pictures are the same, told by their hashes: between the scan and the splits or the check.

Exact duplicates share their bytes. Near duplicates (saved again, scaled, brightened) differ in few bits of
their perceptual hash, and their thumbnails correlate: of 10,000 different MNIST digits, hashes alone put
4,139 into groups, the largest of 2,074; with thumbnails it is 69, the largest of 8. Of photos saved again,
scaled by a half or brightened, 91 to 98% are found.
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
"""Bits, of 64, in which the perceptual hashes of near duplicates differ at most."""
_LEAST_SET = 16  # bits of a hash; half of all are set, but in a blank or striped picture most are ties
_ALIKE = 0.985  # least correlation of near duplicates' thumbnails
_CHUNK = 8192  # pairs of thumbnails compared at a time


@dataclass(frozen=True)
class Duplicates:
    """A group of pictures that are the same.

    Args:
        members: Positions in the files that were given, rising; at least two.
        exact: Whether all share their bytes.
    """

    members: tuple[int, ...]
    exact: bool


@dataclass(frozen=True)
class Leak:
    """A held-out picture that an earlier part has too.

    Args:
        held: The position of the picture in test or validation.
        seen: The position of its twin in an earlier part.
        exact: Whether they share their bytes.
    """

    held: int
    seen: int
    exact: bool


def groups(files: Sequence["PictureFile"], distance: int = NEAR) -> Positions:
    """Numbers the groups of exact and near duplicates.

    A group is a connected component: of three pictures in a row, each near the next, the ends are in one
    group too. Blank, striped and unreadable pictures are compared by their bytes alone.

    Args:
        files: The pictures.
        distance: The bits, of 64, in which the perceptual hashes of near duplicates may differ.

    Returns:
        Each file's group, `(files,)`, numbered from 0 in order of appearance; a picture without duplicates
        is alone in its group.
    """
    looks = _Looks(files)
    links = [(looks.copies, np.arange(len(files))), *looks.near(distance)]
    rows, columns = (np.concatenate(side) for side in zip(*links, strict=True))
    graph = coo_array((np.ones(len(rows), np.bool_), (rows, columns)), shape=(len(files), len(files)))
    numbers: Positions = connected_components(graph, directed=False)[1].astype(np.int64)
    return numbers


def duplicates(files: Sequence["PictureFile"], numbers: Positions) -> list[Duplicates]:
    """The groups with more than one member, in order of appearance."""
    return [_group(members, files) for members in _members(numbers)]


def leaks(files: Sequence["PictureFile"], numbers: Positions, distance: int = NEAR) -> list[Leak]:
    """Each picture that an earlier part has too, with a twin from there.

    Of a group's pictures only those are twins that are duplicates of each other, not over a third.
    """
    looks = _Looks(files)
    rank = np.array([PARTS.index(file.part) if file.part else 0 for file in files], np.int64)
    found = []
    for members in map(np.array, _members(numbers)):
        for later in np.unique(rank[members])[1:]:
            earlier = members[rank[members] < later]
            for held in members[rank[members] == later].tolist():
                twin = looks.twin(held, earlier, distance)
                if twin is not None:
                    found.append(Leak(held, twin, bool(looks.copies[twin] == looks.copies[held])))
    return found


def conflicts(files: Sequence["PictureFile"], numbers: Positions) -> list[Duplicates]:
    """Groups with more than one label: first those that share their bytes, then near ones.

    A near group that holds the same bytes under two labels is told by those alone.
    """
    exact, near = [], []
    for members in _members(numbers):
        if _differ(files[i].label for i in members):
            same = list(_same_bytes_two_labels(members, files))
            exact += same
            near += [] if same else [Duplicates(tuple(members), exact=False)]
    return exact + near


class _Looks:
    """What is compared, as arrays over the files.

    Attributes:
        copies: The first file with the same bytes.
    """

    def __init__(self, files: Sequence["PictureFile"]) -> None:
        first: dict[str, int] = {}
        known = (first.setdefault(file.sha256 or str(i), i) for i, file in enumerate(files))
        self.copies = np.fromiter(known, np.int64, len(files))
        self._hashes = np.array([file.phash for file in files], np.uint64)
        readable = np.array([not file.problem for file in files], np.bool_)
        self._tells = readable & (np.bitwise_count(self._hashes) >= _LEAST_SET)
        self._thumbnails = thumbnails(files)

    def near(self, distance: int) -> Iterator[tuple[Positions, Positions]]:
        """Pairs that link all near duplicates, copies apart."""
        alone = np.flatnonzero(self._tells & (self.copies == np.arange(len(self.copies))))
        leaders = yield from self._same_hash(alone)
        for one, other in near_pairs(self._hashes[leaders], distance):
            yield self._confirmed(leaders[one], leaders[other])

    def twin(self, held: int, others: Positions, distance: int) -> int | None:
        """One of the others that is a duplicate of a file: a copy, else the nearest."""
        same = others[self.copies[others] == self.copies[held]]
        if len(same):
            return int(same[0])
        others = others[self._tells[others] & self._tells[held]]
        bits = np.bitwise_count(self._hashes[others] ^ self._hashes[held])
        others = others[np.argsort(bits, kind="stable")][: int((bits <= distance).sum())]
        twins, _ = self._confirmed(others, np.full_like(others, held))
        return int(twins[0]) if len(twins) else None

    def _same_hash(self, rest: Positions) -> Generator[tuple[Positions, Positions], None, Positions]:
        """Links files of the very same hash to the first one that they resemble; returns those first ones."""
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
    """The grey values of the files' thumbnails, `(files, values)`; zeros where there is none."""
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
