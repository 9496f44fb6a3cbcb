"""YOLO folders: lines in shares of the picture, names of classes, and what is refused."""

import pytest

from cnnsearch.data import load_data
from cnnsearch.data.reach import Reach
from cnnsearch.data.sources import SOURCES, find_source
from cnnsearch.data.sources.yolo import list_yolo
from cnnsearch.errors import DataError
from tests.data.annotated import (
    HEIGHT,
    WIDTH,
    bright_boxes,
    polygon,
    rectangle,
    write_pictures,
    write_yolo,
    yolo_box,
)


def corners(number):
    """The corners of a rectangle, in shares."""
    sides = WIDTH, HEIGHT
    return " ".join(f"{value / sides[index % 2]:.6f}" for index, value in enumerate(polygon(number)))


def test_shares_become_pixels(tmp_path, caplog):
    dataset = load_data(write_yolo(tmp_path))
    assert dataset.task.type == "detection" and dataset.labels == ("0", "1")
    assert dataset.train.y[:, 0, :4].round(3).tolist() == bright_boxes(dataset.train.x)
    assert caplog.messages == []


def test_rounded_shares_at_the_edge_are_not_counted_as_outside(tmp_path, caplog):
    load_data(write_yolo(tmp_path, line=lambda n: "0.500001 0.5 1.0 1.0"))
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data.yaml", "names: [cell, dot, speck]"),
        ("dataset.yaml", "names:\n  0: cell\n  1: dot\n  2: speck\ntrain: ../elsewhere"),
        ("classes.txt", "cell\ndot\nspeck\n"),
        ("labels/classes.txt", "cell\ndot\nspeck\n"),
    ],
)
def test_names_are_read(tmp_path, name, text):
    write_yolo(tmp_path, 2)
    (tmp_path / name).write_text(text)
    listing = list_yolo(tmp_path)
    assert listing.categories == ("cell", "dot", "speck")
    assert [one.category for entry in listing.entries for one in entry.objects] == ["cell", "dot"]


def test_numbers_are_the_names_of_classes_without_names(tmp_path):
    write_yolo(tmp_path, 2)
    (tmp_path / "labels" / "0.txt").write_text(f"70000000000 {corners(0)}\n")
    assert list_yolo(tmp_path).categories == ("1", "70000000000")


@pytest.mark.parametrize(("pictures", "labels"), [("images/{}", "labels/{}"), ("{}/images", "{}/labels")])
def test_folders_are_parts(tmp_path, pictures, labels):
    for start, part in enumerate(("valid", "train", "test")):
        write_yolo(tmp_path, 1, start=start, pictures=pictures.format(part), labels=labels.format(part))
    assert find_source(tmp_path) is SOURCES["yolo"]
    assert [(entry.path.name, entry.part) for entry in list_yolo(tmp_path).entries] == [
        ("1.png", "train"),
        ("0.png", "validation"),
        ("2.png", "test"),
    ]


def test_other_folders_are_not_parts(tmp_path):
    for folder in ("train", "more"):
        write_yolo(tmp_path, 1, pictures=f"images/{folder}", labels=f"labels/{folder}")
    assert {entry.part for entry in list_yolo(tmp_path).entries} == {""}


def test_pictures_without_a_file_or_lines_have_no_objects(tmp_path, caplog):
    write_yolo(tmp_path)
    (tmp_path / "labels" / "3.txt").unlink()
    (tmp_path / "labels" / "4.txt").write_text("\n")
    load_data(tmp_path)
    assert caplog.messages == [f"{tmp_path}: 2 of 8 pictures have no objects"]


def test_polygons_are_regions_with_boxes(tmp_path):
    folder = write_yolo(tmp_path, line=corners)
    dataset = load_data(folder, task="instances")
    assert ((dataset.train.y[..., 1] == 1) == (dataset.train.x[..., 0] >= 200)).all()
    boxes = load_data(folder).train
    assert boxes.y[:, 0, :4].round(3).tolist() == bright_boxes(boxes.x)


