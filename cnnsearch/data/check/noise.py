"""Pictures that may bear a wrong label: their neighbours agree on another one. Candidates, nothing more.

Small grey thumbnails are compared, so only classes that differ in shape and brightness are told apart; where
neighbours do not foretell the given labels, nothing is named.
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
"""Pictures that are compared, as many of each class as it goes; more are left unlooked at."""
_NEIGHBOURS = 10
_AGREED = 9  # neighbours of one label that make a verdict
_RELIABLE = 0.8  # of the verdicts, the share that confirms the label, or none are believed
_COMPONENTS = 40


@dataclass(frozen=True)
class SuspectLabel:
    """A picture whose neighbours bear another label.

    Args:
        position: Among the inventory's files.
        label: What its neighbours are labelled.
        votes: How many of them.
        neighbour: The nearest of those.
    """

    position: int
    label: str
    votes: int
    neighbour: int


def find_noise(inventory: Inventory, numbers: NDArray[np.int64], seed: int = 0) -> Iterator[Finding]:
    """Names label noise candidates, the given test set apart."""
    chosen = _choose(inventory, numbers, np.random.default_rng(seed))
    candidates = _candidates(inventory, chosen)
    if candidates:
        looked = f"{len(chosen)} of {len(inventory.files)} pictures were compared"
        yield Finding(
            kind="label_noise",
            severity="note",
            count=len(candidates),
            message=f"{len(candidates)} candidates for a wrong label, no more than that: of the "
            f"{_NEIGHBOURS} pictures most like each (as grey thumbnails) at least {_AGREED} bear one other "
            f"label; {looked}.",
            examples=tuple(_example(inventory, candidate) for candidate in candidates[:SHOWN]),
        )


def _choose(inventory: Inventory, numbers: NDArray[np.int64], rng: np.random.Generator) -> Positions:
    """One of each group of duplicates, as many of each class, and no class too small to be a neighbour."""
    telling = (
        i for i in inventory.open_positions if inventory.files[i].thumbnail and not inventory.is_blank(i)
    )
    pictures = np.fromiter(telling, np.int64)
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
    verdicts, agreed = votes.argmax(axis=1), votes.max(axis=1)
    sure = agreed >= _AGREED
    if not sure.any() or (verdicts == own)[sure].mean() < _RELIABLE:
        return []
    found = np.flatnonzero(sure & (verdicts != own))
    first = (own[nearest] == verdicts[:, None]).argmax(axis=1)
    return [
        SuspectLabel(
            int(chosen[i]), str(names[verdicts[i]]), int(agreed[i]), int(chosen[nearest[i, first[i]]])
        )
        for i in found[np.argsort(-agreed[found], kind="stable")]
    ]


def _nearest(pixels: NDArray[np.uint8]) -> Positions:
    """The nearest neighbours of each thumbnail, nearest first, `(pictures, neighbours)`."""
    x = pixels.astype(np.float32)
    x -= x.mean(axis=1, keepdims=True)
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1.0)  # neither brightness nor contrast counts
    x = PCA(min(_COMPONENTS, *x.shape), random_state=0).fit_transform(x)
    nearest: Positions = NearestNeighbors(n_neighbors=_NEIGHBOURS).fit(x).kneighbors(return_distance=False)
    return nearest


def _example(inventory: Inventory, candidate: SuspectLabel) -> Occurrence:
    label = inventory.files[candidate.position].label
    note = f"labelled {label}; {candidate.votes} of {_NEIGHBOURS} neighbours are {candidate.label}"
    return Occurrence(
        files=(inventory.name(candidate.position), inventory.name(candidate.neighbour)), note=note
    )
