"""Presentation of the results of a tagger: sentences, tables and figures."""

from collections.abc import Sequence

import numpy as np

from cnnsearch.page import formatting
from cnnsearch.page.charts import GREY, PALETTE, Axis, Chart, Figure, Marks
from cnnsearch.page.parts import TALL, Part, Plot, Table
from cnnsearch.tasks.arrays import Predictions
from cnnsearch.tasks.classification.calibration import BINS, reliability_of
from cnnsearch.tasks.evidence import Evidence
from cnnsearch.tasks.report import Row
from cnnsearch.tasks.scores import Score
from cnnsearch.tasks.tagging import metrics
from cnnsearch.tasks.tagging.details import TaggingDetails

MOST_DRAWN = 6
"""The largest number of tags in a figure; those with the lowest average precision are shown."""


class TaggingReport:
    """See `TaskReport`.

    Args:
        labels: The tags.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def result(self, score: Score, examples: int) -> str:
        """Return the mean average precision."""
        value = formatting.percent(score.value)
        return f"Its mean average precision is {value} on {examples:,} test examples"

    def predicted(self, prediction: Predictions) -> str:
        """Return the tags with a probability of at least 0.5."""
        tags = zip(self._labels, prediction.tolist(), strict=True)
        chosen = [f"{label} ({formatting.percent(p, 0)})" for label, p in tags if p >= metrics.THRESHOLD]
        return ", ".join(chosen) or "no tag"

    def columns(self, details: TaggingDetails) -> dict[str, str]:
        """Return the mean calibration error."""
        return {"ECE": f"{np.mean([of.ece for of in details.per_tag.values()]):.4f}"}

    def column_notes(self) -> str:
        """Explain the calibration error."""
        return "ECE: expected calibration error on the test split, the mean over tags."

    def parts(self, evidence: Evidence, details: TaggingDetails) -> list[Part]:
        """Return the scores of each tag, precision over recall, and reliability."""
        worst = sorted(details.per_tag, key=lambda label: details.per_tag[label].average_precision or 2.0)
        tags = [self._labels.index(label) for label in worst[:MOST_DRAWN]]
        return [
            _by_tag(details),
            Plot(self._precision_figure(evidence, tags)),
            Plot(self._reliability_figure(evidence, tags)),
        ]

    def worst_caption(self) -> str:
        """Return the caption of the gallery."""
        return "The test examples with the most confidently wrong tag."

    def rows(self, details: TaggingDetails) -> list[Row]:
        """Return the lowest average precision of a tag."""
        precisions = {
            label: of.average_precision
            for label, of in details.per_tag.items()
            if of.average_precision is not None
        }
        if not precisions:
            return []
        lowest = min(precisions, key=lambda label: precisions[label])
        value = f"{precisions[lowest]:.4f} ({lowest})"
        return [Row("lowest average precision of a tag", value, "the test split")]

    def limits(self, details: TaggingDetails | None) -> list[str]:
        """Return the limit due to independent tags."""
        return ["Tags are predicted independently; it may predict combinations that never occur."]

    def _precision_figure(self, evidence: Evidence, tags: Sequence[int]) -> Figure:
        marks = []
        for tag, colour in zip(tags, PALETTE, strict=False):
            truth = evidence.truth[:, tag][np.argsort(-evidence.predictions[:, tag], kind="stable")] > 0
            hits = np.cumsum(truth)
            if not hits[-1]:
                continue
            recall, precision = hits / hits[-1], hits / np.arange(1, len(hits) + 1)
            marks.append(
                Marks("line", recall.tolist(), precision.tolist(), self._labels[tag], colour, size=1.5)
            )
        ends = (-0.02, 1.02)
        chart = Chart(
            "Precision over recall",
            Axis("recall", ends=ends, percent=True),
            Axis("precision", ends=ends, percent=True),
            tuple(marks),
            height=360,
        )
        return Figure("precision_recall", (chart,), self._caption("Precision over recall by threshold", tags))

    def _reliability_figure(self, evidence: Evidence, tags: Sequence[int]) -> Figure:
        marks = [Marks("line", [0, 1], [0, 1], "perfect calibration", GREY, is_dashed=True, size=1.5)]
        for tag, colour in zip(tags, PALETTE, strict=False):
            bins = reliability_of(evidence.predictions[:, tag], evidence.truth[:, tag] > 0)
            x, y = bins.confidence.tolist(), bins.accuracy.tolist()
            marks.append(Marks("line", x, y, self._labels[tag], colour, size=1.5))
        ends = (-0.02, 1.02)
        chart = Chart(
            "Reliability",
            Axis("predicted probability", ends=ends, percent=True),
            Axis("share with the tag", ends=ends, percent=True),
            tuple(marks),
            height=360,
        )
        return Figure(
            "reliability", (chart,), self._caption(f"Test examples in {BINS} bins of probability", tags)
        )

    def _caption(self, text: str, tags: Sequence[int]) -> str:
        few = len(tags) < len(self._labels)
        return f"{text}{f', for the {len(tags)} tags with the lowest average precision' if few else ''}."


def _by_tag(details: TaggingDetails) -> Table:
    rows = [
        (
            label,
            f"{of.threshold:.2f}",
            formatting.percent(of.precision, 1),
            formatting.percent(of.recall, 1),
            formatting.measured("share", of.average_precision),
            "–" if of.auc is None else f"{of.auc:.4f}",
            f"{of.ece:.4f}",
            f"{of.support:,}",
        )
        for label, of in details.per_tag.items()
    ]
    columns = ("tag", "threshold", "precision", "recall", "average precision", "AUC", "ECE", "test examples")
    note = (
        "By tag, on the test split; precision and recall at the threshold with the best F1 on validation, or "
        "at 0.5 if the network was trained on that split too."
    )
    return Table(columns, rows, note, is_tall=len(rows) > TALL)
