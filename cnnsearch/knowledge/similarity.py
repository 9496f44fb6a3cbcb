"""How much each source dataset counts for a new one."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.knowledge.features import DatasetFeatures
from cnnsearch.knowledge.tables import Table

REACH = 1.5
"""Distance at which a source dataset counts e^-0.5 times as much as one that is equal."""
OWN = 10.0
"""How much studies of the same data count, relative to all others together."""


def distances(dataset: DatasetFeatures, tables: Sequence[Table]) -> NDArray[np.float64]:
    """Return the distance of each source dataset, `(tables,)`."""
    vectors = np.array([table.experience.dataset.vector() for table in tables]).reshape(len(tables), -1)
    return np.asarray(np.linalg.norm(vectors - dataset.vector(), axis=1))


def weights(
    dataset: DatasetFeatures, tables: Sequence[Table], fingerprint: str = "", reach: float = REACH
) -> NDArray[np.float64]:
    """Return the weight of each source dataset, `(tables,)`; they sum to 1.

    The tables of one origin share its weight, since they are not independent.
    """
    nearness = np.exp(-0.5 * np.square(distances(dataset, tables) / reach)) + 1e-12
    counts = Counter(table.origin for table in tables)
    found = nearness / np.array([counts[table.origin] for table in tables])
    own = np.array([bool(fingerprint) and table.experience.fingerprint == fingerprint for table in tables])
    if own.any() and not own.all():
        found[own] *= OWN * found[~own].sum() / found[own].sum()
    return np.asarray(found / found.sum())


def typical_distance(tables: Sequence[Table]) -> float:
    """Return the largest distance of a source dataset to the nearest one of another origin; 0 for one
    origin."""
    nearest = []
    for table in tables:
        others = [other for other in tables if other.origin != table.origin]
        if others:
            nearest.append(float(distances(table.experience.dataset, others).min()))
    return max(nearest, default=0.0)
