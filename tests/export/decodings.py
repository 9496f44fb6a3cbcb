"""Export the decoding of each dense task alone to every format, in a separate process.

Its input is the maps that stand for known targets, so that no rounding decides. Arguments: a folder. Prints
one JSON line for each file, with the task.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np

from cnnsearch.bundle.formats import FORMATS
from cnnsearch.data.values import ValueRange
from cnnsearch.export.request import ExportRequest
from cnnsearch.export.write import files
from cnnsearch.export.writer import Network
from cnnsearch.tasks.detection.task import Detection
from cnnsearch.tasks.instances.task import Instances
from cnnsearch.tasks.keypoints.task import Keypoints
from cnnsearch.tasks.keypoints.training import Maps as KeypointMaps
from tests.tasks.detection.test_training import perfect as boxes_as_maps
from tests.tasks.instances.test_training import Maps as InstanceMaps
from tests.tasks.instances.test_training import perfect as instances_as_maps
from tests.tasks.instances.test_training import rectangles
from tests.tasks.keypoints.test_training import perfect as points_as_maps

BOXES = np.array([[[4, 4, 21, 15, 0], [30, 10, 43, 30, 1], [1, 25, 9, 39, 1]]], np.float32)
POINTS = np.array([[[[10.3, 12.1, 2], [17, 20.2, 2]], [[40.9, 13.3, 2], [34.2, 22.8, 2]]]], np.float32)


def cases():
    """Yield each task, its stride and its maps."""
    yield Detection(labels=("a", "b")), (4, 4), boxes_as_maps(BOXES, 2, (10, 12), (4, 4))
    for count in (1, 2):
        task = Keypoints(labels=("a", "b"), size=(40, 48), has_several=count > 1)
        maps = KeypointMaps(2, count > 1, 48, (4, 4))
        yield task, (4, 4), points_as_maps(maps, POINTS[:, :count], (10, 12))
    y = rectangles(40, 48, 3, 3, 5)
    yield (
        Instances(labels=("background", "a", "b"), things=(1, 2)),
        (1, 1),
        instances_as_maps(InstanceMaps(3, (1, 2), 8.0), y),
    )


def main(folder: Path) -> None:
    request = ExportRequest(study=folder, targets=tuple((each, "none") for each in FORMATS), output=folder)
    for task, stride, maps in cases():
        given = keras.Input(maps.shape[1:])
        model = keras.Model(given, task.decoded(given, stride))
        examples = maps.astype(np.float32)
        for told in files(Network(model, task, maps.shape[1:], ValueRange(), examples), examples, request):
            print(json.dumps({"task": task.type, **told.model_dump(mode="json")}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
