"""Average precision as COCO defines it: pycocotools matches objects, numpy accumulates. No Keras."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.bootstrap import Times

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""The smallest IoU of a correct detection, ascending."""
RECALLS = np.linspace(0.0, 1.0, 101)
"""The recalls at which precisions are averaged."""
MOST_DETECTIONS = 100
"""The largest number of detections that count, of each class of an example: those with the highest scores."""

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Recalls and precisions, `(recalls,)` each."""


@dataclass(frozen=True)
class Objects:
    """True or predicted objects of all examples, one row each, in the order of the examples.

    Attributes:
        examples: The index of the example, `(objects,)`.
        labels: The index of the class, `(objects,)`.
        regions: The box, `[x, y, width, height]`, or the encoded mask, see `encoded`.
        scores: The score, `(objects,)`; 1 for true objects.
    """

    examples: NDArray[np.integer]
    labels: NDArray[np.integer]
    regions: Sequence[Any]
    scores: NDArray[np.floating]

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the objects of several parts, at least one, as one."""
        return cls(
            np.concatenate([part.examples for part in parts]),
            np.concatenate([part.labels for part in parts]),
            [region for part in parts for region in part.regions],
            np.concatenate([part.scores for part in parts]),
        )


@dataclass(frozen=True)
class Detections:
    """The detections of one class by score, descending; those of equal score in the order of the examples.

    Attributes:
        examples: The index of the example, `(detections,)`.
        scores: The score, `(detections,)`.
        correct: Whether the detection matches a true object, `(thresholds, detections)`.
    """

    examples: NDArray[np.int64]
    scores: NDArray[np.float64]
    correct: NDArray[np.bool_]


@dataclass(frozen=True)
class Matches:
    """Detections compared with true objects.

    Attributes:
        detections: The detections of each class.
        true: The number of true objects, `(examples, classes)`.
    """

    detections: tuple[Detections, ...]
    true: NDArray[np.int64]


