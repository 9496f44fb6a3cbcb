"""Annotated objects as the targets of a dataset."""

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data import load_data
from cnnsearch.data.check.run import check_data
from cnnsearch.errors import DataError
from tests.data.annotated import (
    HEIGHT,
    WIDTH,
    bright_boxes,
    coco_box,
    coco_content,
    polygon,
    rectangle,
    write_coco,
    write_json,
    write_pictures,
)

NAMES = ["left eye", "right eye", "mouth"]


def keypoints(number):
    x0, y0, x1, y1 = rectangle(number)
    return [x0, y0, 2, x1, y1, 1, 0, 0, 0]


def write_faces(folder, change=lambda content: None, **fields):
    """Write a file of one category with keypoints."""
    write_pictures(folder)
    content = coco_content(**{"keypoints": keypoints, "category_id": lambda n: 3, **fields})
    content["categories"] = [{"id": 3, "name": "face", "keypoints": NAMES}]
    change(content)
    return write_json(folder / "faces.json", content)


def changed(folder, change, **fields):
    """Write a file whose content is changed."""
    write_pictures(folder / "images")
    content = coco_content(**fields)
    change(content)
    return write_json(folder / "annotations.json", content)


def test_boxes_are_the_targets(tmp_path):
    dataset = load_data(write_coco(tmp_path))
    assert dataset.task.type == "detection" and dataset.labels == ("cell", "dot")
    assert dataset.train.y.shape[1:] == (1, 5) and dataset.train.y.dtype == np.float32
    assert dataset.train.y[:, 0, :4].tolist() == bright_boxes(dataset.train.x)
    assert sum(dataset.summary.examples.values()) == 8


@pytest.mark.parametrize("size", [(32, 48), (48, 48), (8, 40), (33, 47)])
def test_boxes_are_placed_as_their_pictures(tmp_path, size):
    dataset = load_data(write_coco(tmp_path), image_size=size)
    np.testing.assert_allclose(dataset.train.y[:, 0, :4], bright_boxes(dataset.train.x), atol=1)


def test_a_picture_is_upright_before_its_boxes_apply(tmp_path):
    path = write_coco(tmp_path)
    for picture in (tmp_path / "images").iterdir():
        with Image.open(picture) as image:
            turned = image.transpose(Image.Transpose.ROTATE_90)
        exif = Image.Exif()
        exif[274] = 6  # to be shown rotated by a quarter turn to the right
        turned.save(picture, exif=exif)
    dataset = load_data(path)
    assert dataset.train.y[:, 0, :4].tolist() == bright_boxes(dataset.train.x)


def test_unused_rows_have_no_class(tmp_path, caplog):
    def change(content):
        content["annotations"][0]["image_id"] = 101
        content["categories"].append({"id": 9, "name": "speck"})

    dataset = load_data(changed(tmp_path, change))
    y = np.concatenate([dataset.train.y, dataset.validation.y, dataset._test.y])
    assert y.shape == (8, 2, 5) and sorted((y[..., 4] >= 0).sum(axis=1)) == [0, *[1] * 6, 2]
    assert not y[y[..., 4] < 0][:, :4].any()
    assert caplog.messages == [
        f"{tmp_path}/annotations.json: 1 categories without objects are left out: speck",
        f"{tmp_path}/annotations.json: 1 of 8 pictures have no objects",
    ]


def test_boxes_that_reach_out_are_clipped_and_counted(tmp_path, caplog):
    dataset = load_data(write_coco(tmp_path, bbox=lambda n: [-2, 3, WIDTH + 9, HEIGHT] if n else coco_box(0)))
    boxes = np.concatenate([dataset.train.y, dataset.validation.y, dataset._test.y])[:, 0, :4]
    assert [0, 3, WIDTH, HEIGHT] in boxes.tolist() and boxes.max() == WIDTH
    assert caplog.messages == [
        f"{tmp_path}/annotations.json: 7 boxes are partly outside of their pictures; they are clipped"
    ]


@pytest.mark.parametrize(
    ("box", "fault"),
    [
        ([3, 3, 0, 4], r"a box of no size \(x from 3 to 3, y from 3 to 7\)"),
        (
            [WIDTH, 0, 4, 4],
            r"a box outside of the picture of 24 x 16 pixels \(x from 24 to 28, y from 0 to 4\)",
        ),
        ([0, -4, 4, 4], "a box outside of the picture"),
        ([5, 2, -3, 4], r"a box whose end is before its start \(x from 5 to 2, y from 2 to 6\)"),
    ],
)
def test_boxes_that_cannot_be_used_are_named(tmp_path, box, fault):
    path = write_coco(tmp_path, 14, bbox=lambda n: coco_box(n) if n < 2 else box)
    with pytest.raises(
        DataError, match=f"(?s)^{path}: 12 objects cannot be used:\n  {path.name}: annotation 2: {fault}"
    ) as error:
        load_data(path)
    assert str(error.value).count("annotation ") == 10 and str(error.value).endswith("and 2 more")


