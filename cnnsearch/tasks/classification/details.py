"""What only classification has in metrics.json."""

from typing import Literal

from cnnsearch.tasks.scores import Details, Recorded


class Calibration(Recorded):
    """How far confidence and accuracy are apart on the test split.

    Attributes:
        ece: The expected calibration error.
        temperature: The divisor of the logits with the least cross-entropy on the validation split.
        ece_after: The error with that temperature.
    """

    ece: float
    temperature: float
    ece_after: float


class ClassFigures(Recorded):
    """The predictions for one class on the test split.

    Attributes:
        precision: The share of this class among the examples predicted as it; 0 where there are none.
        recall: The share of this class that is predicted as it; 0 where there are no examples.
        support: The number of examples.
    """

    precision: float
    recall: float
    support: int


class ClassificationDetails(Details):
    """What only classification has. The confusion matrix follows from best/evidence.npz.

    Attributes:
        calibration: None where the network was trained on the validation split too, so that no split is left
            to fit a temperature on.
        per_class: The predictions for each class, by label.
    """

    task: Literal["classification"] = "classification"
    calibration: Calibration | None
    per_class: dict[str, ClassFigures]
