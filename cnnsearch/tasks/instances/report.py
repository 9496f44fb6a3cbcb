"""Presentation of the results of instance segmentation: sentences, tables and instances on examples."""

from collections.abc import Sequence

import numpy as np

from cnnsearch.page import formatting, overlays
from cnnsearch.page.overlays import Ends, Pixels
from cnnsearch.page.parts import TALL, Part, Picture, Table
from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.evidence import Evidence
from cnnsearch.tasks.galleries import Example, galleries
from cnnsearch.tasks.instances.details import InstancesDetails
from cnnsearch.tasks.objects import named_counts
from cnnsearch.tasks.report import Row
from cnnsearch.tasks.scores import Score
from cnnsearch.tasks.segmentation.metrics import IGNORED


class InstancesReport:
    """See `TaskReport`.

    Args:
        labels: The classes, the background first.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def result(self, score: Score, examples: int) -> str:
        """Return mask AP50."""
        return f"Its mask AP50 is {formatting.percent(score.value)} on {examples:,} test examples"

    def predicted(self, prediction: Predictions) -> str:
        """Return the number of instances of each class."""
        rows = prediction[prediction[..., 1] > 0][:, :2].astype(np.int64)
        kinds = np.unique(rows, axis=0)[:, 0]
        return named_counts(np.bincount(kinds, minlength=len(self._labels)), self._labels)

    def columns(self, details: InstancesDetails) -> dict[str, str]:
        """Return the mean of the panoptic qualities."""
        found = [of.quality for of in details.per_class.values() if of.quality is not None]
        return {"panoptic quality": formatting.measured("share", float(np.mean(found)) if found else None)}

    def column_notes(self) -> str:
        """Explain the panoptic quality."""
        return (
            "Panoptic quality: the sum of the IoUs of matched instances, divided by the number of matched "
            "ones and half that of missed and false ones; on the test split, the mean over classes."
        )

    def parts(self, evidence: Evidence, details: InstancesDetails) -> list[Part]:
        """Return the scores of each class, and true and predicted instances."""
        note = "Each instance has a colour of its own; the colours of true and predicted ones are unrelated."
        drawn = galleries(evidence, self._drawn, "Instances", "panoptic quality", note)
        return [_by_class(details), *drawn]

    def worst_caption(self) -> str:
        """Return the caption of the gallery."""
        return "The test examples with the lowest panoptic quality."

    def rows(self, details: InstancesDetails) -> list[Row]:
        """Return the mask AP50 of each class."""
        return [
            Row(f"mask AP50 of {label}", formatting.percent(of.ap50), "the test split")
            for label, of in details.per_class.items()
            if of.ap50 is not None
        ]

    def limits(self, details: InstancesDetails | None) -> list[str]:
        """Return the limits due to a closed set of classes, and to one instance for each position."""
        return [
            "It finds objects of the classes listed here only.",
            "Each position belongs to one instance at most; hidden parts of objects are not predicted.",
        ]

    def overlay(self, x: Example, prediction: Predictions, ends: Ends) -> Pixels:
        """Return an example with the predicted instances.

        Args:
            x: The example, `(height, width, channels)`.
            prediction: `(height, width, 3)`.
            ends: The values of black and white.
        """
        return overlays.instances(x, prediction[..., 1].astype(np.int64), ends)

    def _drawn(self, x: Example, truth: Targets, prediction: Predictions, ends: Ends) -> list[Picture]:
        true = overlays.instances(x, np.where(truth[..., 0] == IGNORED, 0, truth[..., 1]), ends)
        predicted = overlays.address(self.overlay(x, prediction, ends))
        return [
            Picture(overlays.address(true), "true"),
            Picture(predicted, f"predicted {self.predicted(prediction)}"),
        ]


def _by_class(details: InstancesDetails) -> Table:
    rows = [
        (
            label,
            *(formatting.measured("share", value) for value in (of.ap50, of.ap, of.quality, of.iou)),
            f"{of.support:,}",
        )
        for label, of in details.per_class.items()
    ]
    columns = ("class", "mask AP50", "mask AP50:95", "panoptic quality", "IoU", "true instances")
    return Table(columns, rows, "By class, on the test split.", is_tall=len(rows) > TALL)
