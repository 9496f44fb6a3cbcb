"""Masks, COCO files and overlays, in pixels of the pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from cnnsearch.bundle.files import InputForm
from cnnsearch.data.values import ValueRange
from cnnsearch.errors import SettingsError
from cnnsearch.page.overlays import colour_of
from cnnsearch.predict.bundles import PredictionModel
from cnnsearch.predict.examples import find_examples
from cnnsearch.predict.outputs import PredictionFiles, check_suited
from cnnsearch.predict.request import PredictRequest
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.detection.task import Detection
from cnnsearch.tasks.files import Covered
from cnnsearch.tasks.instances.task import Instances
from cnnsearch.tasks.keypoints.task import Keypoints
from cnnsearch.tasks.segmentation.task import Segmentation
from tests.predict.helpers import SIGNALS

FORM = InputForm(shape=(32, 32, 3), dtype="uint8", channel_mode="RGB", image_size=(32, 32))
ARRAYS = InputForm(
    shape=(32, 32, 1), dtype="float32", values=ValueRange(low=0, high=2, dtype="float32", origin="train")
)
CELLS = Detection(labels=("red", "white"))
MICE = Keypoints(labels=("nose", "tail"), size=(32, 32))
OBJECTS = Instances(labels=("background", "cell"))
REGIONS = Segmentation(labels=("0", "255"))


def ready(task, form=FORM):
    return PredictionModel(Path("model.keras"), task, form, "best")


def image(path, width=128, height=64, **save):
    """A black picture, which covers rows 8 to 24 of an example at a quarter of its size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height)).save(path, **save)
    return path


def written(task, predictions, paths, form=FORM, **outputs):
    """Writes the files of predictions, and gives what a table would have of them."""
    request = PredictRequest(bundle="best", paths=tuple(paths), **outputs)
    examples = find_examples(request.paths, form)
    files = PredictionFiles(request, ready(task, form), examples)
    xs = examples.read(examples.found)
    rows = [files.placed(n, x, p) for n, (x, p) in enumerate(zip(xs, predictions, strict=True))]
    files.finish()
    return rows


def classes_of(probable):
    """Probabilities of 0 and 1."""
    return np.eye(2, dtype=np.float32)[probable.astype(int)]


def instances_of(*squares):
    """A map with a class, a number and a score in a square of 8 positions at a row and a column."""
    found = np.zeros((32, 32, 3), np.float32)
    for kind, number, score, top, left in squares:
        found[top : top + 8, left : left + 8] = (kind, number, score)
    return found


def read(path):
    return np.asarray(Image.open(path))


# Geometry


@pytest.mark.parametrize("size", [(64, 128), (100, 30), (7, 5), (32, 32), (33, 1)])
def test_points_go_back_to_where_they_came_from(size):
    from cnnsearch.data.placement import Placement

    covered = Covered(*Placement.of(size, (32, 32)), size)
    points = np.random.default_rng(0).uniform(0, 1, (20, 2)) * (size[1], size[0])
    scales = covered.width / size[1], covered.height / size[0]
    within = points * scales + (covered.left, covered.top)
    np.testing.assert_allclose(covered.points(within), points, atol=1e-3)


def test_points_beside_the_picture_are_at_its_border():
    covered = Covered(0, 8, 32, 16, (64, 128))
    np.testing.assert_array_equal(covered.points(np.array([[-3.0, 0.0], [40.0, 31.0]])), [[0, 0], [128, 64]])


@pytest.mark.parametrize("size", [(64, 128), (8, 16), (16, 32)])
def test_a_map_is_taken_from_the_nearest_position_of_the_covered_part(size):
    values = np.arange(32 * 32).reshape(32, 32)
    found = Covered(0, 8, 32, 16, size).map(values)
    expected = Image.fromarray(values[8:24].astype(np.int32)).resize(size[::-1], Image.Resampling.NEAREST)
    np.testing.assert_array_equal(found, np.asarray(expected))


# Masks


def test_a_mask_has_the_size_of_the_picture_and_the_values_of_training(tmp_path):
    probable = np.zeros((32, 32))
    probable[8:16] = 1  # the upper half of the picture
    written(REGIONS, [classes_of(probable)], [image(tmp_path / "a.png")], masks=tmp_path / "masks")
    mask = read(tmp_path / "masks" / "a.png")
    assert mask.shape == (64, 128)
    assert (mask[:32] == 255).all() and (mask[32:] == 0).all()


