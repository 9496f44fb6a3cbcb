"""The files of a bundle other than its model, checked before Keras starts. No Keras here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from cnnsearch.architecture import Input
from cnnsearch.architecture.outputs import Output
from cnnsearch.bundle.metrics import Metrics, read_metrics
from cnnsearch.data.pictures import PictureForm
from cnnsearch.data.summary import DatasetSummary
from cnnsearch.data.values import ValueRange
from cnnsearch.errors import StudyError
from cnnsearch.study.storage import METRICS, read_as
from cnnsearch.tasks.registry import AnyTask

VERSION = 2
"""The version of the bundle format; it changes whenever bundles become incompatible."""
MODEL, LABELS = "model.keras", "labels.json"
ARCHITECTURE, TRAINING, FORM = "architecture.json", "training.json", "bundle.json"
NEEDED = (MODEL, LABELS, METRICS, ARCHITECTURE, FORM)
_AGAIN = "run `cnnsearch finish STUDY` to make the bundle again"


class InputForm(BaseModel):
    """The input of a network.

    Attributes:
        shape: The shape of one example, channels last.
        dtype: The type of the training data, `uint8` or `float32`.
        channel_mode: `L` or `RGB` if trained on image files, else empty.
        image_size: `(height, width)` to which image files are scaled; None for arrays.
        values: The range of the training data's values.
    """

    model_config = ConfigDict(frozen=True)

    shape: tuple[int, ...]
    dtype: Literal["uint8", "float32"]
    channel_mode: Literal["", "L", "RGB"] = ""
    image_size: tuple[int, int] | None = None
    values: ValueRange = ValueRange()

    @property
    def picture_form(self) -> PictureForm:
        """The form of image files, as in training. One channel is greyscale, three are RGB."""
        height, width, channels = self.shape
        is_deep = channels == 1 and (
            self.values.dtype == "uint16" if self.channel_mode else self.values.high > 255
        )
        mode: Literal["L", "RGB"] = "L" if channels == 1 else "RGB"
        return PictureForm(self.channel_mode or mode, height, width, 16 if is_deep else 8)

    @property
    def text(self) -> str:
        """The shape as `8x8x1`."""
        return "x".join(map(str, self.shape))


@dataclass(frozen=True)
class BundleFiles:
    """A bundle without its model.

    Attributes:
        path: The folder.
        task: The task of the network.
        form: The input of the network.
        metrics: The metrics of the network.
    """

    path: Path
    task: AnyTask
    form: InputForm
    metrics: Metrics

    @property
    def model(self) -> Path:
        """The path of the network."""
        return self.path / MODEL


class _Version(BaseModel):
    version: int


class _Form(_Version):
    input: InputForm
    task: AnyTask


class _Network(BaseModel):
    """The fields of architecture.json that every network has, even without a description of its layers."""

    input: Input
    outputs: tuple[Output, ...]


_VERSION, _FORM, _LABELS = TypeAdapter(_Version), TypeAdapter(_Form), TypeAdapter(tuple[str, ...])
_NETWORK = TypeAdapter(_Network)


def form_of(summary: DatasetSummary) -> InputForm:
    """Return the input of a network trained on this dataset."""
    return InputForm(
        shape=summary.input_shape,
        dtype=summary.dtype,
        channel_mode=summary.channel_mode,
        image_size=summary.image_size,
        values=summary.values,
    )


def describe_form(summary: DatasetSummary) -> dict[str, Any]:
    """Return the content of bundle.json."""
    return {
        "version": VERSION,
        "input": form_of(summary).model_dump(mode="json"),
        "task": summary.task.model_dump(mode="json"),
    }


def read_bundle_files(path: Path) -> BundleFiles:
    """Read a bundle's descriptions and check that they agree; the model is not opened.

    Raises:
        StudyError: The folder holds no bundle, one of another version, or one that is damaged.
    """
    _check_files(path)
    version = read_as(path / FORM, _VERSION).version
    if version != VERSION:
        raise StudyError(f"{path / FORM}: found version {version}; expected version {VERSION}")
    described, labels = read_as(path / FORM, _FORM), read_as(path / LABELS, _LABELS)
    form, task = described.input, described.task
    network = read_as(path / ARCHITECTURE, _NETWORK)
    if labels != task.names:
        raise StudyError(f"{path}: damaged: the names in {LABELS} and in the task of {FORM} differ")
    found, expected = (sum(each.channels for each in outputs) for outputs in (network.outputs, task.outputs))
    if found != expected:
        raise StudyError(
            f"{path}: damaged: the task of {FORM} has {expected} outputs, but the network of {ARCHITECTURE} "
            f"has {found}"
        )
    if network.input.shape != form.shape:
        raise StudyError(
            f"{path}: damaged: the input shape is {form.shape} in {FORM}, but {network.input.shape} in "
            f"{ARCHITECTURE}"
        )
    return BundleFiles(path, task, form, read_metrics(path))


def _check_files(path: Path) -> None:
    if not (path / MODEL).is_file() and not (path / LABELS).is_file():
        raise StudyError(f"{path}: no bundle; expected a folder with {', '.join(NEEDED)}")
    missing = [name for name in NEEDED if not (path / name).is_file()]
    if missing:
        raise StudyError(f"{path}: damaged: missing {', '.join(missing)}; {_AGAIN}")
