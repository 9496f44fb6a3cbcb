"""Findings in targets of objects and maps, on small files, each with the one fault that is looked for."""

import json

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data import load_data
from cnnsearch.data.check import Report, check_data
from cnnsearch.errors import DataError
from tests.data.annotated import (
    HEIGHT,
    WIDTH,
    coco_box,
    coco_content,
    polygon,
    rectangle,
    voc_object,
    voc_text,
    write_coco,
    write_json,
    write_pictures,
    write_voc,
    write_yolo,
)

COUNT = 10  # pictures, five of each class


def findings(source, kind, **options):
    """The findings of one kind."""
    return [one for one in check_data(source, **options).report.findings if one.kind == kind]


def only(source, kind, **options):
    """The severity, the number and the notes of the only finding of a kind."""
    [finding] = findings(source, kind, **options)
    return finding.severity, finding.count, [(one.files, one.note) for one in finding.examples]


def write_masks(folder, change=lambda number, mask: mask, count=COUNT):
    """Write pictures, and masks of 1 where the rectangle is."""
    write_pictures(folder / "images", count)
    (folder / "masks").mkdir()
    for number in range(count):
        x0, y0, x1, y1 = rectangle(number)
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[y0:y1, x0:x1] = 1
        Image.fromarray(change(number, mask)).save(folder / "masks" / f"{number}.png")
    return folder


def faces(folder, keypoints, change=lambda content: None):
    """Write a file of one category with two keypoints."""
    write_pictures(folder / "images", COUNT)
    content = coco_content(COUNT, keypoints=keypoints, category_id=lambda n: 3)
    content["categories"] = [{"id": 3, "name": "face", "keypoints": ["eye", "mouth"]}]
    change(content)
    return write_json(folder / "annotations.json", content)


def test_clean_targets_have_no_findings(tmp_path):
    for name, write in (("coco", write_coco), ("voc", write_voc), ("yolo", write_yolo), ("m", write_masks)):
        (tmp_path / name).mkdir()
        written = write(tmp_path / name, count=COUNT)
        assert [one.message for one in check_data(written).report.findings] == []


def test_boxes_that_cannot_be_used_are_all_listed(tmp_path):
    boxes = {1: [5, 5, 0, 3], 2: [WIDTH, 0, 4, 4], 3: [9, 3, -4, 3]}
    path = write_coco(tmp_path, 16, bbox=lambda n: boxes.get(n, coco_box(n)))
    with pytest.raises(DataError, match="3 objects cannot be used"):
        load_data(path)
    assert only(path, "empty_box") == (
        "error",
        2,
        [
            (
                ("images/1.png",),
                "annotations.json: annotation 1: a box of no size (x from 5 to 5, y from 5 to 8)",
            ),
            (
                ("images/3.png",),
                "annotations.json: annotation 3: a box whose end is before its start "
                "(x from 9 to 5, y from 3 to 6)",
            ),
        ],
    )
    severity, count, [(files, note)] = only(path, "outside_box")
    assert (severity, count, files) == ("error", 1, ("images/2.png",))
    assert note.startswith("annotations.json: annotation 2: a box outside of the picture")


def test_faulty_objects_are_not_counted(tmp_path):
    path = write_coco(tmp_path, 16, bbox=lambda n: [5, 5, 0, 3] if n == 1 else coco_box(n))
    summary = check_data(path).report.target_summary
    assert summary.objects == summary.pictures == {"all": {"cell": 8, "dot": 7}}
    assert not findings(path, "without_objects")


def test_a_dataset_without_a_usable_object_is_an_error(tmp_path):
    with pytest.raises(DataError, match="10 objects cannot be used"):
        check_data(write_coco(tmp_path, COUNT, bbox=lambda n: [5, 5, 0, 3]))


