"""Export the baselines of a shipped space to every format with a small input, in a separate process.

Arguments: the space, a folder. Prints one JSON line for each file.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np

from cnnsearch.architecture import analyze
from cnnsearch.bundle.formats import FORMATS
from cnnsearch.data.values import ValueRange
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.export.request import ExportRequest
from cnnsearch.export.write import files
from cnnsearch.export.writer import Network
from cnnsearch.models.build import build_model, with_decoding
from cnnsearch.space import SearchSpace, load_space
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.detection.task import Detection
from cnnsearch.tasks.keypoints.task import Keypoints
from cnnsearch.tasks.segmentation.task import Segmentation

SHAPES = {"signal1d": [(64, 3)], "spectrogram": [(8_000, 1)], "volume3d": [(16, 16, 16, 1)]}
PICTURES = [(32, 32, 3), (64, 64, 3), (96, 96, 3)]
LABELS = tuple("abcde")
TASKS = {
    "centernet": Detection(labels=LABELS),
    "pose": Keypoints(labels=LABELS, has_several=True),
}
MOST_WEIGHTS = 100_000_000
"""Above it the conversion to ONNX takes more than 23 GB of memory (`fcn8s`)."""


def task_of(space: SearchSpace, shape) -> Task:
    """Return a task that the space is for."""
    if not space.has_decoder:
        return Classification(labels=LABELS)
    task = TASKS.get(space.name, Segmentation(labels=LABELS))
    return task.model_copy(update={"size": shape[:2]}) if isinstance(task, Keypoints) else task


def smallest(space: SearchSpace, baseline: str):
    """Return the baseline for the smallest input that it supports."""
    for shape in SHAPES.get(space.name, PICTURES):
        task = task_of(space, shape)
        candidate = space.sample_random(0, input_shape=shape, task=task, baseline=baseline)
        try:
            analyze(candidate.architecture)
        except InfeasibleArchitectureError:
            continue
        return candidate.architecture
    raise AssertionError(f"{baseline} fits no input")


def network(architecture, task: Task) -> Network:
    keras.utils.set_random_seed(0)
    shape = architecture.input.shape
    calibration = np.random.default_rng(1).integers(0, 256, (4, *shape)).astype(np.float32)
    model = with_decoding(build_model(architecture), architecture, task)
    return Network(model, task, shape, ValueRange(), calibration)


def main(name: str, folder: Path) -> None:
    space = load_space(name)
    request = ExportRequest(study=folder, targets=tuple((each, "none") for each in FORMATS), output=folder)
    for baseline in space.baselines:
        architecture = smallest(space, baseline)
        if analyze(architecture).num_weights > MOST_WEIGHTS:
            continue
        made = network(architecture, task_of(space, architecture.input.shape))
        examples = np.random.default_rng(0).integers(0, 256, (8, *made.shape)).astype(np.float32)
        for told in files(made, examples, request):
            print(json.dumps({"baseline": baseline, **told.model_dump(mode="json")}), flush=True)
        keras.backend.clear_session()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
