"""Maps of classes and instance numbers -> segments, compared with each other. No Keras.

A segment is the positions of an example that have the same class and instance number. Positions without an
instance have the number 0, so that a class without instances is one segment. Ignored positions are removed
from true and predicted segments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.segmentation.metrics import IGNORED, Confusions

MATCHING_IOU = 0.5
"""Segments match above this IoU, so that a segment matches one other at most."""


@dataclass(frozen=True)
class Segments:
    """The true or predicted segments of an example.

    Attributes:
        places: The index of the segment at each position, `(height, width)`.
        labels: The class of each segment, `(segments,)`.
        numbers: The instance number of each segment, `(segments,)`; 0 without an instance.
    """

    places: NDArray[np.int64]
    labels: NDArray[np.int64]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, maps: NDArray[np.integer] | NDArray[np.floating]) -> Self:
        """Return the segments of class indices and instance numbers, `(height, width, 2)`."""
        labels, numbers = np.moveaxis(maps.astype(np.int64), -1, 0)
        base = int(numbers.max()) + 1
        codes = labels * base + numbers
        present = np.flatnonzero(np.bincount(codes.ravel()))
        indices = np.zeros(present[-1] + 1, np.int64)
        indices[present] = np.arange(len(present))
        return cls(indices[codes], *np.divmod(present, base))


@dataclass(frozen=True)
class Comparison:
    """The true and predicted segments of an example.

    Attributes:
        true: The true segments; those of ignored positions have no counted position.
        predicted: The predicted segments.
        counted: Whether each position counts, `(height, width)`.
        common: The number of counted positions in both segments, `(true segments, predicted segments)`.
    """

    true: Segments
    predicted: Segments
    counted: NDArray[np.bool_]
    common: NDArray[np.int64]

    @classmethod
    def of(cls, prediction: NDArray[np.integer] | NDArray[np.floating], y: NDArray[np.integer]) -> Self:
        """Compare the class indices and instance numbers of an example, `(height, width, 2)`."""
        true, predicted, counted = Segments.of(y), Segments.of(prediction), y[..., 0] != IGNORED
        shape = len(true.labels), len(predicted.labels)
        pairs = true.places[counted] * shape[1] + predicted.places[counted]
        return cls(true, predicted, counted, np.bincount(pairs, minlength=shape[0] * shape[1]).reshape(shape))

    @property
    def true_areas(self) -> NDArray[np.int64]:
        """The number of counted positions of each true segment."""
        areas: NDArray[np.int64] = self.common.sum(axis=1)
        return areas

    @property
    def predicted_areas(self) -> NDArray[np.int64]:
        """The number of counted positions of each predicted segment."""
        areas: NDArray[np.int64] = self.common.sum(axis=0)
        return areas

    def confusion(self, classes: int) -> Confusions:
        """Return the counted positions by true and predicted class, `(classes, classes)`."""
        exists = self.true_areas > 0
        found = np.zeros((classes, classes), np.int64)
        np.add.at(found, np.ix_(self.true.labels[exists], self.predicted.labels), self.common[exists])
        return found


@dataclass(frozen=True)
class SegmentCounts:
    """The matched and unmatched segments of each class, `(classes,)` or `(examples, classes)` each.

    Attributes:
        ious: The sum of the IoUs of matched segments.
        matched: The number of true segments with a matching predicted one.
        missed: The number of other true segments.
        false: The number of other predicted segments.
    """

    ious: NDArray[np.float64]
    matched: NDArray[np.int64]
    missed: NDArray[np.int64]
    false: NDArray[np.int64]

    @classmethod
    def of(cls, compared: Comparison, classes: int) -> Self:
        """Count the segments of an example.

        Segments match if their class is the same and their IoU above 0.5. A predicted segment of which more
        than half is ignored does not count unless it matches (Kirillov et al. 2019, section 4.2).
        """
        true, predicted = compared.true_areas, compared.predicted_areas
        ious = compared.common / np.maximum(true[:, None] + predicted - compared.common, 1)
        is_same = compared.true.labels[:, None] == compared.predicted.labels
        rows, columns = np.nonzero(is_same & (ious > MATCHING_IOU))
        is_missed, is_false = true > 0, 2 * predicted >= np.bincount(compared.predicted.places.ravel())
        is_missed[rows], is_false[columns] = False, False
        labels = compared.true.labels[rows]
        return cls(
            ious=np.bincount(labels, ious[rows, columns], minlength=classes).astype(np.float64),
            matched=np.bincount(labels, minlength=classes),
            missed=np.bincount(compared.true.labels[is_missed], minlength=classes),
            false=np.bincount(compared.predicted.labels[is_false], minlength=classes),
        )

    @classmethod
    def stacked(cls, counts: Sequence[Self]) -> Self:
        """Return the counts of several examples, at least one, as `(examples, classes)`."""
        return cls(
            np.stack([of.ious for of in counts]),
            np.stack([of.matched for of in counts]),
            np.stack([of.missed for of in counts]),
            np.stack([of.false for of in counts]),
        )