def test_clipped_boxes_are_listed(tmp_path):
    path = write_coco(tmp_path, COUNT, bbox=lambda n: [-2, 3, 6, 6] if n == 4 else coco_box(n))
    assert only(path, "clipped") == (
        "warning",
        1,
        [
            (
                ("images/4.png",),
                "annotations.json: annotation 4: x from -2 to 4, y from 3 to 9; "
                "the picture has 24 x 16 pixels",
            )
        ],
    )


def test_undeclared_and_unused_categories_are_listed(tmp_path):
    path = write_coco(tmp_path, 12, category_id=lambda n: 9 if n == 1 else 3)
    severity, count, [(files, note)] = only(path, "undeclared")
    assert (severity, count, files) == ("error", 1, ("images/1.png",))
    assert note == "annotations.json: annotation 1: found the category_id 9, which is not declared"
    assert only(path, "unused_category") == ("warning", 1, [(("dot",), "")])


def test_lines_of_an_undeclared_class_are_listed(tmp_path):
    write_yolo(tmp_path, COUNT)
    (tmp_path / "classes.txt").write_text("a\n")
    severity, count, notes = only(tmp_path, "undeclared")
    assert (severity, count) == ("error", 5)
    assert notes[0] == (
        ("images/1.png",),
        "labels/1.txt: line 1: found the class 1, which is not declared",
    )


def test_boxes_of_a_voc_folder_in_reverse_order_are_listed(tmp_path):
    write_voc(tmp_path, 12)
    (tmp_path / "Annotations" / "1.xml").write_text(voc_text(voc_object((9, 2, 3, 4))))
    severity, count, [(_, note)] = only(tmp_path, "empty_box")
    assert (severity, count) == ("error", 1)
    assert note.startswith("Annotations/1.xml: object 1: a box whose end is before its start")


def test_pictures_of_another_size_than_annotated_are_listed(tmp_path):
    write_pictures(tmp_path / "images", 12)
    content = coco_content(12)
    content["images"][2].update(width=HEIGHT, height=WIDTH)
    path = write_json(tmp_path / "annotations.json", content)
    severity, count, [(files, note)] = only(path, "other_size")
    assert (severity, count, files) == ("error", 1, ("images/2.png",))
    assert note == "annotated for 16 x 24 pixels; the upright picture has 24 x 16"
    assert not findings(path, "without_objects")


def test_pictures_without_objects_are_listed(tmp_path):
    write_voc(tmp_path, 12)
    (tmp_path / "Annotations" / "1.xml").write_text(voc_text())
    assert only(tmp_path, "without_objects") == ("warning", 1, [(("JPEGImages/1.png",), "")])


def test_repeated_boxes_are_listed(tmp_path):
    write_pictures(tmp_path / "images", COUNT)
    content = coco_content(COUNT)
    copy, other = dict(content["annotations"][4], id=70), dict(content["annotations"][5], id=71)
    other["category_id"] = 3  # of another class than the box that it covers
    content["annotations"] += [copy, other]
    path = write_json(tmp_path / "annotations.json", content)
    assert only(path, "repeated_box") == (
        "warning",
        1,
        [(("images/4.png",), "cell: annotations.json: annotation 4, annotations.json: annotation 70")],
    )


@pytest.mark.parametrize(("width", "count"), [(0.94, 0), (0.96, 1)])
def test_boxes_are_repeated_above_an_overlap(tmp_path, width, count):
    y = np.zeros((COUNT, 2, 5), np.float32)
    y[:, 1, 4] = -1
    y[:, 0, 2:4] = 10
    y[3, 1] = 0, 0, 10 * width, 10, 0
    path = write_arrays(tmp_path, y)
    assert sum(one.count for one in findings(path, "repeated_box")) == count


