"""Presentation of the results of keypoints: sentences, tables, errors, and points on examples."""

from collections.abc import Sequence

import numpy as np

from cnnsearch.page import formatting, overlays
from cnnsearch.page.charts import Axis, Chart, Figure, Marks, colours_of, thinned
from cnnsearch.page.overlays import MOST_NAMED, Ends, Pixels
from cnnsearch.page.parts import TALL, Part, Picture, Plot, Table
from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.evidence import Evidence
from cnnsearch.tasks.galleries import Example, galleries
from cnnsearch.tasks.keypoints.details import KeypointsDetails
from cnnsearch.tasks.keypoints.metrics import SMALLEST_SCORE, Matched, matched
from cnnsearch.tasks.report import Row
from cnnsearch.tasks.scores import Score

MOST_DRAWN = 6
"""The largest number of keypoints in a figure; those with the largest median error are shown."""
_MOST_STEPS = 200  # of a line
_HIDDEN = 1  # the visibility of a hidden keypoint


class KeypointsReport:
    """See `TaskReport`.

    Args:
        labels: The keypoints.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def result(self, score: Score, examples: int) -> str:
        """Return the mean OKS."""
        return f"Its mean OKS is {formatting.percent(score.value)} on {examples:,} test examples"

    def predicted(self, prediction: Predictions) -> str:
        """Return the number of instances that count, and the score of the first one."""
        scores = prediction[..., 2].mean(axis=-1)
        count = int(np.count_nonzero(scores > SMALLEST_SCORE))
        if not count:
            return "nothing"
        return f"{formatting.plural(count, 'instance')} ({formatting.percent(float(scores.max()), 0)})"

    def columns(self, details: KeypointsDetails) -> dict[str, str]:
        """Return the mean over keypoints of the median error."""
        found = [of.median_error for of in details.per_keypoint.values() if of.median_error is not None]
        return {"median error": _pixels(float(np.mean(found)) if found else None)}

    def column_notes(self) -> str:
        """Explain the median error."""
        return "Median error: in pixels of the example on the test split, the mean over keypoints."

    def parts(self, evidence: Evidence, details: KeypointsDetails) -> list[Part]:
        """Return the scores of each keypoint, the distribution of errors, and true and predicted points."""
        note = "Hidden ones are hollow."
        if len(self._labels) > MOST_NAMED:
            names = (f"{number} {label}" for number, label in enumerate(self._labels, start=1))
            note = f"{note} Numbers: {', '.join(names)}."
        drawn = galleries(evidence, self._drawn, "Keypoints", "mean OKS", note)
        return [_by_keypoint(details), *_errors(self._labels, evidence, details), *drawn]

    def worst_caption(self) -> str:
        """Return the caption of the gallery."""
        return "The test examples with the lowest mean OKS."

    def rows(self, details: KeypointsDetails) -> list[Row]:
        """Return the median error of each keypoint."""
        return [
            Row(f"median error of {label}", _pixels(of.median_error), "the test split")
            for label, of in details.per_keypoint.items()
            if of.median_error is not None
        ]

    def limits(self, details: KeypointsDetails | None) -> list[str]:
        """Return the limits due to hidden keypoints, and to the unit of errors."""
        return [
            "It places every keypoint of an instance, also one that is hidden or outside of the image.",
            "Errors are in pixels of the network's input, to which images are scaled.",
        ]

    def overlay(self, x: Example, prediction: Predictions, ends: Ends) -> Pixels:
        """Return an example with the points of the predicted instances that count.

        Args:
            x: The example, `(height, width, channels)`.
            prediction: `(instances, keypoints, 3)`, in pixels of the example.
            ends: The values of black and white.
        """
        counts = prediction[..., 2].mean(axis=-1) > SMALLEST_SCORE
        is_shown = counts[:, None] & np.isfinite(prediction).all(axis=-1)
        nothing = np.zeros(is_shown.shape, np.bool_)
        return overlays.points(x, prediction[..., :2], is_shown, nothing, self._labels, ends)

    def _drawn(self, x: Example, truth: Targets, prediction: Predictions, ends: Ends) -> list[Picture]:
        true = overlays.points(
            x, truth[..., :2], truth[..., 2] > 0, truth[..., 2] == _HIDDEN, self._labels, ends
        )
        predicted = overlays.address(self.overlay(x, prediction, ends))
        return [
            Picture(overlays.address(true), "true"),
            Picture(predicted, f"predicted {self.predicted(prediction)}"),
        ]


def _by_keypoint(details: KeypointsDetails) -> Table:
    rows = [
        (
            label,
            formatting.measured("share", of.oks),
            _pixels(of.median_error),
            _pixels(of.mean_error),
            f"{of.support:,}",
        )
        for label, of in details.per_keypoint.items()
    ]
    columns = ("keypoint", "OKS", "median error", "mean error", "labelled")
    note = (
        "By keypoint, on the test split; errors in pixels of the example, of the instances that have a "
        "predicted one."
    )
    return Table(columns, rows, note, is_tall=len(rows) > TALL)


def _errors(labels: Sequence[str], evidence: Evidence, details: KeypointsDetails) -> list[Part]:
    """Return the share of labelled keypoints within each distance; nothing if none has a distance."""
    errors = {label: of.median_error for label, of in details.per_keypoint.items()}
    known = {label: error for label, error in errors.items() if error is not None}
    drawn = sorted(known, key=lambda label: -known[label])[:MOST_DRAWN]
    if not drawn:
        return []
    height, width = evidence.worst_x.shape[1:3]
    found = matched(evidence.predictions, evidence.truth, (height, width))
    places = [labels.index(label) for label in drawn]
    marks = tuple(
        _shares(found, place, labels[place], colour)
        for place, colour in zip(places, colours_of(places), strict=True)
    )
    chart = Chart(
        "Labelled keypoints within a distance",
        Axis("distance in pixels"),
        Axis("share", ends=(-0.02, 1.02), percent=True),
        marks,
        height=360,
    )
    few = f", for the {len(drawn)} keypoints with the largest median error" if len(drawn) < len(known) else ""
    caption = f"The share of labelled keypoints that are predicted within a distance, on the test split{few}."
    return [Plot(Figure("keypoint_errors", (chart,), caption))]


def _shares(found: Matched, keypoint: int, label: str, colour: str) -> Marks:
    distances = np.sort(found.distances[:, keypoint])  # NaN, without a distance, is last
    distances = distances[~np.isnan(distances)]
    shares = np.arange(1, len(distances) + 1) / np.count_nonzero(found.labelled[:, keypoint])
    kept = thinned(len(distances), _MOST_STEPS)
    return Marks("line", distances[kept].tolist(), shares[kept].tolist(), label, colour, size=1.5)


def _pixels(error: float | None) -> str:
    return "–" if error is None else f"{error:.2f}"
