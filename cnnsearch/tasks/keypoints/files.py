"""Predicted points -> annotations and overlays of a picture."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.files import Annotation, Covered, Ends, FileFormat, Pixels, TaskFiles, annotation
from cnnsearch.tasks.keypoints.metrics import SMALLEST_SCORE
from cnnsearch.tasks.keypoints.metrics import Keypoints as Points
from cnnsearch.tasks.keypoints.report import KeypointsReport

CATEGORY = "object"
"""The name of the only category."""
_HIDDEN, _VISIBLE = 1, 2


class KeypointsFiles(TaskFiles):
    """See `TaskFiles`."""

    formats: ClassVar[tuple[FileFormat, ...]] = ("coco", "overlays")
    has_coordinates: ClassVar[bool] = True

    def placed(self, prediction: Points, covered: Covered) -> Points:
        """Return all instances."""
        points: Points = np.concatenate([covered.points(prediction[..., :2]), prediction[..., 2:]], axis=-1)
        return points

    def overlay(self, x: NDArray[Any], prediction: Points, ends: Ends) -> Pixels:
        """Return the picture with the instances that count."""
        return KeypointsReport(self._labels).overlay(x, prediction, ends)

    def annotations(self, prediction: Points) -> list[Annotation]:
        """Return the instances with a score: x, y and 2 for each point, or 1 where its score is small."""
        return [
            _annotation(instance)
            for instance in prediction
            if np.isfinite(instance).all() and instance[:, 2].mean() > 0
        ]

    def categories(self) -> list[dict[str, Any]]:
        """Return the only category, with the names of the keypoints."""
        return [{"id": 1, "name": CATEGORY, "keypoints": list(self._labels), "skeleton": []}]


def _annotation(instance: NDArray[np.floating]) -> Annotation:
    rows = instance.tolist()
    triples = [(round(x, 2), round(y, 2), _VISIBLE if s > SMALLEST_SCORE else _HIDDEN) for x, y, s in rows]
    places = instance[:, :2]
    return annotation(
        0,
        [*places.min(axis=0).tolist(), *places.max(axis=0).tolist()],
        float(instance[:, 2].mean()),
        keypoints=[number for triple in triples for number in triple],
        keypoint_scores=[round(score, 6) for *_, score in rows],
        num_keypoints=len(rows),
    )