def test_an_undeclared_category_is_named(tmp_path):
    path = write_coco(tmp_path, category_id=lambda n: 9 if n == 1 else 3)
    with pytest.raises(DataError, match="annotation 1: found the category_id 9, which is not declared"):
        load_data(path)


def test_another_size_than_that_of_the_picture_is_refused(tmp_path):
    path = changed(tmp_path, lambda content: content["images"][2].update(width=HEIGHT, height=WIDTH))
    with pytest.raises(
        DataError, match=r"images/2\.png: annotated for 16 x 24 pixels; the upright picture has 24 x 16"
    ):
        load_data(path)


def test_crowds_are_left_out_of_boxes_and_counted(tmp_path, caplog):
    dataset = load_data(write_coco(tmp_path, iscrowd=lambda n: int(n == 3)))
    assert (
        sum(int((y[..., 4] >= 0).sum()) for y in (dataset.train.y, dataset.validation.y, dataset._test.y))
        == 7
    )
    assert f"{tmp_path}/annotations.json: 1 crowds (iscrowd) are left out" in caplog.messages


def test_regions_are_read_if_they_are_wanted(tmp_path, caplog):
    path = write_coco(tmp_path, segmentation=lambda n: [polygon(n)], iscrowd=lambda n: int(n == 3))
    assert load_data(path).task.type == "detection"
    assert (
        f"{path}: the objects have boxes and regions; the boxes are read (--task detection), "
        "--task instances reads the regions"
    ) in caplog.messages
    dataset = load_data(path, task="instances")
    assert dataset.task.labels == ("background", "cell", "dot")
    for part in (dataset.train, dataset.validation, dataset._test):
        bright = part.x[..., 0] >= 200
        np.testing.assert_array_equal((part.y[..., 1] == 1) | (part.y[..., 0] == 255), bright)


def test_boxes_are_made_of_regions(tmp_path):
    dataset = load_data(write_coco(tmp_path, bbox=lambda n: None, segmentation=lambda n: [polygon(n)]))
    assert dataset.train.y[:, 0, :4].tolist() == bright_boxes(dataset.train.x)


def test_boxes_are_made_of_run_lengths(tmp_path):
    counts = [0, HEIGHT * 3, HEIGHT * (WIDTH - 3)]
    runs = {"size": [HEIGHT, WIDTH], "counts": counts}
    dataset = load_data(write_coco(tmp_path, bbox=lambda n: None, segmentation=lambda n: runs))
    assert dataset.train.y[0, 0, :4].tolist() == [0, 0, 3, HEIGHT]


@pytest.mark.parametrize(
    ("region", "fault"),
    [
        ([], "annotation 2: has no region; expected polygons or run lengths"),
        ([[30, 2, 40, 2, 40, 9]], "annotation 2: a region outside of the picture of 24 x 16 pixels"),
        ([[3, 2, 9e8, 2, 40, 9]], "annotation 2: a region far larger than the picture"),
    ],
)
def test_regions_that_cannot_be_used_are_named(tmp_path, region, fault):
    path = write_coco(tmp_path, segmentation=lambda n: region if n == 2 else [polygon(n)])
    with pytest.raises(DataError, match=fault):
        load_data(path, task="instances")


def test_run_lengths_of_another_size_are_refused(tmp_path):
    def change(content):
        content["annotations"][2]["segmentation"] = {"size": [4, 4], "counts": [3, 5, 8]}
        for image in content["images"]:
            del image["width"], image["height"]
        del content["annotations"][2]["bbox"]

    path = changed(tmp_path, change, segmentation=lambda n: [polygon(n)])
    for task in ("instances", "detection"):
        with pytest.raises(DataError, match="annotation 2: run lengths for 4 x 4 pixels; expected 24 x 16"):
            load_data(path, task=task)


def test_too_many_instances_are_refused(tmp_path):
    def change(content):
        content["annotations"] *= 300

    path = changed(tmp_path, change, segmentation=lambda n: [polygon(n)])
    with pytest.raises(DataError, match=r"more than 254 instances:\n  images/0\.png: 300"):
        load_data(path, task="instances")


def test_a_category_cannot_be_the_background(tmp_path):
    def change(content):
        content["categories"][0]["name"] = "background"

    path = changed(tmp_path, change, segmentation=lambda n: [polygon(n)])
    with pytest.raises(DataError, match="found a category 'background'"):
        load_data(path, task="instances")


