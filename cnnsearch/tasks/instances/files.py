"""Predicted maps of classes and instances -> masks, annotations and overlays of a picture."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.average_precision import encoded
from cnnsearch.tasks.files import Annotation, Covered, Ends, FileFormat, Pixels, TaskFiles, annotation
from cnnsearch.tasks.instances.metrics import PredictedMaps
from cnnsearch.tasks.instances.report import InstancesReport


class InstancesFiles(TaskFiles):
    """See `TaskFiles`."""

    formats: ClassVar[tuple[FileFormat, ...]] = ("masks", "coco", "overlays")
    mask_suffixes: ClassVar[tuple[str, ...]] = (".classes.png", ".instances.png")

    def placed(self, prediction: PredictedMaps, covered: Covered) -> PredictedMaps:
        """Return the class, the instance and the score at each pixel."""
        return covered.map(prediction)

    def overlay(self, x: NDArray[Any], prediction: PredictedMaps, ends: Ends) -> Pixels:
        """Return the picture with each instance in a colour."""
        return InstancesReport(self._labels).overlay(x, prediction, ends)

    def masks(self, prediction: PredictedMaps) -> tuple[NDArray[Any], ...]:
        """Return the indices of classes, and the numbers of instances, 0 where there is none."""
        return prediction[..., 0].astype(np.uint8), prediction[..., 1].astype(np.uint16)

    def annotations(self, prediction: PredictedMaps) -> list[Annotation]:
        """Return each instance with its run-length encoded mask."""
        return list(_annotations(prediction))

    def categories(self) -> list[dict[str, Any]]:
        """Return the classes without the background."""
        return super().categories()[1:]


def _annotations(prediction: PredictedMaps) -> Iterator[Annotation]:
    kinds, numbers = (prediction[..., channel].astype(np.int64) for channel in (0, 1))
    pairs = np.unique(np.stack([kinds, numbers], axis=-1)[numbers > 0], axis=0)
    for kind, number in pairs.tolist():
        mask = (kinds == kind) & (numbers == number)
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        (region,) = encoded(mask[..., None])
        yield annotation(
            kind,
            [float(end) for end in box],
            float(prediction[rows[0], np.flatnonzero(mask[rows[0]])[0], 2]),
            area=int(mask.sum()),
            segmentation={"size": list(mask.shape), "counts": region["counts"].decode("ascii")},
        )
