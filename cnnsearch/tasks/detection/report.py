"""Presentation of the results of detection: sentences, tables, curves and boxes on examples."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.page import formatting, overlays
from cnnsearch.page.charts import Axis, Chart, Figure, Marks, colours_of
from cnnsearch.page.overlays import Ends, Pixels
from cnnsearch.page.parts import TALL, Part, Picture, Plot, Table
from cnnsearch.page.pictures import class_label
from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.average_precision import RECALLS
from cnnsearch.tasks.detection.details import DetectionDetails
from cnnsearch.tasks.detection.results import PLAIN
from cnnsearch.tasks.evidence import Evidence
from cnnsearch.tasks.galleries import Example, galleries
from cnnsearch.tasks.objects import named_counts
from cnnsearch.tasks.report import Row
from cnnsearch.tasks.scores import Score

MOST_DRAWN = 6
"""The largest number of classes in a figure; those with the lowest AP50 are shown."""


class DetectionReport:
    """See `TaskReport`.

    Args:
        labels: The classes.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def result(self, score: Score, examples: int) -> str:
        """Return AP50."""
        return f"Its AP50 is {formatting.percent(score.value)} on {examples:,} test examples"

    def predicted(self, prediction: Predictions) -> str:
        """Return the number of boxes of each class with a score from `PLAIN`."""
        kinds = prediction[prediction[:, 4] >= PLAIN][:, 5].astype(np.int64)
        return named_counts(np.bincount(kinds, minlength=len(self._labels)), self._labels)

    def columns(self, details: DetectionDetails) -> dict[str, str]:
        """Return the mean of the average precisions at all thresholds."""
        found = [of.ap for of in details.per_class.values() if of.ap is not None]
        return {"AP50:95": formatting.measured("share", float(np.mean(found)) if found else None)}

    def column_notes(self) -> str:
        """Explain the average precision."""
        return "AP50:95: the mean average precision at IoUs of 0.5, 0.55, ..., 0.95, on the test split."

    def parts(self, evidence: Evidence, details: DetectionDetails) -> list[Part]:
        """Return the scores of each class, precision over recall, and true and predicted boxes."""
        note = f"Predicted boxes with a score from {PLAIN:g} are shown."
        drawn = galleries(evidence, self._drawn, "Boxes", "share of right boxes", note)
        return [_by_class(details), *_curves(self._labels, details), *drawn]

    def worst_caption(self) -> str:
        """Return the caption of the gallery."""
        return "The test examples with the lowest share of right boxes."

    def rows(self, details: DetectionDetails) -> list[Row]:
        """Return the AP50 of each class."""
        return [
            Row(f"AP50 of {label}", formatting.percent(of.ap50), "the test split")
            for label, of in details.per_class.items()
            if of.ap50 is not None
        ]

    def limits(self, details: DetectionDetails | None) -> list[str]:
        """Return the limits due to a closed set of classes, and to the scores."""
        return [
            "It finds objects of the classes listed here only.",
            "The score of a box ranks boxes; it is not a calibrated probability.",
        ]

    def overlay(self, x: Example, prediction: Predictions, ends: Ends) -> Pixels:
        """Return an example with the predicted boxes that have a score from `PLAIN`.

        Args:
            x: The example, `(height, width, channels)`.
            prediction: `(boxes, 6)`, in pixels of the example.
            ends: The values of black and white.
        """
        shown = prediction[(prediction[:, 4] >= PLAIN) & np.isfinite(prediction).all(axis=1)]
        kinds = shown[:, 5].astype(np.int64)
        texts = [
            f"{class_label(self._labels, kind)} {score:.2f}"
            for kind, score in zip(kinds.tolist(), shown[:, 4].tolist(), strict=True)
        ]
        return overlays.boxes(x, shown[:, :4], kinds, texts, ends)

    def _drawn(self, x: Example, truth: Targets, prediction: Predictions, ends: Ends) -> list[Picture]:
        true = overlays.address(self._true(x, truth, ends))
        predicted = overlays.address(self.overlay(x, prediction, ends))
        return [Picture(true, "true"), Picture(predicted, f"predicted {self.predicted(prediction)}")]

    def _true(self, x: Example, truth: NDArray[np.floating], ends: Ends) -> Pixels:
        used = truth[truth[:, 4] >= 0]
        kinds = used[:, 4].astype(np.int64)
        texts = [class_label(self._labels, kind) for kind in kinds.tolist()]
        return overlays.boxes(x, used[:, :4], kinds, texts, ends)


def _by_class(details: DetectionDetails) -> Table:
    rows = [
        (
            label,
            formatting.measured("share", of.ap50),
            formatting.measured("share", of.ap),
            f"{of.support:,}",
        )
        for label, of in details.per_class.items()
    ]
    columns = ("class", "AP50", "AP50:95", "true boxes")
    return Table(columns, rows, "By class, on the test split.", is_tall=len(rows) > TALL)


def _curves(labels: Sequence[str], details: DetectionDetails) -> list[Part]:
    """Return precision over recall of the classes with a true box; nothing if there are none."""
    found = {label: of for label, of in details.per_class.items() if of.ap50 is not None}
    drawn = sorted(found, key=lambda label: found[label].ap50 or 0.0)[:MOST_DRAWN]
    if not drawn:
        return []
    marks = tuple(
        Marks("line", RECALLS.tolist(), found[label].precisions, label, colour, size=1.5)
        for label, colour in zip(drawn, colours_of([labels.index(label) for label in drawn]), strict=True)
    )
    ends = (-0.02, 1.02)
    chart = Chart(
        "Precision over recall",
        Axis("recall", ends=ends, percent=True),
        Axis("precision", ends=ends, percent=True),
        marks,
        height=360,
    )
    few = f", for the {len(drawn)} classes with the lowest AP50" if len(drawn) < len(found) else ""
    caption = f"Interpolated precision over recall on the test split, at an IoU of 0.5{few}."
    return [Plot(Figure("precision_recall", (chart,), caption))]
