"""The values in metrics.json that are specific to classification."""

from typing import Literal

from cnnsearch.tasks.scores import Details, Recorded


class Calibration(Recorded):
    """The calibration on the test split.

    Attributes:
        ece: The expected calibration error.
        temperature: The divisor of the logits with the lowest cross-entropy on the validation split.
        ece_after: The error with that temperature.
    """

    ece: float
    temperature: float
    ece_after: float


class ClassFigures(Recorded):
    """The predictions for one class on the test split.

    Attributes:
        precision: The share of this class among the examples predicted as it; 0 if there are none.
        recall: The share of the examples of this class that are predicted as it; 0 if there are none.
        support: The number of examples.
    """

    precision: float
    recall: float
    support: int


class ClassificationDetails(Details):
    """The values specific to classification. The confusion matrix can be computed from best/evidence.npz.

    Attributes:
        calibration: The calibration; None if the network was trained on the validation split too, so that no
            split remains to fit a temperature.
        per_class: The predictions for each class, by label.
    """

    task: Literal["classification"] = "classification"
    calibration: Calibration | None
    per_class: dict[str, ClassFigures]
