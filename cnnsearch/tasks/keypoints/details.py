"""The values in metrics.json that are specific to keypoints."""

from typing import Literal

from cnnsearch.tasks.scores import Details, Recorded


class FoundKeypoint(Recorded):
    """The predictions for one keypoint on the test split.

    Attributes:
        oks: The mean similarity to the true point, the part of it in the OKS; None if it is never labelled.
        median_error: The median distance from the true point in pixels, of the instances with a predicted
            one; None if there are none.
        mean_error: The mean distance.
        support: The number of labelled points.
    """

    oks: float | None
    median_error: float | None
    mean_error: float | None
    support: int


class KeypointsDetails(Details):
    """The values specific to keypoints.

    Attributes:
        per_keypoint: The predictions for each keypoint, by label.
    """

    task: Literal["keypoints"] = "keypoints"
    per_keypoint: dict[str, FoundKeypoint]
