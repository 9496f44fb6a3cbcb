"""How much each source dataset counts for a new one."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.knowledge.features import DatasetFeatures
from cnnsearch.knowledge.tables import Table

REACH = 1.5
"""Distance at which a source dataset counts e^-0.5 times as much as one that is equal."""
SAME_DATA = 10.0
"""How much studies of the same data count, relative to all others together."""
OTHER_TASK = 0.2
"""How much a study of another task counts."""
FAR_QUANTILE, LEAST_FAR = 0.9, 1.0
"""A dataset is far if it is farther from all others than this share of the known ones are, and than this."""


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
    found *= [1.0 if table.experience.dataset.task == dataset.task else OTHER_TASK for table in tables]
    own = np.array([bool(fingerprint) and table.experience.fingerprint == fingerprint for table in tables])
    if own.any() and not own.all():
        found[own] *= SAME_DATA * found[~own].sum() / found[own].sum()
    return np.asarray(found / found.sum())


def far_distance(tables: Sequence[Table]) -> float:
    """Return the distance to the nearest source dataset from which a dataset is unlike anything seen."""
    nearest = []
    for table in tables:
        others = [other for other in tables if other.origin != table.origin]
        if others:
            nearest.append(float(distances(table.experience.dataset, others).min()))
    return max(float(np.quantile(nearest, FAR_QUANTILE)) if nearest else 0.0, LEAST_FAR)
