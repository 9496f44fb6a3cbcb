"""The values in metrics.json that are specific to instance segmentation."""

from typing import Literal

from cnnsearch.tasks.scores import Details, Recorded


class SegmentedInstances(Recorded):
    """The predictions for one class on the test split.

    Attributes:
        ap50: The average precision of its instances at an IoU of 0.5; None if it has no true instance.
        ap: The mean of the average precisions at IoUs of 0.5 to 0.95; None if it has no true instance.
        quality: The panoptic quality; None if it neither occurs nor is predicted.
        iou: The IoU of its positions, whatever their instance; None if it neither occurs nor is predicted.
        support: The number of true instances.
    """

    ap50: float | None
    ap: float | None
    quality: float | None
    iou: float | None
    support: int


class InstancesDetails(Details):
    """The values specific to instance segmentation.

    Attributes:
        per_class: The predictions for each class, by label.
    """

    task: Literal["instances"] = "instances"
    per_class: dict[str, SegmentedInstances]
