"""The F1 score of the boundaries of regions (Csurka et al. 2013, What is a good evaluation measure for
semantic segmentation?, section 3.2), which hardly influence the IoU, since most positions are inside.

It is measured on finished networks only: it takes much longer than the metrics of an epoch.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from cnnsearch.tasks.segmentation.metrics import IGNORED, TOLERANCE, Masks, Probabilities, classes_of

Boundaries = NDArray[np.int64]
"""`(..., classes, 4)`: true boundary positions, those of them near a predicted one, predicted boundary
positions, those of them near a true one."""
_Mask = NDArray[np.bool_]


def boundaries(predictions: Probabilities | Masks, y: Masks, classes: int) -> Boundaries:
    """Return the boundary positions of each example and class, `(examples, classes, 4)`.

    A position is on the boundary of its region if a neighbour along some dimension belongs to another
    region; the edge of the example and ignored positions make no boundary. Positions match up to a distance
    of `TOLERANCE` times the diagonal, at least 1.
    """
    found = np.zeros((len(y), classes, 4), np.int64)
    tolerance = max(1.0, TOLERANCE * float(np.linalg.norm(y.shape[1:])))
    for number, (example, mask) in enumerate(zip(predictions, y, strict=True)):
        own, ignored = classes_of(example), mask == IGNORED
        for place in np.unique([*np.unique(mask[~ignored]), *np.unique(own[~ignored])]).tolist():
            true, predicted = _edge(mask == place, ignored), _edge(own == place, ignored)
            found[number, place] = (
                len(true),
                _near(true, predicted, tolerance),
                len(predicted),
                _near(predicted, true, tolerance),
            )
    return found


def f1_scores(counts: Boundaries) -> NDArray[np.float64]:
    """Return the F1 score of each class, `(..., classes)`: the harmonic mean of the shares of the predicted
    and of the true boundary that match; NaN without any boundary."""
    true, found, predicted, right = np.moveaxis(counts.astype(np.float64), -1, 0)
    recall, precision = found / np.maximum(true, 1.0), right / np.maximum(predicted, 1.0)
    total = recall + precision
    score = np.divide(2.0 * recall * precision, total, out=np.zeros_like(total), where=total > 0)
    return np.where(true + predicted > 0, score, np.nan)


def mean_f1(counts: Boundaries) -> float:
    """Return the mean F1 score of the classes with a true or a predicted boundary; 1 if none has one.

    Args:
        counts: `(classes, 4)`, such as the sum over examples.
    """
    scores = f1_scores(counts)
    scores = scores[~np.isnan(scores)]
    return float(scores.mean()) if len(scores) else 1.0


def _edge(region: _Mask, ignored: _Mask) -> NDArray[np.int64]:
    """Return the counted positions of a region beside another one, `(positions, dimensions)`."""
    inside = region | ignored
    inner = np.ones_like(region)
    for axis in range(region.ndim):
        before, after = ((*[slice(None)] * axis, part) for part in (slice(None, -1), slice(1, None)))
        inner[before] &= inside[after]
        inner[after] &= inside[before]
    return np.argwhere(region & ~ignored & ~inner)


def _near(positions: NDArray[np.int64], others: NDArray[np.int64], tolerance: float) -> int:
    """Return how many positions have one of the others within the tolerance."""
    if not len(positions) or not len(others):
        return 0
    beyond = np.nextafter(tolerance, np.inf)  # the bound itself is excluded
    distances, _ = KDTree(others).query(positions, distance_upper_bound=beyond)
    return int(np.isfinite(distances).sum())
