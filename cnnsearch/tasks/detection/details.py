"""The values in metrics.json that are specific to detection."""

from typing import Literal

from cnnsearch.tasks.scores import Details, Recorded


class DetectedClass(Recorded):
    """The predictions for one class on the test split.

    Attributes:
        ap50: The average precision at an IoU of 0.5; None if there is no true box.
        ap: The mean of the average precisions at IoUs of 0.5 to 0.95; None if there is no true box.
        support: The number of true boxes.
        precisions: The interpolated precision at an IoU of 0.5 for each of COCO's 101 recalls; empty if there
            is no true box.
    """

    ap50: float | None
    ap: float | None
    support: int
    precisions: tuple[float, ...]


class DetectionDetails(Details):
    """The values specific to detection.

    Attributes:
        per_class: The predictions for each class, by label.
    """

    task: Literal["detection"] = "detection"
    per_class: dict[str, DetectedClass]