def encoded(masks: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Return the run-length encoding of each mask.

    Args:
        masks: `(height, width, objects)`.
    """
    from pycocotools import mask

    found: list[dict[str, Any]] = mask.encode(np.asfortranarray(masks, np.uint8))
    return found


def match(
    true: Objects, predicted: Objects, *, examples: int, classes: int, form: Literal["bbox", "segm"]
) -> Matches:
    """Compare predicted with true objects at every threshold, as pycocotools does.

    By score, descending, a detection matches the true object of its class and example with the largest IoU
    among those that are not matched yet (Lin et al. 2014, Microsoft COCO: Common Objects in Context;
    https://cocodataset.org/#detection-eval).

    Args:
        true: The true objects.
        predicted: The detections.
        examples: The number of examples.
        classes: The number of classes.
        form: The form of the regions: boxes or masks.
    """
    counts = np.zeros((examples, classes), np.int64)
    np.add.at(counts, (true.examples, true.labels), 1)
    present = np.union1d(true.examples, predicted.examples)
    results = _evaluated(true, predicted, present.tolist(), classes, form)
    by_class = (results[label * len(present) : (label + 1) * len(present)] for label in range(classes))
    return Matches(tuple(map(_detections, by_class)), counts)


def average_precisions(matches: Matches, times: Times | None = None) -> NDArray[np.float64]:
    """Return the average precision at each threshold, `(classes, thresholds)`.

    It is the mean of the interpolated precisions; NaN for a class without a true object.
    """
    means: NDArray[np.float64] = interpolated_precisions(matches, times).mean(axis=-1)
    return means


def mean_average_precisions(matches: Matches, times: Times | None = None) -> tuple[float, float]:
    """Return the mean over classes of the average precision at IoU 0.5, and that over all thresholds.

    Classes without a true object are left out; both are 0 without any true object.
    """
    found = average_precisions(matches, times)
    found = found[~np.isnan(found[:, 0])]
    return (float(found[:, 0].mean()), float(found.mean())) if len(found) else (0.0, 0.0)


def precision_recall(matches: Matches, threshold: float) -> list[Curve]:
    """Return the recalls and interpolated precisions of each class, whose mean is the average precision.

    Args:
        matches: The compared detections.
        threshold: One of `THRESHOLDS`.

    Returns:
        `RECALLS` and the precisions, `(101,)` each; the latter are NaN for a class without a true object.
    """
    place = int(np.abs(THRESHOLDS - threshold).argmin())
    return [(RECALLS, precisions) for precisions in interpolated_precisions(matches)[:, place]]


def interpolated_precisions(matches: Matches, times: Times | None = None) -> NDArray[np.float64]:
    """Return the largest precision at each recall or a larger one, `(classes, thresholds, recalls)`.

    The precision is 0 at recalls that are not reached (Everingham et al. 2010, The PASCAL Visual Object
    Classes Challenge, section 4.2), and NaN for a class without a true object.

    Args:
        matches: The compared detections.
        times: How often each example counts; by default once.
    """
    if times is None:
        times = np.ones(len(matches.true), np.int64)
    positives = times @ matches.true
    found = np.full((len(positives), len(THRESHOLDS), len(RECALLS)), np.nan)
    for label in np.flatnonzero(positives).tolist():
        detections = matches.detections[label]
        weights = times[detections.examples]
        ranks = np.cumsum(weights)
        for row, correct in zip(found[label], detections.correct, strict=True):
            places = np.flatnonzero(correct)
            row[:] = _interpolated(np.cumsum(weights[places]), ranks[places], int(positives[label]))
    return found


def _interpolated(
    true: NDArray[np.integer], ranks: NDArray[np.integer], positives: int
) -> NDArray[np.float64]:
    """Return the interpolated precision at each recall.

    Only correct detections are needed: the others lower the precision and leave the recall as it is.

    Args:
        true: The number of correct detections up to each correct one.
        ranks: The number of all detections up to each correct one.
        positives: The number of true objects.
    """
    precisions = true / (ranks + np.spacing(1))  # as in COCOeval.accumulate, so that values are identical
    highest = np.maximum.accumulate(precisions[::-1])[::-1]
    return np.append(highest, 0.0)[np.searchsorted(true / positives, RECALLS)]


def _evaluated(
    true: Objects, predicted: Objects, present: list[int], classes: int, form: Literal["bbox", "segm"]
) -> list[dict[str, Any] | None]:
    """Return COCOeval's result for each class and, within it, each present example."""
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(
            _dataset(true, present, classes, form), _dataset(predicted, present, classes, form), form
        )
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0.0, np.inf]], ["all"]
        evaluation.params.maxDets = [MOST_DETECTIONS]
        evaluation.evaluate()
    results: list[dict[str, Any] | None] = evaluation.evalImgs
    return results


def _dataset(objects: Objects, present: list[int], classes: int, form: Literal["bbox", "segm"]) -> Any:
    """Return objects as a `COCO` object, without a file."""
    from pycocotools.coco import COCO

    key = {"bbox": "bbox", "segm": "segmentation"}[form]
    rows = zip(
        objects.examples.tolist(),
        objects.labels.tolist(),
        objects.regions,
        objects.scores.tolist(),
        strict=True,
    )
    dataset = COCO()
    dataset.dataset = {
        "images": [{"id": example, "height": 0, "width": 0} for example in present],  # the sizes are unused
        "categories": [{"id": label} for label in range(classes)],
        "annotations": [
            {
                "id": number,  # from 1, since COCOeval's 0 means that nothing matches
                "image_id": example,
                "category_id": label,
                key: region,
                "score": score,
                "area": 0.0,  # within the only range of areas
                "iscrowd": 0,
            }
            for number, (example, label, region, score) in enumerate(rows, start=1)
        ],
    }
    dataset.createIndex()
    return dataset


def _detections(results: Sequence[dict[str, Any] | None]) -> Detections:
    """Return the detections of one class from COCOeval's result for each example."""
    found = [result for result in results if result is not None]
    counts = [len(result["dtScores"]) for result in found]
    examples = np.repeat(np.array([result["image_id"] for result in found], np.int64), counts)
    scores = np.array([score for result in found for score in result["dtScores"]], np.float64)
    nothing = np.zeros((len(THRESHOLDS), 0))
    correct = np.concatenate([nothing, *(result["dtMatches"] for result in found)], axis=1) > 0
    order = np.argsort(-scores, kind="stable")
    return Detections(examples[order], scores[order], correct[:, order])
