"""Predicted boxes -> annotations and overlays of a picture."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.detection.metrics import PredictedBoxes
from cnnsearch.tasks.detection.report import DetectionReport
from cnnsearch.tasks.files import Annotation, Covered, Ends, FileFormat, Pixels, TaskFiles, annotation


class DetectionFiles(TaskFiles):
    """See `TaskFiles`."""

    formats: ClassVar[tuple[FileFormat, ...]] = ("coco", "overlays")

    def placed(self, prediction: PredictedBoxes, covered: Covered) -> PredictedBoxes:
        """Return the used boxes that have a part in the picture."""
        used = prediction[(prediction[:, 4] > 0) & np.isfinite(prediction).all(axis=1)]
        corners = covered.points(used[:, :4].reshape(-1, 2, 2)).reshape(-1, 4)
        is_within = (corners[:, 2:] > corners[:, :2]).all(axis=1)
        boxes: PredictedBoxes = np.concatenate([corners, used[:, 4:]], axis=1)[is_within]
        return boxes

    def overlay(self, x: NDArray[Any], prediction: PredictedBoxes, ends: Ends) -> Pixels:
        """Return the picture with the plain boxes."""
        return DetectionReport(self._labels).overlay(x, prediction, ends)

    def annotations(self, prediction: PredictedBoxes) -> list[Annotation]:
        """Return every box."""
        return [annotation(int(kind), box, score) for *box, score, kind in prediction.tolist()]
