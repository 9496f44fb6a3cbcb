"""The part of a task that writes predictions as files: masks, COCO annotations and overlays, in the pixels of
the picture that was predicted."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Predictions

FileFormat = Literal["masks", "coco", "overlays"]
Ends = tuple[float, float]
"""The values of black and white."""
Pixels = NDArray[np.uint8]
"""An RGB image, `(height, width, 3)`."""
Annotation = dict[str, Any]
"""An annotation of COCO's JSON format, without its own id and that of its image."""


@dataclass(frozen=True)
class Covered:
    """The part of an example that a picture covers.

    Attributes:
        left, top, width, height: The part, in pixels of the example.
        size: Height and width of the picture, upright.
    """

    left: int
    top: int
    width: int
    height: int
    size: tuple[int, int]

    @classmethod
    def whole(cls, size: tuple[int, int]) -> Self:
        """Return the part of an example that is the picture itself, of this height and width."""
        height, width = size
        return cls(0, 0, width, height, size)

    def points(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return points of an example, `(..., 2)`, x and y, in pixels of the picture, within its borders."""
        height, width = self.size
        scales = width / self.width, height / self.height
        found = (points.astype(np.float64) - (self.left, self.top)) * scales
        return np.clip(found, 0.0, (width, height)).astype(np.float32)

    def map(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of an example, `(height, width, ...)`, at each pixel of the picture, from the
        nearest position."""
        height, width = self.size
        rows = self.top + (2 * np.arange(height) + 1) * self.height // (2 * height)
        columns = self.left + (2 * np.arange(width) + 1) * self.width // (2 * width)
        found: NDArray[Any] = values[rows[:, None], columns]
        return found


class TaskFiles(ABC):
    """How predictions of images are written into files. No Keras.

    Args:
        labels: The classes or keypoints.

    Attributes:
        formats: The formats that suit the task.
        mask_suffixes: The endings of the names of an example's masks.
        has_coordinates: Whether predictions in a table are coordinates, which are those of the picture too.
    """

    formats: ClassVar[tuple[FileFormat, ...]]
    mask_suffixes: ClassVar[tuple[str, ...]] = ()
    has_coordinates: ClassVar[bool] = False

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    @abstractmethod
    def placed(self, prediction: Predictions, covered: Covered) -> Predictions:
        """Return one example's prediction in pixels of the picture, as the other methods take it.

        Args:
            prediction: The prediction.
            covered: Where the picture is in the example.
        """

    @abstractmethod
    def overlay(self, x: NDArray[Any], prediction: Predictions, ends: Ends) -> Pixels:
        """Return the picture with what is predicted drawn on it.

        Args:
            x: The picture, `(height, width, channels)`.
            prediction: As returned by `placed`.
            ends: The values of black and white.
        """

    def masks(self, prediction: Predictions) -> tuple[NDArray[Any], ...]:
        """Return masks, `(height, width)`, uint8 or uint16, one for each of `mask_suffixes`."""
        return ()

    def annotations(self, prediction: Predictions) -> list[Annotation]:
        """Return the predicted objects with their scores in COCO's format."""
        return []

    def categories(self) -> list[dict[str, Any]]:
        """Return the categories of annotations in COCO's format; the id is the index of the label plus 1."""
        return [{"id": number, "name": label} for number, label in enumerate(self._labels, start=1)]


def annotation(category: int, box: Sequence[float], score: float, **more: Any) -> Annotation:
    """Return an annotation.

    Args:
        category: The index of the label.
        box: x0, y0, x1 and y1.
        score: The score.
        more: Further keys; `area` is by default that of the box.
    """
    x0, y0, x1, y1 = box
    sides = (x0, y0, x1 - x0, y1 - y0)
    return {
        "category_id": category + 1,
        "bbox": [round(side, 2) for side in sides],
        "area": round((x1 - x0) * (y1 - y0), 2),
        "iscrowd": 0,
        "score": round(score, 6),
        **more,
    }
