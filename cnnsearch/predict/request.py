"""What the command line tells the predicting process, and what that answers, as JSON. No Keras."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

BATCH = 64


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class PredictRequest(_Frozen):
    """What to predict with what.

    Attributes:
        bundle: A bundle's folder, or an address in MLflow's registry.
        is_own: Whether this machine made the bundle, so that its model is not tried elsewhere first.
        tracking_uri: Where the registry is.
        paths: Pictures, folders, .npz files, CSV manifests.
        top: How many alternatives to give for each example, where the task has any.
        batch: How many examples to predict at once.
    """

    bundle: str
    is_own: bool = False
    tracking_uri: str = ""
    paths: tuple[Path, ...]
    top: int = 1
    batch: int = BATCH


class Prediction(_Frozen):
    """What comes of one example.

    Attributes:
        path: The picture's; of an array `FILE[NUMBER]`.
        values: The prediction as the task decodes it, such as `label` and `probability`, by column; empty
            where there is a reason.
        reason: Why it could not be predicted; else empty.
    """

    path: str
    values: dict[str, str | float] = {}
    reason: str = ""


class PredictionStart(_Frozen):
    """The first answer: how many examples there are, and what is worth saying of them."""

    total: int
    notes: tuple[str, ...] = ()


class Predictions(_Frozen):
    """An answer: the examples of one batch."""

    rows: tuple[Prediction, ...]
