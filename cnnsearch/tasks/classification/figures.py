"""Figures of a classifier on the test split: confusion matrix, confused pairs, reliability."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.page import formatting
from cnnsearch.page.charts import BLUE, GREY, ORANGE, Axis, Chart, Figure, Grid, Marks
from cnnsearch.page.parts import Table
from cnnsearch.tasks.classification.calibration import BINS, reliability
from cnnsearch.tasks.evidence import Evidence

MOST_CLASSES = 30
"""The largest number of classes in the confusion matrix; those with the most errors are shown."""
MOST_PAIRS = 10


def confusions(evidence: Evidence) -> NDArray[np.int64]:
    """Return the confusion matrix `(classes, classes)`, with true classes as rows."""
    classes = evidence.predictions.shape[1]
    places = evidence.truth * classes + evidence.predictions.argmax(axis=1)
    return np.bincount(places, minlength=classes**2).reshape(classes, classes)


def confusion_figure(evidence: Evidence, labels: Sequence[str]) -> Figure:
    """Return the confusion matrix as a figure, coloured by the share of each row."""
    matrix = confusions(evidence)
    shown = _most_confused(matrix)
    part = matrix[np.ix_(shown, shown)]
    shares = part / np.maximum(matrix[shown].sum(axis=1, keepdims=True), 1)
    names = tuple(labels[place] for place in shown)
    texts = [[str(count) if count else "" for count in row] for row in part.tolist()]
    grid = Grid(np.round(shares, 4).tolist(), texts, names, names)
    rest = (
        f" The {len(shown)} classes with the most errors of {len(labels)}."
        if len(shown) < len(labels)
        else ""
    )
    chart = Chart(
        "", Axis("predicted"), Axis("true class"), grid=grid, height=min(760, 150 + 34 * len(shown))
    )
    return Figure(
        "confusion",
        (chart,),
        f"Test examples by true and predicted class; the shade is the share of the row.{rest}",
    )


def _most_confused(matrix: NDArray[np.int64]) -> list[int]:
    errors = matrix.sum(axis=0) + matrix.sum(axis=1) - 2 * matrix.diagonal()
    chosen = np.argsort(-errors, kind="stable")[:MOST_CLASSES]
    return sorted(chosen.tolist())


def confused_pairs(evidence: Evidence, labels: Sequence[str]) -> Table | None:
    """Return the most frequent confusions."""
    matrix = confusions(evidence)
    np.fill_diagonal(matrix, 0)
    places = np.argsort(-matrix, axis=None, kind="stable")[:MOST_PAIRS]
    pairs = [(int(place) // len(matrix), int(place) % len(matrix)) for place in places]
    rows = [(labels[a], labels[b], str(matrix[a, b])) for a, b in pairs if matrix[a, b]]
    return Table(("true", "predicted", "times"), rows, "Most frequent confusions.", words=2) if rows else None


def reliability_figure(evidence: Evidence) -> Figure:
    """Return accuracy against confidence; a calibrated network is on the diagonal."""
    bins = reliability(evidence.predictions, evidence.truth)
    x, y = bins.confidence.tolist(), bins.accuracy.tolist()
    texts = [
        f"{formatting.plural(n, 'example')}: "
        f"confidence {formatting.percent(c, 1)}, accuracy {formatting.percent(a, 1)}"
        for c, a, n in zip(bins.confidence, bins.accuracy, bins.count.tolist(), strict=True)
    ]
    marks = (
        Marks("line", [0, 1], [0, 1], "perfect calibration", GREY, is_dashed=True, size=1.5),
        Marks("line", x, y, "", BLUE, size=1.5),
        Marks("points", x, y, "the champion", BLUE, texts, size=8),
    )
    ends = (-0.02, 1.02)
    first = Chart(
        "Reliability",
        Axis("confidence", ends=ends, percent=True),
        Axis("accuracy", ends=ends, percent=True),
        marks,
        height=360,
    )
    return Figure(
        "reliability",
        (first, _confidences(evidence)),
        f"Test examples in {BINS} bins of confidence. The network is underconfident above the diagonal, and "
        "overconfident below it.",
    )


def _confidences(evidence: Evidence) -> Chart:
    """Return histograms of the confidence of correct and wrong predictions."""
    confidence = evidence.predictions.max(axis=1)
    right = evidence.predictions.argmax(axis=1) == evidence.truth
    edges = np.linspace(0, 1, 2 * BINS + 1)
    marks = []
    for chosen, name, colour in ((right, "correct", BLUE), (~right, "wrong", ORANGE)):
        counts = np.histogram(confidence[chosen], edges)[0]
        x, y = np.repeat(edges, 2)[1:-1].tolist(), np.repeat(counts, 2).tolist()
        marks.append(Marks("line", x, y, f"{name} ({int(chosen.sum())})", colour, size=2))
    axis = Axis("confidence", ends=(0.0, 1.0), percent=True)
    return Chart("Confidence", axis, Axis("test examples", log=True), tuple(marks), height=360)