def test_repeated_boxes_among_many_are_each_listed_once(tmp_path):
    grid = np.stack(np.meshgrid(np.arange(20), np.arange(16)), axis=-1).reshape(-1, 2)[:300] * 1.0
    boxes = np.concatenate([np.hstack([grid, grid + 1]), np.hstack([grid, grid + 1])])  # 600, each twice
    y = np.zeros((COUNT, 600, 5), np.float32)
    y[..., 4] = -1
    y[:, 0] = 0, 0, 9, 9, 0
    y[3, :, :4], y[3, :, 4] = boxes, 0
    severity, count, notes = only(write_arrays(tmp_path, y), "repeated_box")
    assert (severity, count) == ("warning", 300)
    assert notes[:2] == [(("x[3]",), "0: box 0, box 300"), (("x[3]",), "0: box 1, box 301")]


def test_keypoints_outside_are_listed(tmp_path):
    path = faces(tmp_path, lambda n: [2, 3, 2, 30 if n == 1 else 5, 5, 1])
    assert only(path, "outside_keypoint") == (
        "warning",
        1,
        [
            (
                ("images/1.png",),
                "annotations.json: annotation 1: mouth at x 30, y 5; the picture has 24 x 16 pixels",
            )
        ],
    )
    assert check_data(path).report.target_summary.objects == {"all": {"eye": 10, "mouth": 9}}


def test_objects_without_labelled_keypoints_are_listed(tmp_path):
    path = faces(tmp_path, lambda n: [0, 0, 0, 0, 0, 0] if n == 1 else [2, 3, 2, 5, 5, 1])
    assert only(path, "unlabelled")[:2] == ("warning", 1)
    assert only(path, "without_objects") == ("warning", 1, [(("images/1.png",), "")])


def test_rare_classes_are_listed(tmp_path):
    path = write_coco(tmp_path, 20, category_id=lambda n: 7 if n < 3 else 3)
    [finding] = findings(path, "few_examples")
    assert finding.severity == "warning"
    assert finding.message.startswith("1 class in fewer than 5 pictures: dot (3).")


def test_crowds_are_a_note(tmp_path):
    path = write_coco(tmp_path, 12, iscrowd=lambda n: int(n == 3))
    assert only(path, "crowd")[:2] == ("note", 1)


def test_objects_without_a_region_are_listed(tmp_path):
    path = write_coco(tmp_path, 12, segmentation=lambda n: [] if n == 1 else [polygon(n)])
    severity, count, [(_, note)] = only(path, "region", task="instances")
    assert (severity, count) == ("error", 1)
    assert note == ("annotations.json: annotation 1: has no region; expected polygons or run lengths")


def test_masks_that_cannot_be_used_are_all_listed(tmp_path):
    write_masks(tmp_path)
    masks = tmp_path / "masks"
    Image.new("L", (WIDTH, HEIGHT - 1)).save(masks / "1.png")
    (masks / "2.png").unlink()
    Image.new("L", (WIDTH, HEIGHT)).save(masks / "2.jpg")
    Image.new("RGB", (WIDTH, HEIGHT)).save(masks / "3.png")
    (masks / "4.png").write_bytes(b"no mask")
    report = check_data(tmp_path).report
    found = {one.kind: (one.severity, one.files, one.examples[0].note) for one in report.findings}
    assert found == {
        "mask_size": ("error", ("images/1.png",), "masks/1.png: 24 x 15 pixels; its picture has 24 x 16"),
        "mask_jpeg": (
            "error",
            ("images/2.png",),
            "masks/2.jpg: a mask saved as JPEG, which changes values; expected PNG, TIFF, BMP or GIF",
        ),
        "mask_colours": (
            "error",
            ("images/3.png",),
            "masks/3.png: colours (mode RGB); expected a palette, or grey values",
        ),
        "mask_unreadable": ("error", ("images/4.png",), found["mask_unreadable"][2]),
    }
    assert report.target_summary.pictures == {"all": {"0": 6, "1": 6}}


def test_pictures_without_a_mask_are_listed(tmp_path):
    write_masks(tmp_path)
    (tmp_path / "masks" / "1.png").unlink()
    assert only(tmp_path, "mask_missing") == (
        "error",
        1,
        [(("images/1.png",), "no mask of the same name")],
    )