def test_keypoints_are_the_targets_of_a_source_that_has_them(tmp_path):
    dataset = load_data(write_faces(tmp_path))
    assert dataset.task.type == "keypoints" and dataset.labels == tuple(NAMES)
    assert dataset.train.y.shape[1:] == (1, 3, 3)
    boxes = np.array(bright_boxes(dataset.train.x))
    np.testing.assert_array_equal(dataset.train.y[:, 0, 0], np.insert(boxes[:, :2], 2, 2, axis=1))
    np.testing.assert_array_equal(dataset.train.y[:, 0, 1], np.insert(boxes[:, 2:], 2, 1, axis=1))
    assert not dataset.train.y[:, 0, 2].any()


def test_keypoints_are_placed_as_their_pictures(tmp_path):
    dataset = load_data(write_faces(tmp_path), image_size=(48, 48))
    corners = dataset.train.y[:, 0, :2, :2].reshape(-1, 4)
    np.testing.assert_allclose(corners, bright_boxes(dataset.train.x), atol=1)
    assert not dataset.train.y[:, 0, 2].any()


def test_a_source_of_keypoints_has_boxes_too(tmp_path):
    assert load_data(write_faces(tmp_path), task="detection").labels == ("face",)


@pytest.mark.parametrize("points", [[], [0] * 9])
def test_boxes_are_the_targets_where_no_keypoint_is_labelled(tmp_path, points):
    path = write_faces(tmp_path, keypoints=lambda n: points)
    assert load_data(path).task.type == "detection"
    with pytest.raises(DataError, match="which are for --task detection; found keypoints"):
        load_data(path, task="keypoints")


def test_objects_without_keypoints_and_keypoints_outside_are_counted(tmp_path, caplog):
    def change(content):
        content["annotations"][0]["keypoints"] = [0] * 9
        content["annotations"][1]["keypoints"] = [1, 1, 2, WIDTH + 1, 3, 2, 4, 4, 2]

    dataset = load_data(write_faces(tmp_path, change))
    assert caplog.messages == [
        f"{tmp_path}/faces.json: 1 objects without labelled keypoints are left out",
        f"{tmp_path}/faces.json: 1 keypoints are outside of their pictures; they count as not labelled",
        f"{tmp_path}/faces.json: 1 of 8 pictures have no objects",
    ]
    y = np.concatenate([dataset.train.y, dataset.validation.y, dataset._test.y])
    assert [[[1, 1, 2], [0, 0, 0], [4, 4, 2]]] in y.tolist()


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("classification", "has annotated objects, which are for --task detection; found classification"),
        ("keypoints", "which are for --task detection; found keypoints"),
        ("instances", "which are for --task detection; found instances"),
    ],
)
def test_a_task_that_the_objects_do_not_suit_is_refused(tmp_path, task, message):
    with pytest.raises(DataError, match=message):
        load_data(write_coco(tmp_path), task=task)


def test_a_source_without_objects_is_refused(tmp_path):
    path = changed(tmp_path, lambda content: content["annotations"].clear())
    with pytest.raises(DataError, match="found no objects in 8 pictures"):
        load_data(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["annotations"][4]["bbox"].__setitem__(0, 1.5),
        lambda content: content["annotations"][4].update(category_id=7),
        lambda content: content["categories"].reverse(),
        lambda content: content["annotations"].pop(),
    ],
)
def test_a_changed_annotation_changes_the_fingerprint(tmp_path, change):
    path = write_coco(tmp_path)
    first = load_data(path, cache=tmp_path / "cache")
    assert load_data(path, cache=tmp_path / "cache").summary == first.summary
    content = coco_content()
    change(content)
    write_json(path, content)
    assert load_data(path, cache=tmp_path / "cache").summary.fingerprint != first.summary.fingerprint


def test_the_place_of_the_data_does_not_change_the_fingerprint(tmp_path):
    one, two = (load_data(write_coco(tmp_path / name)).summary for name in ("one", "two"))
    assert one.fingerprint == two.fingerprint


def test_unreadable_pictures_are_skipped_with_their_objects(tmp_path, caplog):
    path = write_coco(tmp_path, 24)
    (tmp_path / "images" / "3.png").write_bytes(b"")
    dataset = load_data(path, on_bad="skip")
    assert sum(dataset.summary.examples.values()) == 23 and dataset.summary.skipped == 1


def test_the_check_reads_objects(tmp_path):
    report = check_data(write_coco(tmp_path, 12)).report
    assert report.targets == "boxes of 2 classes (detection)" and report.origin == "coco"
    assert not report.findings


def test_the_check_lists_unreadable_pictures_of_objects(tmp_path, caplog):
    path = write_coco(tmp_path, 12)
    (tmp_path / "images" / "3.png").write_bytes(b"")
    (finding,) = check_data(path).report.findings
    assert (finding.kind, finding.count) == ("unreadable", 1)
    assert caplog.messages == []


def test_objects_without_a_box_are_refused_for_detection(tmp_path):
    def change(content):
        del content["annotations"][2]["bbox"]

    with pytest.raises(DataError, match="annotation 2: has no box"):
        load_data(write_faces(tmp_path, change), task="detection")