@pytest.mark.parametrize(
    ("labels", "value", "mode"),
    [(("3", "7"), 7, "P"), (("0", "300"), 300, "I;16"), (("-1", "1"), 1, "P"), (("ground", "cell"), 1, "P")],
)
def test_the_values_of_a_mask_are_numeric_labels_or_indices(tmp_path, labels, value, mode):
    written(
        Segmentation(labels=labels),
        [classes_of(np.ones((32, 32)))],
        [image(tmp_path / "a.png")],
        masks=tmp_path / "masks",
    )
    found = Image.open(tmp_path / "masks" / "a.png")
    assert found.mode == mode and (np.asarray(found) == value).all()


def test_a_picture_on_its_side_has_an_upright_mask(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = image(tmp_path / "a.jpg", exif=exif)
    written(REGIONS, [classes_of(np.ones((32, 32)))], [path], masks=tmp_path / "masks")
    assert read(tmp_path / "masks" / "a.png").shape == (128, 64)


def test_instances_have_two_masks(tmp_path):
    written(
        OBJECTS,
        [instances_of((1, 1, 0.9, 8, 0), (1, 2, 0.8, 16, 24))],
        [image(tmp_path / "a.png")],
        masks=tmp_path / "masks",
    )
    kinds, numbers = (read(tmp_path / "masks" / f"a.{kind}.png") for kind in ("classes", "instances"))
    assert numbers.dtype == np.uint16 and kinds.shape == numbers.shape == (64, 128)
    assert (numbers[:32, :32] == 1).all() and (numbers[32:, 96:] == 2).all()
    assert (kinds == (numbers > 0)).all() and (numbers > 0).sum() == 2 * 32 * 32


# COCO


def test_boxes_are_in_pixels_of_the_picture(tmp_path):
    boxes = np.zeros((4, 6), np.float32)
    boxes[0] = (4, 10, 12, 20, 0.9, 1)
    boxes[1] = (-5, 4, 6, 12, 0.4, 0)  # partly outside
    boxes[2] = (4, 0, 12, 8, 0.3, 0)  # above the picture
    paths = [image(tmp_path / "pictures" / name) for name in ("a.png", "b.png")]
    written(CELLS, [boxes, 0 * boxes], paths, coco=tmp_path / "found.json")
    found = json.loads((tmp_path / "found.json").read_text())
    assert [(row["id"], row["file_name"], row["width"], row["height"]) for row in found["images"]] == [
        (1, str(paths[0]), 128, 64),
        (2, str(paths[1]), 128, 64),
    ]
    assert found["categories"] == [{"id": 1, "name": "red"}, {"id": 2, "name": "white"}]
    first, second = found["annotations"]
    assert (first["id"], first["image_id"], first["file_name"]) == (1, 1, str(paths[0]))
    assert (first["category_id"], first["bbox"], first["score"]) == (2, [16, 8, 32, 40], 0.9)
    assert (second["category_id"], second["bbox"], second["area"]) == (1, [0, 0, 24, 16], 384)


def test_boxes_that_are_not_finite_are_left_out(tmp_path):
    boxes = np.full((1, 6), np.nan, np.float32)
    boxes[0, 4:] = 0.9, 0
    image(tmp_path / "a.png")
    written(CELLS, [boxes], [tmp_path / "a.png"], coco=tmp_path / "a.json", overlays=tmp_path / "drawn")
    assert json.loads((tmp_path / "a.json").read_text())["annotations"] == []


def test_keypoints_are_triples_and_a_table_has_the_same_places(tmp_path):
    points = np.array([[[8, 12, 0.9], [16, 20, 0.05]], [[0, 0, 0], [0, 0, 0]]], np.float32)
    (row,) = written(MICE, [points], [image(tmp_path / "a.png")], coco=tmp_path / "found.json")
    found = json.loads((tmp_path / "found.json").read_text())
    (category,), (annotation,) = found["categories"], found["annotations"]
    assert (category["id"], category["keypoints"]) == (1, ["nose", "tail"])
    assert annotation["keypoints"] == [32, 16, 2, 64, 48, 1]
    assert annotation["bbox"] == [32, 16, 32, 32]
    assert annotation["score"] == pytest.approx(0.475) and annotation["num_keypoints"] == 2
    assert MICE.results().decode(row, 1)["tail_x"] == 64


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools
def test_instances_are_run_lengths_that_pycocotools_reads(tmp_path):
    written(
        OBJECTS,
        [instances_of((1, 3, 0.75, 12, 8))],
        [image(tmp_path / "a.png")],
        coco=tmp_path / "found.json",
    )
    found = COCO(str(tmp_path / "found.json"))
    (annotation,) = found.loadAnns(found.getAnnIds())
    decoded = coco_mask.decode(annotation["segmentation"])
    assert decoded.shape == (64, 128) and decoded[16:48, 32:64].all() and decoded.sum() == 32 * 32
    assert (annotation["bbox"], annotation["area"], annotation["score"]) == ([32, 16, 32, 32], 1024, 0.75)
    assert (annotation["category_id"], found.cats[2]["name"]) == (2, "cell")


# Overlays


def test_an_overlay_is_drawn_on_the_picture_in_its_own_size(tmp_path):
    boxes = np.array([[4, 10, 12, 20, 0.9, 1]], np.float32)
    path = image(tmp_path / "a.jpg", width=640, height=320)
    written(CELLS, [boxes], [path], overlays=tmp_path / "drawn" / "new")
    drawn = read(tmp_path / "drawn" / "new" / "a.png")
    assert drawn.shape == (320, 640, 3)
    assert tuple(drawn[240 - 1, 160]) == colour_of(1) and not drawn[260:].any()


@pytest.mark.parametrize(
    ("task", "prediction"),
    [
        (REGIONS, classes_of(np.ones((32, 32)))),
        (MICE, np.array([[[8, 12, 0.9], [16, 20, 0.9]]], np.float32)),
        (OBJECTS, instances_of((1, 1, 0.9, 8, 8))),
    ],
)
def test_every_task_of_maps_and_places_has_overlays(tmp_path, task, prediction):
    written(task, [prediction], [image(tmp_path / "a.png")], overlays=tmp_path / "drawn")
    drawn = read(tmp_path / "drawn" / "a.png")
    assert drawn.shape == (3 * 64, 3 * 128, 3) and drawn.any()


def test_an_array_has_its_own_pixels(tmp_path):
    x = np.full((2, 32, 32, 1), 2, np.float32)
    np.savez(tmp_path / "some.npz", x=x)
    boxes = np.array([[4, 10, 12, 20, 0.9, 1]], np.float32)
    written(
        CELLS, [boxes] * 2, [tmp_path / "some.npz"], ARRAYS, coco=tmp_path / "a.json", overlays=tmp_path / "o"
    )
    found = json.loads((tmp_path / "a.json").read_text())
    assert found["annotations"][1]["bbox"] == [4, 10, 8, 10]
    assert found["images"][1]["file_name"] == f"{tmp_path / 'some.npz'}[1]"
    assert (read(tmp_path / "o" / "some-1.png")[-10:] == 255).all()


# Options


@pytest.mark.parametrize(
    ("task", "form", "outputs", "message"),
    [
        (
            CELLS,
            FORM,
            {"masks": "m"},
            "--masks: best is a network for detection, which suits --coco",
        ),
        (REGIONS, FORM, {"coco": "c"}, "--coco: best is a network for segmentation, which suits --masks"),
        (
            Classification(labels=("a", "b")),
            FORM,
            {"overlays": "o"},
            "suits none of --masks",
        ),
        (REGIONS, SIGNALS, {"masks": "m"}, "--masks: best takes examples of 12x2; expected a network for im"),
    ],
)
def test_files_that_do_not_suit_the_network_are_refused(task, form, outputs, message):
    with pytest.raises(SettingsError, match=message):
        check_suited(PredictRequest(bundle="best", paths=(), **outputs), ready(task, form))


def test_pictures_of_others_are_not_replaced(tmp_path):
    path = image(tmp_path / "a.png")
    content = path.read_bytes()
    boxes = np.zeros((1, 6), np.float32)
    with pytest.raises(SettingsError, match=r"found 1 files .* another folder .*\n  .*a\.png"):
        written(CELLS, [boxes], [path], overlays=tmp_path)
    assert path.read_bytes() == content
    for _ in range(2):  # own files are replaced
        written(CELLS, [boxes], [path], overlays=tmp_path / "drawn")
    assert [file.name for file in (tmp_path / "drawn").iterdir()] == ["a.png"]


def test_a_coco_file_of_others_is_not_replaced(tmp_path):
    path, boxes = tmp_path / "annotations.json", np.zeros((1, 6), np.float32)
    path.write_text('{"images": [], "categories": [], "annotations": []}')
    content = path.read_bytes()
    with pytest.raises(SettingsError, match=r"--coco: found the file .*annotations\.json, which"):
        written(CELLS, [boxes], [image(tmp_path / "a.png")], coco=path)
    assert path.read_bytes() == content
    for score in (0.5, 0.9):  # own files are replaced
        boxes[0] = 8, 8, 16, 16, score, 0
        written(CELLS, [boxes], [tmp_path / "a.png"], coco=tmp_path / "found.json")
    (found,) = json.loads((tmp_path / "found.json").read_text())["annotations"]
    assert found["score"] == 0.9


def test_a_table_without_files_needs_no_picture_twice(tmp_path):
    (row,) = written(REGIONS, [classes_of(np.ones((32, 32)))], [image(tmp_path / "a.png")])
    assert row.shape == (32, 32, 2) and [file.name for file in tmp_path.iterdir()] == ["a.png"]