def test_masks_of_too_many_instances_are_listed(tmp_path):
    many = np.arange(HEIGHT * WIDTH, dtype=np.uint16).reshape(HEIGHT, WIDTH)
    write_masks(tmp_path, lambda number, mask: many if number == 1 else mask)
    severity, count, [(files, note)] = only(tmp_path, "mask_values", task="instances")
    assert (severity, count, files) == ("error", 1, ("images/1.png",))
    assert note.startswith("masks/1.png: 383 values above 0; expected one for each instance")


def test_a_manifest_of_masks_is_checked_too(tmp_path):
    write_masks(tmp_path)
    Image.new("L", (WIDTH, HEIGHT - 1)).save(tmp_path / "masks" / "1.png")
    lines = [f"images/{number}.png,masks/{number}.png" for number in range(COUNT)]
    (tmp_path / "all.csv").write_text("\n".join(["path,mask", *lines]))
    assert only(tmp_path / "all.csv", "mask_size")[:2] == ("error", 1)


def test_masks_of_background_only_are_a_note(tmp_path):
    write_masks(tmp_path, lambda number, mask: mask * (number != 2))
    assert only(tmp_path, "without_objects") == ("note", 1, [(("images/2.png",), "")])


def test_masks_of_ignored_positions_only_are_listed(tmp_path):
    write_masks(tmp_path, lambda number, mask: np.full_like(mask, 255) if number == 2 else mask)
    assert only(tmp_path, "without_objects") == ("warning", 1, [(("images/2.png",), "")])


def test_one_class_alone_is_an_error(tmp_path):
    write_masks(tmp_path, lambda number, mask: np.zeros_like(mask))
    [finding] = findings(tmp_path, "unsuitable")
    assert finding.severity == "error"
    assert finding.message == "targets: found only the value 0 in the masks; expected two classes or more."


