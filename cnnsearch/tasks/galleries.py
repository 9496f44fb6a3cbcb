"""Evidence -> galleries of the test examples with the worst and the best predictions, drawn by a task."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.page.overlays import Ends
from cnnsearch.page.parts import Gallery, Part, Picture
from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.evidence import Evidence

MOST_SHOWN = 8
"""The largest number of examples in a gallery."""
_SIDE = 300  # displayed pixels

Example = NDArray[Any]
"""A raw example, `(height, width, channels)`."""
Drawn = Callable[[Example, Targets, Predictions, Ends], Sequence[Picture]]
"""Returns the pictures of an example, given its target, its prediction, and the values of black and white."""


def galleries(evidence: Evidence, drawn: Drawn, caption: str) -> list[Part]:
    """Return a gallery of the worst and one of the best examples; none unless examples are images.

    Args:
        evidence: The kept predictions.
        drawn: Draws an example.
        caption: The caption, in which `{order}` stands for `lowest` or `highest`.
    """
    if evidence.worst_x.ndim != 4:
        return []
    worst = zip(evidence.worst_x, evidence.worst_truth, evidence.worst_predictions, strict=True)
    found = [_gallery(list(worst)[:MOST_SHOWN], drawn, caption.format(order="lowest"))]
    if evidence.best_x is not None:
        found.append(_gallery(_best(evidence), drawn, caption.format(order="highest")))
    return [gallery for gallery in found if gallery.pictures]


def _best(evidence: Evidence) -> list[tuple[Example, Targets, Predictions]]:
    """Return the best examples that are not among the worst ones that are shown."""
    assert evidence.best_x is not None and evidence.best_truth is not None
    assert evidence.best_predictions is not None and evidence.best_index is not None
    is_other = ~np.isin(evidence.best_index, evidence.worst_index[:MOST_SHOWN])
    arrays = (evidence.best_x, evidence.best_truth, evidence.best_predictions)
    return list(zip(*(array[is_other] for array in arrays), strict=True))


def _gallery(rows: Sequence[tuple[Example, Targets, Predictions]], drawn: Drawn, caption: str) -> Gallery:
    shown = [
        picture
        for x, truth, prediction in rows
        for picture in drawn(x, truth, prediction, (float(x.min()), float(x.max())))
    ]
    return Gallery(tuple(shown), caption, _SIDE)
