"""Evidence -> galleries of the test examples with the worst and the best predictions, drawn by a task."""

from collections.abc import Callable, Iterator, Sequence
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
Rows = list[tuple[Example, Targets, Predictions]]
"""Examples with their targets and predictions."""
Drawn = Callable[[Example, Targets, Predictions, Ends], Sequence[Picture]]
"""Returns the pictures of an example, given its target, its prediction, and the values of black and white."""


def galleries(evidence: Evidence, drawn: Drawn, subject: str, measure: str, note: str = "") -> list[Part]:
    """Return a gallery of the worst and one of the best examples; none unless examples are images.

    Args:
        evidence: The kept predictions.
        drawn: Draws an example.
        subject: What is drawn, for the captions.
        measure: The measure by which examples are the worst or the best.
        note: The end of the captions, in sentences.
    """
    if evidence.worst_x.ndim != 4:
        return []

    def gallery(rows: Rows, order: str) -> Gallery:
        caption = f"{subject} of the test examples with the {order} {measure}. {note}".rstrip()
        return Gallery(tuple(_pictures(rows, drawn)), caption, _SIDE)

    worst = zip(evidence.worst_x, evidence.worst_truth, evidence.worst_predictions, strict=True)
    found = [gallery(list(worst)[:MOST_SHOWN], "lowest")]
    if evidence.best_x is not None:
        found.append(gallery(_best(evidence), "highest"))
    return [gallery for gallery in found if gallery.pictures]


def _best(evidence: Evidence) -> Rows:
    """Return the best examples that are not among the worst ones that are shown."""
    assert evidence.best_x is not None and evidence.best_truth is not None
    assert evidence.best_predictions is not None and evidence.best_index is not None
    is_other = ~np.isin(evidence.best_index, evidence.worst_index[:MOST_SHOWN])
    arrays = (evidence.best_x, evidence.best_truth, evidence.best_predictions)
    return list(zip(*(array[is_other] for array in arrays), strict=True))


def _pictures(rows: Rows, drawn: Drawn) -> Iterator[Picture]:
    for x, truth, prediction in rows:
        yield from drawn(x, truth, prediction, (float(x.min()), float(x.max())))
