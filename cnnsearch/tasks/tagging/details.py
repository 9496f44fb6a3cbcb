"""The values in metrics.json that are specific to tagging."""

from typing import Literal

from cnnsearch.tasks.scores import Details, Recorded


class TagFigures(Recorded):
    """The predictions for one tag on the test split.

    Attributes:
        threshold: The smallest probability at which the tag is predicted, fitted on the validation split; 0.5
            if the network was trained on that split too.
        precision: The share of examples with the tag among those predicted to have it; 0 if there are none.
        recall: The share of examples with the tag that are predicted to have it; 0 if there are none.
        average_precision: The area under the precision-recall curve; None if no example has the tag.
        auc: The area under the ROC curve; None if all or no examples have the tag.
        ece: The expected calibration error of the tag's probability.
        support: The number of examples with the tag.
    """

    threshold: float
    precision: float
    recall: float
    average_precision: float | None
    auc: float | None
    ece: float
    support: int


class TaggingDetails(Details):
    """The values specific to tagging.

    Attributes:
        per_tag: The predictions for each tag, by label.
    """

    task: Literal["tagging"] = "tagging"
    per_tag: dict[str, TagFigures]
