"""The predicting process: bundle and examples are checked before Keras is loaded."""

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.bundle.model_checks import check_model_file
from cnnsearch.errors import StudyError
from cnnsearch.predict.bundles import PredictionModel, read_bundle
from cnnsearch.predict.examples import Examples, find_examples
from cnnsearch.predict.outputs import PredictionFiles, check_suited
from cnnsearch.predict.request import Prediction, Predictions, PredictionStart, PredictRequest
from cnnsearch.tasks.base import Task

_NUMBERS = 2**24
"""The largest number of values of the examples of a batch, and of their predictions."""


def predict_batches(request: PredictRequest) -> Iterator[PredictionStart | Predictions]:
    """Predict the examples of a request, and yield each batch as it is ready.

    Raises:
        StudyError: The bundle does not exist, is damaged, or is refused.
        DataError: A path does not exist, or has no examples of the network's input.
        SettingsError: The files to write do not suit the network, or would replace files of others.
    """
    with tempfile.TemporaryDirectory(prefix="cnnsearch-") as folder:
        ready = read_bundle(request, Path(folder))
        check_suited(request, ready)
        check_model_file(ready.model)
        examples = find_examples(request.paths, ready.form, request.columns, request.reach)
        files = PredictionFiles(request, ready, examples)
        yield PredictionStart(total=len(examples.found), notes=tuple(examples.notes))
        load = cache(partial(_load, ready, request.is_own))  # not loaded if no example is readable
        step = batch_size(request.batch, ready.form.shape, ready.task)
        for start in range(0, len(examples.found), step):
            batch = range(start, min(start + step, len(examples.found)))
            yield Predictions(rows=tuple(_rows(load, ready.task, examples, batch, request.top, files)))
        files.finish()


def batch_size(wanted: int, shape: Sequence[int], task: Task) -> int:
    """Return the number of examples to predict at a time, few where they or their predictions are large.

    Args:
        wanted: The largest number.
        shape: The shape of an example.
        task: The task of the network.
    """
    *spatial, channels = shape
    deepest = max(channels, task.channels) if task.is_dense else channels
    return min(wanted, max(1, _NUMBERS // (math.prod(spatial) * deepest)))


def _load(ready: PredictionModel, is_own: bool) -> Any:
    from cnnsearch.bundle.model_files import load_model  # imported late: it loads Keras, which takes seconds

    model = load_model(ready.model, trusted=is_own)
    if model.output_shape[-1] != ready.task.channels:
        raise StudyError(
            f"{ready.place}: damaged: the model has {model.output_shape[-1]} outputs; expected "
            f"{ready.task.channels}"
        )
    return model


def _rows(
    load: Callable[[], Any],
    task: Task,
    examples: Examples,
    batch: Sequence[int],
    top: int,
    files: PredictionFiles,
) -> Iterator[Prediction]:
    """Yield the rows of a batch of indices, in its order, and write the files of its examples."""
    found = [examples.found[number] for number in batch]
    read, results = examples.read(found), task.results()
    arrays = [x for x in read if not isinstance(x, str)]
    outputs = iter(load().predict_on_batch(np.stack(arrays).astype(np.float32)) if arrays else ())
    for number, example, x in zip(batch, found, read, strict=True):
        if isinstance(x, str):
            yield Prediction(path=example.name, reason=x)
        else:
            prediction = files.placed(number, x, next(outputs))
            yield Prediction(path=example.name, values=results.decode(prediction, top))