@pytest.mark.parametrize(("shape", "values"), [(3, "{} {} 2 0 0 0"), (2, "{} {} 0 0")])
def test_keypoints_have_the_shape_of_the_settings(tmp_path, shape, values):
    def line(number):
        x0, y0, x1, y1 = rectangle(number)
        box = (x0 + x1) / 2 / WIDTH, (y0 + y1) / 2 / HEIGHT, (x1 - x0) / WIDTH, (y1 - y0) / HEIGHT
        return f"{' '.join(map(str, box))} {values.format(x0 / WIDTH, y0 / HEIGHT)}"

    write_yolo(tmp_path, line=line)
    (tmp_path / "data.yaml").write_text(f"names: [a, b]\nkpt_shape: [2, {shape}]\n")
    dataset = load_data(tmp_path)
    assert (dataset.task.type, dataset.labels) == ("keypoints", ("0", "1"))
    assert dataset.train.y[:, 0, 0, :2].round(4).tolist() == [
        box[:2] for box in bright_boxes(dataset.train.x)
    ]
    assert (dataset.train.y[:, 0, 0, 2] == 2).all() and not dataset.train.y[:, 0, 1].any()


@pytest.mark.parametrize(
    ("settings", "names", "swaps"),
    [
        ("", ("0", "1", "2"), ()),
        ("flip_idx: [0, 2, 1]", ("0", "1", "2"), ((1, 2),)),
        ("kpt_names: {0: [nose, left eye, right eye]}", ("nose", "left eye", "right eye"), ((1, 2),)),
        (
            "kpt_names: [nose, left eye, right eye]\nflip_idx: []",
            ("nose", "left eye", "right eye"),
            ((1, 2),),
        ),
        ("kpt_names: {0: [a, b, c], 1: [a, b, c]}", ("a", "b", "c"), ()),
        ("kpt_names: {0: [a, left, right], 1: [x, y, z]}", ("0", "1", "2"), ()),
        ("kpt_names: {0: [a, left, right]}\nflip_idx: [0, 1, 2]", ("a", "left", "right"), ()),
    ],
)
def test_keypoints_have_the_names_and_the_exchange_of_the_settings(tmp_path, settings, names, swaps):
    write_yolo(tmp_path, line=lambda n: f"{yolo_box(n)} 0.3 0.3 0.4 0.4 0.5 0.5")
    (tmp_path / "data.yaml").write_text(f"names: [a, b]\nkpt_shape: [3, 2]\n{settings}\n")
    task = load_data(tmp_path).task
    assert (task.names, task.swaps) == (names, swaps)


def test_another_exchange_is_another_dataset(tmp_path):
    write_yolo(tmp_path / "set", line=lambda n: f"{yolo_box(n)} 0.3 0.3 0.4 0.4")
    found = []
    for order in ("[0, 1]", "[1, 0]"):
        (tmp_path / "set" / "data.yaml").write_text(f"names: [a, b]\nkpt_shape: [2, 2]\nflip_idx: {order}\n")
        found.append(load_data(tmp_path / "set", cache=tmp_path / "cache").task.swaps)
    assert found == [(), ((0, 1),)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.5 0.5 0.1", "found 4 values; expected class, cx, cy, w, h, or x and y of at least 3 points"),
        ("0 0.5 0.5 0.1 0.1 0.9", "found 6 values; expected class, cx, cy, w, h"),
        ("cell 0.5 0.5 0.1 0.1", "found the class 'cell'; expected a whole number"),
        ("-1 0.5 0.5 0.1 0.1", "found the class '-1'; expected a whole number"),
        ("0 0.5 x 0.1 0.1", "found 'x'; expected a number"),
        ("0 0.5 nan 0.1 0.1", "found 'nan'; expected a number"),
    ],
)
def test_a_line_that_is_not_valid_is_named(tmp_path, line, message):
    write_yolo(tmp_path, 2)
    (tmp_path / "labels" / "1.txt").write_text(f"0 0.5 0.5 0.1 0.1\n{line}\n")
    with pytest.raises(DataError, match=f"^{tmp_path}: labels/1.txt: line 2: {message}"):
        list_yolo(tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.5 0.5 0.1 0.1 0.2 0.2", "found 7 values; expected class, cx, cy, w, h, or 11 with keypoints"),
        ("0 .5 .5 .1 .1 .2 .2 2 .3 .3 5", "found the visibility 5 of a keypoint; expected 0, 1 or 2"),
    ],
)
def test_a_line_that_does_not_match_the_settings_is_named(tmp_path, line, message):
    write_yolo(tmp_path, 1, line=lambda n: "0.5 0.5 0.1 0.1 0.2 0.2 2 0.3 0.3 1")
    (tmp_path / "data.yaml").write_text("names: [a, b]\nkpt_shape: [2, 3]\n")
    (tmp_path / "labels" / "0.txt").write_text(line)
    with pytest.raises(DataError, match=f"labels/0.txt: line 1: {message}"):
        list_yolo(tmp_path)


