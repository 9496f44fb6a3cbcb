"""What only tagging has in metrics.json."""

from typing import Literal

from cnnsearch.tasks.scores import Details, Recorded


class TagFigures(Recorded):
    """The predictions for one tag on the test split.

    Attributes:
        threshold: The probability from which on the tag is predicted, chosen on the validation split; 0.5
            where the network was trained on that split too.
        precision: The share of examples with the tag among those predicted to have it; 0 for none.
        recall: The share of examples with the tag that are predicted to have it; 0 where there are none.
        average_precision: The area below precision over recall; None where no example has the tag.
        auc: The area below the ROC curve; None where all examples have the tag, or none.
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
    """What only tagging has.

    Attributes:
        per_tag: The predictions for each tag, by label.
    """

    task: Literal["tagging"] = "tagging"
    per_tag: dict[str, TagFigures]
