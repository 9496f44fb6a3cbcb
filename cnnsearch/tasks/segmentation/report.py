"""Presentation of the results of a segmentation: sentences, tables and overlays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.page import formatting, overlays, pictures
from cnnsearch.page.overlays import Ends
from cnnsearch.page.parts import TALL, Part, Picture, Table
from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.evidence import Evidence
from cnnsearch.tasks.galleries import Example, galleries
from cnnsearch.tasks.report import Row
from cnnsearch.tasks.scores import Score
from cnnsearch.tasks.segmentation.details import SegmentationDetails
from cnnsearch.tasks.segmentation.metrics import IGNORED, TOLERANCE, classes_of


class SegmentationReport:
    """See `TaskReport`.

    Args:
        labels: The classes.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def result(self, score: Score, examples: int) -> str:
        """Return the mean IoU."""
        return f"Its mean IoU is {formatting.percent(score.value)} on {examples:,} test examples"

    def predicted(self, prediction: Predictions) -> str:
        """Return the share of each class, largest first."""
        return shares_text(
            np.bincount(np.ravel(classes_of(prediction)), minlength=len(self._labels)), self._labels
        )

    def columns(self, details: SegmentationDetails) -> dict[str, str]:
        """Return the means over classes of the Dice coefficient and of the boundary F1."""
        shares = [of.dice for of in details.per_class.values() if of.exists]
        return {
            "mean Dice": formatting.percent(float(np.mean(shares)), 1),
            "boundary F1": _share(details.boundary_f1),
        }

    def column_notes(self) -> str:
        """Explain the Dice coefficient and the boundary F1."""
        return (
            "Dice: twice the positions in the true and the predicted region, divided by the sum of their "
            "sizes; boundary F1: the F1 score of the positions on boundaries, matched within a distance of "
            f"{formatting.percent(TOLERANCE, 2)} of the diagonal; on the test split, the means over classes."
        )

    def parts(self, evidence: Evidence, details: SegmentationDetails) -> list[Part]:
        """Return the scores of each class, and overlays of true and predicted regions."""
        note = "All classes but the first are in colour."
        drawn = galleries(evidence, self._drawn, "Regions", "mean IoU", note)
        return [_by_class(details), *drawn]

    def worst_caption(self) -> str:
        """Return the caption of the gallery."""
        return "The test examples with the lowest mean IoU."

    def rows(self, details: SegmentationDetails) -> list[Row]:
        """Return the IoU of each class, and the mean boundary F1 if it is known."""
        ious = [
            Row(f"IoU of {label}", formatting.percent(of.iou), "the test split")
            for label, of in details.per_class.items()
            if of.exists
        ]
        if details.boundary_f1 is None:
            return ious
        return [*ious, Row("boundary F1", formatting.percent(details.boundary_f1), "the test split")]

    def limits(self, details: SegmentationDetails | None) -> list[str]:
        """Return the limit due to a closed set of classes."""
        return ["It gives every position one of the classes listed here, also where none of them is."]

    def _drawn(self, x: Example, truth: Targets, prediction: Predictions, ends: Ends) -> list[Picture]:
        true = overlays.regions(x, np.where(truth == IGNORED, 0, truth), ends)
        predicted = overlays.regions(x, classes_of(prediction), ends)
        return [
            Picture(overlays.address(overlays.plain(x, ends)), "the example"),
            Picture(overlays.address(true), "true"),
            Picture(overlays.address(predicted), f"predicted {self.predicted(prediction)}"),
        ]


def shares_text(counts: NDArray[np.integer], labels: Sequence[str], most: int = 3) -> str:
    """Return the shares of the most frequent classes in words, such as `cell 70%, background 30%`."""
    total = max(1, int(np.sum(counts)))
    order = np.argsort(-counts, kind="stable")[:most]
    named = (
        f"{pictures.class_label(labels, place)} {formatting.percent(int(counts[place]) / total, 0)}"
        for place in order.tolist()
        if counts[place]
    )
    return ", ".join(named) or "nothing"


def _by_class(details: SegmentationDetails) -> Table:
    rows = [
        (
            label,
            formatting.percent(of.iou, 1),
            formatting.percent(of.dice, 1),
            _share(of.boundary_f1),
            f"{of.support:,}",
        )
        for label, of in details.per_class.items()
    ]
    columns = ("class", "IoU", "Dice", "boundary F1", "positions")
    return Table(columns, rows, "By class, on the test split.", is_tall=len(rows) > TALL)


def _share(share: float | None) -> str:
    return "–" if share is None else formatting.percent(share, 1)
