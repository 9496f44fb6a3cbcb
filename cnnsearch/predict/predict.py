"""The predicting process at work: bundle and examples are checked before Keras is loaded."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.bundle.model_checks import check_model_file
from cnnsearch.errors import StudyError
from cnnsearch.predict.bundles import PredictionModel, read_bundle
from cnnsearch.predict.examples import Example, Examples, find_examples
from cnnsearch.predict.request import Prediction, Predictions, PredictionStart, PredictRequest
from cnnsearch.tasks.base import Task


def predict_batches(request: PredictRequest) -> Iterator[PredictionStart | Predictions]:
    """Predicts the examples that a request names, and tells of each batch as it is done.

    Raises:
        StudyError: The bundle is none, damaged, or refused.
        DataError: A path leads nowhere, or to what the network does not take.
    """
    with tempfile.TemporaryDirectory(prefix="cnnsearch-") as folder:
        ready = read_bundle(request, Path(folder))
        check_model_file(ready.model)
        examples = find_examples(request.paths, ready.form)
        yield PredictionStart(total=len(examples.found), notes=tuple(examples.notes))
        load = cache(partial(_load, ready, request.is_own))  # nothing readable: not loaded at all
        for start in range(0, len(examples.found), request.batch):
            batch = examples.found[start : start + request.batch]
            yield Predictions(rows=tuple(_rows(load, ready.task, examples, batch, request.top)))


def _load(ready: PredictionModel, is_own: bool) -> Any:
    from cnnsearch.bundle.model_files import load_model  # only now: it loads Keras, which takes seconds

    model = load_model(ready.model, trusted=is_own)
    if model.output_shape[-1] != len(ready.task.names):
        raise StudyError(
            f"{ready.place}: damaged: {len(ready.task.names)} names, but the model gives "
            f"{model.output_shape[-1]} outputs"
        )
    return model


def _rows(
    load: Callable[[], Any], task: Task, examples: Examples, batch: Sequence[Example], top: int
) -> Iterator[Prediction]:
    """The rows of a batch, in its order."""
    read, results = examples.read(batch), task.results()
    arrays = [x for x in read if not isinstance(x, str)]
    found = iter(load().predict_on_batch(np.stack(arrays).astype(np.float32)) if arrays else ())
    for example, x in zip(batch, read, strict=True):
        if isinstance(x, str):
            yield Prediction(path=example.name, reason=x)
        else:
            yield Prediction(path=example.name, values=results.decode(next(found), top))