def test_a_class_that_training_lacks_is_an_error(tmp_path):
    write_yolo(tmp_path, 8, pictures="train/images", labels="train/labels")
    write_yolo(tmp_path, 2, start=8, pictures="val/images", labels="val/labels")
    for number in range(8):
        (tmp_path / "train" / "labels" / f"{number}.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    [finding] = findings(tmp_path, "unsuitable")
    assert finding.message == "targets: no training object '1', which occurs in another part."


def test_box_sizes_are_reported_with_their_places(tmp_path):
    boxes = {1: [1, 1, 2, 3], 2: [0, 0, 20, 15]}
    path = write_coco(tmp_path, 12, bbox=lambda n: boxes.get(n, coco_box(n)))
    report = check_data(path).report
    smallest, largest = report.target_summary.smallest, report.target_summary.largest
    assert (smallest.width, smallest.height, smallest.label, smallest.file, smallest.place) == (
        2,
        3,
        "dot",
        "images/1.png",
        "annotations.json: annotation 1",
    )
    assert (largest.width, largest.height, largest.file) == (20, 15, "images/2.png")
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_instances_have_box_sizes_whatever_their_source(tmp_path):
    (tmp_path / "coco").mkdir()
    coco = write_coco(tmp_path / "coco", COUNT, segmentation=lambda n: [polygon(n)], bbox=lambda n: None)
    write_masks(tmp_path / "masks", count=COUNT)
    for source in (coco, tmp_path / "masks"):
        summary = check_data(source, task="instances").report.target_summary
        assert (summary.smallest.width, summary.smallest.height) == (8, 6)


# Arrays.


def write_arrays(folder, y, **others):
    """Write examples of noise with targets."""
    x = np.random.default_rng(0).integers(0, 256, (len(y), 16, 20, 1), dtype=np.uint8)
    np.savez(folder / "data.npz", x=x, y=y, **others)
    return folder / "data.npz"


def test_faults_of_boxes_in_arrays_are_listed(tmp_path):
    y = np.tile(np.array([2, 3, 9, 9, 0], np.float32), (12, 2, 1))
    y[::2, :, 4] = 1
    y[:, 1] = 10, 10, 14, 15, 0
    y[3, 1] = 5, 5, 5, 9, 0
    y[4, 0] = 20, 1, 25, 4, 1
    y[5, 0] = -2, 3, 9, 9, 0
    path = write_arrays(tmp_path, y)
    with pytest.raises(DataError, match="box 1 of example 3"):
        load_data(path)
    text = "the picture has 20 x 16 pixels"
    assert only(path, "empty_box") == (
        "error",
        1,
        [(("x[3]",), f"y[3]: box 1: x from 5 to 5, y from 5 to 9; {text}")],
    )
    assert only(path, "outside_box") == (
        "error",
        1,
        [(("x[4]",), f"y[4]: box 0: x from 20 to 25, y from 1 to 4; {text}")],
    )
    assert only(path, "clipped")[:2] == ("warning", 1)
    assert check_data(path).report.target_summary.objects == {"all": {"0": 17, "1": 5}}


@pytest.mark.parametrize("axes", [3, 4])
def test_keypoints_outside_in_arrays_are_an_error(tmp_path, axes):
    y = np.tile(np.array([[2, 3, 2], [5, 6, 1]], np.float32), (12, 1, 1, 1))
    y[3, 0, 1, 0] = 21
    path = write_arrays(tmp_path, y if axes == 4 else y[:, 0])
    with pytest.raises(DataError, match="is outside of the image"):
        load_data(path, task="keypoints")
    text = "y[3]: keypoint 1 of instance 0 at x 21, y 6; the picture has 20 x 16 pixels"
    assert only(path, "outside_keypoint", task="keypoints") == ("error", 1, [(("x[3]",), text)])


def test_positions_of_faults_go_on_in_the_next_part(tmp_path):
    y = np.tile(np.array([2, 3, 9, 9, 0], np.float32), (6, 1, 1))
    wrong = y.copy()
    wrong[1, 0] = 5, 5, 5, 9, 0
    x = np.random.default_rng(0).integers(0, 256, (12, 16, 20, 1), dtype=np.uint8)
    np.savez(tmp_path / "data.npz", x_train=x[:6], y_train=y, x_test=x[6:], y_test=wrong)
    severity, count, [(files, note)] = only(tmp_path / "data.npz", "empty_box")
    assert (severity, count, files) == ("error", 1, ("x_test[1]",))
    assert note.startswith("y_test[1]: box 0")


# A given test set.


def test_of_a_given_test_set_only_faults_are_listed(tmp_path):
    write_pictures(tmp_path / "train", 12)
    write_pictures(tmp_path / "test", 12, start=20)
    (tmp_path / "annotations").mkdir()
    for part, start in (("train", 0), ("test", 20)):
        content = coco_content(12, start=start)
        content["annotations"][1]["bbox"] = [-2, 3, 6, 6]
        content["annotations"][2]["bbox"] = [5, 5, 0, 3]
        content["annotations"] += [dict(content["annotations"][3], id=700)]
        content["annotations"] = [one for one in content["annotations"] if one["id"] not in (4, 24)]
        write_json(tmp_path / "annotations" / f"instances_{part}.json", content)
    assert only(tmp_path, "empty_box")[1] == 2
    for kind in ("clipped", "repeated_box", "without_objects"):
        _, count, [(files, _)] = only(tmp_path, kind)
        assert count == 1 and files[0].startswith("train/"), kind
    summary = check_data(tmp_path).report.target_summary
    assert summary.smallest.file.startswith("train/") and summary.largest.file.startswith("train/")


def test_the_summary_is_part_of_the_json(tmp_path):
    report = json.loads(check_data(write_coco(tmp_path, COUNT)).report.model_dump_json())
    assert report["task"] == "detection"
    assert report["target_summary"]["per_picture"] == {"least": 1, "median": 1, "greatest": 1}
