"""What a bundle's folder holds beside its model, checked before Keras is started. No Keras here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from cnnsearch.architecture import Input
from cnnsearch.architecture.outputs import Output
from cnnsearch.bundle.metrics import Metrics, read_metrics
from cnnsearch.data.summary import DatasetSummary
from cnnsearch.errors import StudyError
from cnnsearch.study.storage import METRICS, read_as
from cnnsearch.tasks.registry import AnyTask

VERSION = 2
"""Of the bundle's form; it changes when an older cnnsearch could not use a newer bundle, or the reverse."""
MODEL, LABELS = "model.keras", "labels.json"
ARCHITECTURE, TRAINING, FORM = "architecture.json", "training.json", "bundle.json"
NEEDED = (MODEL, LABELS, METRICS, ARCHITECTURE, FORM)
_AGAIN = "`cnnsearch finish STUDY` makes a study's bundle again"


class InputForm(BaseModel):
    """What a network takes.

    Attributes:
        shape: One example's, channels last.
        dtype: `uint8` or `float32`; the values' kind, whatever type they come in.
        channel_mode: `L` or `RGB` where it was trained on picture files, else empty.
        image_size: `(height, width)` that picture files were brought to; None for arrays.
        value_low: The least value of the training data.
        value_high: The greatest.
    """

    model_config = ConfigDict(frozen=True)

    shape: tuple[int, ...]
    dtype: Literal["uint8", "float32"]
    channel_mode: Literal["", "L", "RGB"] = ""
    image_size: tuple[int, int] | None = None
    value_low: float = 0.0
    value_high: float = 255.0

    @property
    def text(self) -> str:
        """The shape as `8x8x1`."""
        return "x".join(map(str, self.shape))


@dataclass(frozen=True)
class BundleFiles:
    """A bundle without its model.

    Attributes:
        path: The folder.
        task: What the network is for.
        form: What the network takes.
        metrics: What was measured on it.
    """

    path: Path
    task: AnyTask
    form: InputForm
    metrics: Metrics

    @property
    def model(self) -> Path:
        """The network."""
        return self.path / MODEL


class _Version(BaseModel):
    version: int


class _Form(_Version):
    input: InputForm
    task: AnyTask


class _Network(BaseModel):
    """What architecture.json says of every network, whether it describes the layers too or not."""

    input: Input
    outputs: tuple[Output, ...]


_VERSION, _FORM, _LABELS = TypeAdapter(_Version), TypeAdapter(_Form), TypeAdapter(tuple[str, ...])
_NETWORK = TypeAdapter(_Network)


def form_of(summary: DatasetSummary) -> InputForm:
    """What a network takes that was trained on these data."""
    return InputForm(
        shape=summary.input_shape,
        dtype=summary.dtype,
        channel_mode=summary.channel_mode,
        image_size=summary.image_size,
        value_low=summary.value_low,
        value_high=summary.value_high,
    )


def describe_form(summary: DatasetSummary) -> dict[str, Any]:
    """The content of a bundle's bundle.json."""
    return {
        "version": VERSION,
        "input": form_of(summary).model_dump(mode="json"),
        "task": summary.task.model_dump(mode="json"),
    }


def read_bundle_files(path: Path) -> BundleFiles:
    """Reads a bundle's descriptions and holds them against each other; the model stays closed.

    Raises:
        StudyError: The folder holds no bundle, one of another version, or one that is damaged.
    """
    _check_files(path)
    version = read_as(path / FORM, _VERSION).version
    if version != VERSION:
        raise StudyError(f"{path / FORM}: version {version}; this cnnsearch reads version {VERSION}")
    described, labels = read_as(path / FORM, _FORM), read_as(path / LABELS, _LABELS)
    form, task = described.input, described.task
    network = read_as(path / ARCHITECTURE, _NETWORK)
    if labels != task.names:
        raise StudyError(f"{path}: damaged: {LABELS} has other names than the task of {FORM}")
    if network.outputs[0].channels != len(labels):
        raise StudyError(
            f"{path}: damaged: {LABELS} has {len(labels)} labels, the network of {ARCHITECTURE} gives "
            f"{network.outputs[0].channels} outputs"
        )
    if network.input.shape != form.shape:
        raise StudyError(
            f"{path}: damaged: {FORM} says input {form.shape}, {ARCHITECTURE} {network.input.shape}"
        )
    return BundleFiles(path, task, form, read_metrics(path))


def _check_files(path: Path) -> None:
    if not (path / MODEL).is_file() and not (path / LABELS).is_file():
        raise StudyError(f"{path}: no bundle; expected a folder with {', '.join(NEEDED)}")
    missing = [name for name in NEEDED if not (path / name).is_file()]
    if missing:
        raise StudyError(f"{path}: damaged: {', '.join(missing)} is missing; {_AGAIN}")
