"""Predictions of bundles with untrained networks, as the predicting process makes them."""

import json
import warnings

import numpy as np
import pytest
from PIL import Image

from cnnsearch.bundle.bundle import write_bundle
from cnnsearch.bundle.files import ARCHITECTURE, FORM, LABELS, VERSION, InputForm
from cnnsearch.errors import SettingsError
from cnnsearch.models.build import build_model, with_decoding
from cnnsearch.predict.predict import batch_size, predict_batches
from cnnsearch.predict.request import PredictRequest
from cnnsearch.space import load_space
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.detection.task import Detection
from cnnsearch.tasks.instances.task import Instances
from cnnsearch.tasks.keypoints.task import Keypoints
from cnnsearch.tasks.segmentation.task import Segmentation
from tests.bundle.figures import made_up

TASKS = {
    "segmentation": ("unet", Segmentation(labels=("0", "255"))),
    "detection": ("centernet", Detection(labels=("red", "white"))),
    "keypoints": ("pose", Keypoints(labels=("nose", "tail"), size=(32, 32))),
    "instances": ("unet", Instances(labels=("background", "cell"))),
}
OUTPUTS = {
    "segmentation": {"masks", "overlays"},
    "detection": {"coco", "overlays"},
    "keypoints": {"coco", "overlays"},
    "instances": {"masks", "coco", "overlays"},
}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """Makes a bundle of an untrained network for a task, once."""
    folder, made = tmp_path_factory.mktemp("bundles"), {}

    def bundle(name):
        if name not in made:
            made[name] = folder / name
            write(made[name], *TASKS[name])
        return made[name]

    return bundle


def write(path, space, task):
    space = load_space(space)
    candidate = space.sample_random(0, input_shape=(32, 32, 1), task=task, baseline="small")
    architecture = candidate.architecture
    form = InputForm(shape=(32, 32, 1), dtype="uint8", channel_mode="L", image_size=(32, 32))
    contents = {
        LABELS: list(task.names),
        ARCHITECTURE: architecture.model_dump(mode="json"),
        FORM: {
            "version": VERSION,
            "input": form.model_dump(mode="json"),
            "task": task.model_dump(mode="json"),
        },
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # Keras on NumPy 2
        model = with_decoding(build_model(architecture), architecture, task)
        write_bundle(path, model, made_up(), contents)


@pytest.mark.parametrize(
    ("shape", "task", "size"),
    [
        ((32, 32, 1), "segmentation", 64),
        ((512, 512, 3), "segmentation", 21),
        ((4096, 4096, 3), "instances", 1),
        ((12, 2), "segmentation", 64),
    ],
)
def test_few_large_examples_are_predicted_at_a_time(shape, task, size):
    assert batch_size(64, shape, TASKS[task][1]) == size


def test_few_maps_of_many_classes_are_predicted_at_a_time():
    labels = tuple(map(str, range(80)))
    assert batch_size(64, (256, 256, 3), Segmentation(labels=labels)) == 3
    assert batch_size(64, (256, 256, 3), Classification(labels=labels)) == 64


def predicted(bundle, *paths, **options):
    request = PredictRequest(bundle=str(bundle), is_own=True, paths=paths, batch=2, **options)
    _, *batches = predict_batches(request)
    return [row for batch in batches for row in batch.rows]


@pytest.mark.parametrize("name", TASKS)
def test_files_are_written_for_each_picture_that_can_be_read(bundles, tmp_path, name):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, size in enumerate(((64, 32), (40, 50), (32, 32))):
        pixels = np.random.default_rng(number).integers(0, 256, size[::-1], np.uint8)
        Image.fromarray(pixels).save(pictures / f"{number}.png")
    (pictures / "broken.png").write_bytes(b"no picture")
    outputs = {kind: tmp_path / kind for kind in OUTPUTS[name]}
    rows = predicted(bundles(name), pictures, **outputs)
    assert [bool(row.reason) for row in rows] == [False, False, False, True]
    if "overlays" in outputs:
        assert {file.name for file in outputs["overlays"].iterdir()} == {"0.png", "1.png", "2.png"}
    if "masks" in outputs:
        shapes = {np.asarray(Image.open(file)).shape for file in outputs["masks"].glob("0*.png")}
        assert shapes == {(32, 64)}
    if "coco" in outputs:
        found = json.loads(outputs["coco"].read_text())
        assert [row["file_name"] for row in found["images"]] == [row.path for row in rows[:3]]
        assert {row["image_id"] for row in found["annotations"]} <= {1, 2, 3}


def test_files_that_do_not_suit_are_refused_before_anything_is_read(bundles, tmp_path):
    with pytest.raises(SettingsError, match=r"--coco: .* is a network for segmentation"):
        predicted(bundles("segmentation"), tmp_path / "nothing.png", coco=tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []
