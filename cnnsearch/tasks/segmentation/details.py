"""The values in metrics.json that are specific to segmentation."""

from typing import Literal

from cnnsearch.tasks.scores import Details, Recorded


class SegmentedClass(Recorded):
    """The predictions for one class on the test split.

    Attributes:
        iou: The positions in the true and the predicted region, divided by those in either; 0 if there are
            none.
        dice: Twice the positions in both, divided by the sum of the sizes; 0 if there are none.
        boundary_f1: The F1 score of the boundary, within a tolerance; None if it has none, and in a bundle in
            which it was not measured.
        support: The number of positions.
        predicted: The number of positions predicted as it.
    """

    iou: float
    dice: float
    boundary_f1: float | None = None
    support: int
    predicted: int

    @property
    def exists(self) -> bool:
        """Whether it occurs or is predicted."""
        return self.support + self.predicted > 0


class SegmentationDetails(Details):
    """The values specific to segmentation.

    Attributes:
        per_class: The predictions for each class, by label.
    """

    task: Literal["segmentation"] = "segmentation"
    per_class: dict[str, SegmentedClass]

    @property
    def boundary_f1(self) -> float | None:
        """The mean over the classes that have one; None if none has."""
        scores = [of.boundary_f1 for of in self.per_class.values() if of.boundary_f1 is not None]
        return sum(scores) / len(scores) if scores else None
