"""Predicted classes of positions -> masks and overlays of a picture."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cnnsearch.page import overlays
from cnnsearch.tasks.arrays import Predictions
from cnnsearch.tasks.files import Covered, Ends, FileFormat, Pixels, TaskFiles
from cnnsearch.tasks.segmentation.metrics import classes_of


class SegmentationFiles(TaskFiles):
    """See `TaskFiles`; a prediction in pixels of the picture is a map of classes, `(height, width)`."""

    formats: ClassVar[tuple[FileFormat, ...]] = ("masks", "overlays")
    mask_suffixes: ClassVar[tuple[str, ...]] = (".png",)

    def placed(self, prediction: Predictions, covered: Covered) -> NDArray[np.uint8]:
        """Return the most probable class at each pixel."""
        return covered.map(classes_of(prediction))

    def overlay(self, x: NDArray[Any], prediction: NDArray[np.uint8], ends: Ends) -> Pixels:
        """Return the picture with all classes but the first in colour."""
        return overlays.regions(x, prediction, ends)

    def masks(self, prediction: NDArray[np.uint8]) -> tuple[NDArray[Any]]:
        """Return the mask: the values of the training masks, as far as 16 bits hold them, else indices."""
        return (self._values()[prediction],)

    def _values(self) -> NDArray[Any]:
        """Return the value of each class."""
        indices = np.arange(len(self._labels), dtype=np.uint8)
        if not all(label.isascii() and label.isdigit() for label in self._labels):
            return indices
        values = [int(label) for label in self._labels]
        if max(values) > np.iinfo(np.uint16).max:
            return indices
        return np.array(values, np.uint8 if max(values) <= np.iinfo(np.uint8).max else np.uint16)