def test_all_objects_that_cannot_be_used_are_named(tmp_path):
    write_yolo(tmp_path, 2)
    (tmp_path / "classes.txt").write_text("a\nb\n")
    (tmp_path / "labels" / "1.txt").write_text("2 .5 .5 .1 .1\n0 .5 .5 .1 .1\n1 .5 .5 -1 .1\n")
    with pytest.raises(DataError, match="2 objects cannot be used") as error:
        load_data(tmp_path)
    _, *lines = str(error.value).splitlines()
    assert lines == [
        "  labels/1.txt: line 1: found the class 2, which is not declared",
        "  labels/1.txt: line 3: a box whose end is before its start (x from 24 to 0, y from 7.2 to 8.8)",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("names: [a", "cannot be read as YAML"),
        ("- a", "found list; expected the settings of a YOLO dataset"),
        ("names: {1: a}", "names: found the numbers 1; expected 0 to 0"),
        ("names: 3", "names: found 3; expected a list, or a mapping from numbers"),
        ("names: [a, a]", "found a twice; expected a different name for each class"),
        ("names: [a, b]\nkpt_shape: 4", "kpt_shape: found 4; expected the number of keypoints, and 2 or 3"),
        ("kpt_shape: [2, 3]\nkpt_names: [a]", r"kpt_names: found \['a'\]; expected a list of 2 names"),
        ("kpt_shape: [2, 3]\nkpt_names: {0: ear}", "kpt_names: found 'ear'; expected a list of 2 names"),
        (
            "kpt_shape: [2, 3]\nkpt_names: [a, a]",
            "found a twice; expected a different name for each keypoint",
        ),
        ("kpt_shape: [2, 3]\nflip_idx: [1]", r"flip_idx: found \[1\]; expected the numbers 0 to 1"),
        ("kpt_shape: [3, 3]\nflip_idx: [1, 2, 0]", r"flip_idx: found \[1, 2, 0\]; expected .* exchanged"),
        ("names: [a, b]\nkpt_shape: [2, 4]", r"kpt_shape: found \[2, 4\]; expected the number"),
    ],
)
def test_settings_that_are_not_valid_are_refused(tmp_path, text, message):
    write_yolo(tmp_path, 1)
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(DataError, match=f"^{tmp_path}/data.yaml: {message}"):
        list_yolo(tmp_path)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("0.5 0.5 0 0.1", r"a box of no size \(x from 12 to 12"),
        ("12 8 4 4", "a box outside of the picture of 24 x 16 pixels"),
    ],
)
def test_boxes_that_cannot_be_used_are_named(tmp_path, line, fault):
    write_yolo(tmp_path)
    (tmp_path / "labels" / "3.txt").write_text(f"0 {line}\n")
    with pytest.raises(DataError, match=rf"labels/3\.txt: line 1: {fault}"):
        load_data(tmp_path)


def test_a_file_without_a_picture_is_refused(tmp_path):
    write_yolo(tmp_path, 2)
    (tmp_path / "images" / "1.png").unlink()
    with pytest.raises(
        DataError, match=r"1 files of labels without a picture of the same name:\n  labels/1\.txt"
    ):
        list_yolo(tmp_path)


def test_masks_in_a_folder_of_labels_are_no_yolo(tmp_path):
    write_pictures(tmp_path / "images", 1)
    write_pictures(tmp_path / "labels", 1)
    (tmp_path / "labels" / "classes.txt").write_text("cell\n")
    assert find_source(tmp_path) is SOURCES["masks"]


def test_links_out_of_the_folder_are_refused(tmp_path):
    write_yolo(tmp_path / "set", 1)
    (tmp_path / "names.yaml").write_text("names: [a, b]")
    (tmp_path / "set" / "data.yaml").symlink_to(tmp_path / "names.yaml")
    with pytest.raises(DataError, match=r"data\.yaml leads out of the folder"):
        list_yolo(tmp_path / "set")
    assert list_yolo(tmp_path / "set", reach=Reach(follow_links=True)).categories == ("a", "b")
