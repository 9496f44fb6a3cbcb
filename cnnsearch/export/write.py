"""The exporting process: each file is written to a temporary folder, compared, and moved into place."""

import importlib
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.exported import Exported
from cnnsearch.bundle.formats import ExportTarget
from cnnsearch.bundle.model_files import load_model
from cnnsearch.data import open_stored
from cnnsearch.errors import SearchError
from cnnsearch.export.comparison import fault, measure
from cnnsearch.export.keras_file import runner
from cnnsearch.export.request import ExportRequest, NotExported
from cnnsearch.export.source import Source, find_source
from cnnsearch.export.writer import Network, Writer, predict_in_batches, runtime_of
from cnnsearch.files import unfinished
from cnnsearch.finish.finalists import rebuild
from cnnsearch.study.folder import Study
from cnnsearch.tasks.base import Task

WRITERS = {
    "keras": ("keras_file", "KerasFile"),
    "onnx": ("onnx_file", "OnnxFile"),
    "saved_model": ("saved_model", "SavedModel"),
    "litert": ("litert_file", "LiteRtFile"),
}
"""Module and class of each format, imported on demand, since runtimes may be missing."""
COMPARED, CALIBRATED = 256, 200
"""The largest numbers of validation examples to compare, and of training examples to calibrate int8."""
_SEED = 0
_LONGEST_REASON = 500


def write_exports(request: ExportRequest) -> Iterator[Exported | NotExported]:
    """Write the files of a request, and yield each result as it is ready.

    Raises:
        StudyError: The study has no such network.
    """
    data = open_stored(Study(request.study).data_folder)
    summary = data.summary
    model = _load(find_source(request), summary.task)
    calibration = _some(data.train.x, CALIBRATED)
    network = Network(model, summary.task, summary.input_shape, summary.values, calibration)
    request.folder.mkdir(parents=True, exist_ok=True)
    yield from files(network, _some(data.validation.x, COMPARED), request)


def _load(source: Source, task: Task) -> Any:
    if source.candidate is None:
        return load_model(source.file, trusted=True)
    return rebuild(source.candidate, source.file, task)


def files(
    network: Network, examples: NDArray[np.float32], request: ExportRequest
) -> Iterator[Exported | NotExported]:
    """Write each file of a network and compare it on examples."""
    reference = _Reference(examples, predict_in_batches(runner(network.model), examples, Writer.batch))
    for target in request.files:
        try:
            yield _write(network, target, reference, request)
        except SearchError as error:
            yield _not_exported(target, str(error))
        except Exception as error:  # converters raise many kinds of exceptions
            traceback.print_exc()
            yield _not_exported(target, f"{type(error).__name__}: {error}")


@dataclass(frozen=True, eq=False)
class _Reference:
    """Raw examples, and the predictions of Keras for them."""

    examples: NDArray[np.float32]
    expected: NDArray[Any]


def _write(network: Network, target: ExportTarget, reference: _Reference, request: ExportRequest) -> Exported:
    writer, examples = _writer(target), reference.examples
    with _aside(request.folder / target.file) as folder:
        path = folder / target.file
        writer.write(network, path, target.quantization)
        run = writer.load(path)
        agreement = network.task.results().agreement(
            reference.expected, predict_in_batches(run, examples, writer.batch)
        )
        if wrong := fault(agreement, target.tolerance):
            raise SearchError(wrong)
        exported = Exported(
            format=target.format,
            quantization=target.quantization,
            source=request.source,
            file=target.file,
            bytes=_size(path),
            examples=len(examples),
            largest_difference=agreement.difference,
            label_agreement=agreement.share,
            tolerance=target.tolerance,
            latency=measure(run, examples[:1]),
            runtime=runtime_of(writer.packages),
            created=time.time(),
        )
        replace_path(path, request.folder / target.file)
    return exported


def _writer(target: ExportTarget) -> Writer:
    module, name = WRITERS[target.format]
    writer: type[Writer] = getattr(importlib.import_module(f"cnnsearch.export.{module}"), name)
    return writer()


def _not_exported(target: ExportTarget, reason: str) -> NotExported:
    line = " ".join(reason.split())[:_LONGEST_REASON]
    return NotExported(format=target.format, quantization=target.quantization, reason=line)


@contextmanager
def _aside(place: Path) -> Iterator[Path]:
    """Yield a hidden folder for writing a file; after a kill, `cnnsearch gc` recognizes it by its name."""
    folder = unfinished(place)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replace_path(path: Path, place: Path) -> None:
    """Move a file or folder to its place; an older folder cannot be replaced and is moved away first."""
    if place.is_dir():
        place.rename(path.with_name("older"))
    path.replace(place)


def _some(x: NDArray[Any], most: int) -> NDArray[np.float32]:
    """Return at most `most` examples, drawn with a fixed seed, since stored examples are ordered by class."""
    chosen = np.random.default_rng(_SEED).permutation(len(x))[:most]
    return np.asarray(x[np.sort(chosen)], np.float32)


def _size(path: Path) -> int:
    parts = path.rglob("*") if path.is_dir() else [path]
    return sum(part.stat().st_size for part in parts if part.is_file())
