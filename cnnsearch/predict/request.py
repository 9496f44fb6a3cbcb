"""The request to the predicting process and its answers, as JSON. No Keras."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cnnsearch.data.reach import Reach
from cnnsearch.tasks.files import FileFormat

BATCH = 64


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class PredictRequest(_Frozen):
    """The bundle and the examples to predict.

    Attributes:
        bundle: A bundle's folder, or the address of a model in MLflow's registry.
        is_own: Whether this machine made the bundle; if so, there is no trial load of its model.
        tracking_uri: The URI of the registry.
        paths: Image files, folders, .npz files and CSV manifests.
        columns: The names of the columns of CSV manifests; only that of `path` is read.
        data_root: The folder of the files of manifests, besides the manifest's own.
        follow_links: Whether links may lead out of folders.
        top: The number of alternatives for each example, if the task has any.
        batch: The batch size.
        masks: A folder for masks as PNG files.
        coco: A file for the predicted objects in COCO's format.
        overlays: A folder for the pictures with what is predicted drawn on them.
    """

    bundle: str
    is_own: bool = False
    tracking_uri: str = ""
    paths: tuple[Path, ...]
    columns: dict[str, str] = {}
    data_root: Path | None = None
    follow_links: bool = False
    top: int = 1
    batch: int = BATCH
    masks: Path | None = None
    coco: Path | None = None
    overlays: Path | None = None

    @property
    def reach(self) -> Reach:
        """The places that folders and manifests may lead to."""
        return Reach(self.data_root, self.follow_links)

    @property
    def outputs(self) -> tuple[FileFormat, ...]:
        """The formats of the files to write."""
        given: dict[FileFormat, Path | None] = {
            "masks": self.masks,
            "coco": self.coco,
            "overlays": self.overlays,
        }
        return tuple(name for name, path in given.items() if path is not None)


class Prediction(_Frozen):
    """The prediction for one example.

    Attributes:
        path: The path of the image file; for an array `FILE[NUMBER]`.
        values: The decoded prediction by column, such as `label` and `probability`; empty if there is a
            reason.
        reason: The reason why it could not be predicted, else empty.
    """

    path: str
    values: dict[str, str | int | float] = {}
    reason: str = ""


class PredictionStart(_Frozen):
    """The first answer: the number of examples, and notes on them."""

    total: int
    notes: tuple[str, ...] = ()


class Predictions(_Frozen):
    """The predictions for one batch."""

    rows: tuple[Prediction, ...]
