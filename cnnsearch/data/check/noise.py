"""Candidates for label noise: images whose nearest neighbours agree on another label.

Neighbours are by small grey thumbnails, which distinguish only classes that differ in shape and brightness;
if neighbours do not predict the given labels, no candidates are reported.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.check.report import SHOWN, Finding, Occurrence
from cnnsearch.data.duplicates import thumbnails
from cnnsearch.data.hamming import Positions

MOST = 10_000
"""Maximum number of images compared, balanced over the classes."""
_NEIGHBOURS = 10
_AGREED = 9  # minimum number of neighbours with the same label for a prediction
_RELIABLE = 0.8  # minimum fraction of predictions that agree with the given labels
_COMPONENTS = 40


@dataclass(frozen=True)
class SuspectLabel:
    """An image whose neighbours have another label.

    Args:
        position: Position in the files of the inventory.
        label: The label of the neighbours.
        votes: Number of neighbours with that label.
        neighbour: Position of the nearest of them.
    """

    position: int
    label: str
    votes: int
    neighbour: int


def find_noise(inventory: Inventory, numbers: NDArray[np.int64], seed: int = 0) -> Iterator[Finding]:
    """Yield a finding with label noise candidates, excluding a given test set."""
    chosen = _choose(inventory, numbers, np.random.default_rng(seed))
    candidates = _candidates(inventory, chosen)
    if candidates:
        compared = f"{len(chosen)} of {len(inventory.files)} images were compared"
        yield Finding(
            kind="label_noise",
            severity="note",
            count=len(candidates),
            message=f"{len(candidates)} candidates for a wrong label, to review: of the {_NEIGHBOURS} images "
            f"most similar to each (as grey thumbnails), at least {_AGREED} have the same other label; "
            f"{compared}.",
            examples=tuple(_example(inventory, candidate) for candidate in candidates[:SHOWN]),
        )


def _choose(inventory: Inventory, numbers: NDArray[np.int64], rng: np.random.Generator) -> Positions:
    """Return one image of each group of duplicates, balanced over the classes, without small classes."""
    comparable = (
        i for i in inventory.open_positions if inventory.files[i].thumbnail and not inventory.is_blank(i)
    )
    pictures = np.fromiter(comparable, np.int64)
    _, first = np.unique(numbers[pictures], return_index=True)
    shuffled = rng.permutation(pictures[first])
    labels = np.array([inventory.files[i].label for i in shuffled])
    most = MOST // max(1, len(inventory.labels))
    members = [shuffled[labels == label][:most] for label in inventory.labels]
    kept = [positions for positions in members if len(positions) > _NEIGHBOURS]
    return np.sort(np.concatenate(kept)) if len(kept) > 1 else pictures[:0]


def _candidates(inventory: Inventory, chosen: Positions) -> list[SuspectLabel]:
    if not len(chosen):
        return []
    names, own = np.unique([inventory.files[i].label for i in chosen], return_inverse=True)
    nearest = _nearest(thumbnails([inventory.files[i] for i in chosen]))
    votes = np.zeros((len(chosen), len(names)), np.int64)
    np.add.at(votes, (np.arange(len(chosen))[:, None], own[nearest]), 1)
    predicted, agreed = votes.argmax(axis=1), votes.max(axis=1)
    is_sure = agreed >= _AGREED
    if not is_sure.any() or (predicted == own)[is_sure].mean() < _RELIABLE:
        return []
    suspects = np.flatnonzero(is_sure & (predicted != own))
    first = (own[nearest] == predicted[:, None]).argmax(axis=1)
    return [
        SuspectLabel(
            int(chosen[i]), str(names[predicted[i]]), int(agreed[i]), int(chosen[nearest[i, first[i]]])
        )
        for i in suspects[np.argsort(-agreed[suspects], kind="stable")]
    ]


def _nearest(pixels: NDArray[np.uint8]) -> Positions:
    """Return the neighbours of each thumbnail, nearest first, `(images, neighbours)`."""
    x = pixels.astype(np.float32)
    x -= x.mean(axis=1, keepdims=True)
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1.0)  # ignores brightness and contrast
    x = PCA(min(_COMPONENTS, *x.shape), random_state=0).fit_transform(x)
    nearest: Positions = NearestNeighbors(n_neighbors=_NEIGHBOURS).fit(x).kneighbors(return_distance=False)
    return nearest


def _example(inventory: Inventory, candidate: SuspectLabel) -> Occurrence:
    label = inventory.files[candidate.position].label
    note = f"label {label}; {candidate.votes} of {_NEIGHBOURS} neighbours have the label {candidate.label}"
    return Occurrence(
        files=(inventory.name(candidate.position), inventory.name(candidate.neighbour)), note=note
    )
