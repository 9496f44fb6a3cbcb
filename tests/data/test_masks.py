"""Pictures with masks in folders of their own."""

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data import load_data
from cnnsearch.data.check.run import check_data
from cnnsearch.data.sources import list_pictures
from cnnsearch.errors import DataError

SIDE = 24


def put(folder, count=12, *, size=(SIDE, SIDE), values=(0, 200), suffix="png", ending="", start=0):
    """Write pictures of a bright square each, and their masks."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    draws = np.random.default_rng(start)
    for number in range(start, start + count):
        picture = draws.integers(0, 100, (size[1], size[0])).astype(np.uint8)
        mask = np.full_like(picture, values[0])
        mask[4 : 4 + size[1] // 2, 2 : 2 + size[0] // 2] = values[1]
        picture[mask == values[1]] += 120
        Image.fromarray(picture).save(folder / "images" / f"{number}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{number}{ending}.{suffix}")
    return folder


def test_a_mask_belongs_to_the_picture_of_its_name(tmp_path):
    dataset = load_data(put(tmp_path / "cells", ending="_mask", suffix="tif"))
    assert dataset.task.labels == ("0", "200") and dataset.summary.channel_mode == "L"
    assert dataset.train.y.shape[1:] == (SIDE, SIDE) and dataset.train.y.dtype == np.uint8
    np.testing.assert_array_equal(dataset.train.x[..., 0] >= 110, dataset.train.y == 1)
    assert sum(dataset.summary.examples.values()) == 12
    assert set(dataset.summary.counts["test"]) == {"0", "200"}


def test_given_parts_stay(tmp_path):
    for start, part in ((0, "train"), (20, "val"), (40, "test")):
        put(tmp_path / "cells" / part, 5, start=start)
    dataset = load_data(tmp_path / "cells")
    assert (len(dataset.train), len(dataset.validation)) == (5, 5)
    assert dataset.summary.split_by == "folder" and dataset.summary.split_origin == "given"


def test_a_mask_is_scaled_and_placed_as_its_picture(tmp_path):
    dataset = load_data(put(tmp_path / "cells", size=(48, 24)), image_size=(24, 24))
    y = dataset.train.y
    assert set(np.unique(y[:, :6])) == set(np.unique(y[:, 18:])) == {255}  # beside the picture
    np.testing.assert_array_equal(y[:, 6:18] == 1, dataset.train.x[:, 6:18, :, 0] >= 100)


def test_the_indices_of_a_palette_are_the_classes(tmp_path):
    folder = put(tmp_path / "cells")
    for path in (folder / "masks").iterdir():
        coloured = Image.fromarray((np.asarray(Image.open(path)) > 0).astype(np.uint8) * 3, mode="P")
        coloured.putpalette([9, 9, 9, 8, 8, 8, 7, 7, 7, 250, 0, 0])
        coloured.save(path)
    assert load_data(folder).task.labels == ("0", "3")


def test_pictures_are_cached_with_their_masks(tmp_path):
    folder = put(tmp_path / "cells")
    first = load_data(folder, cache=tmp_path / "cache")
    mask = next((folder / "masks").iterdir())
    Image.fromarray(255 - np.asarray(Image.open(mask))).save(mask)
    second = load_data(folder, cache=tmp_path / "cache")
    assert first.summary.fingerprint != second.summary.fingerprint
    assert load_data(folder, cache=tmp_path / "cache").summary == second.summary


def remove(folder, name):
    (folder / name).unlink()


def replace_by(picture, name="masks/3.png", **how):
    def change(folder):
        (folder / "masks" / "3.png").unlink()
        picture.save(folder / name, **how)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: remove(f, "masks/3.png"),
            "1 masks cannot be used:\n  images/3.png: no mask of the same name",
        ),
        (lambda f: remove(f, "images/3.png"), "1 masks without a picture of the same name:\n  masks/3.png"),
        (replace_by(Image.new("L", (SIDE, 9))), "masks/3.png: 24 x 9 pixels; its picture has 24 x 24"),
        (
            replace_by(Image.new("RGB", (SIDE, SIDE))),
            r"masks/3.png: colours \(mode RGB\); expected a palette",
        ),
        (replace_by(Image.new("L", (SIDE, SIDE)), "masks/3.jpg"), "masks/3.jpg: a mask saved as JPEG"),
        (lambda f: (f / "masks/3.png").write_bytes(b"<html>"), "masks/3.png: a web page with the suffix"),
        (lambda f: (f / "masks/3.png").write_bytes(b""), "masks/3.png: empty"),
    ],
)
def test_masks_that_cannot_be_used_are_named(tmp_path, change, message):
    folder = put(tmp_path / "cells")
    change(folder)
    with pytest.raises(DataError, match=f"(?s)^{folder}: .*{message}"):
        load_data(folder)


def test_two_masks_of_one_picture_are_refused(tmp_path):
    folder = put(tmp_path / "cells")
    Image.new("L", (SIDE, SIDE)).save(folder / "masks" / "3_mask.png")
    with pytest.raises(DataError, match="found 2 masks of one picture"):
        load_data(folder)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": {"label": "kind"}}, "columns and groups apply to CSV manifests only"),
        (
            {"task": "classification"},
            "which are for --task segmentation or --task instances; found classification",
        ),
    ],
)
def test_options_that_do_not_apply_are_refused(tmp_path, options, message):
    with pytest.raises(DataError, match=message):
        load_data(put(tmp_path / "cells"), **options)


def test_class_folders_are_still_class_folders(tmp_path):
    for name in ("images", "drawings"):
        (tmp_path / "kinds" / name).mkdir(parents=True)
        Image.new("L", (8, 8)).save(tmp_path / "kinds" / name / "0.png")
    assert list_pictures(tmp_path / "kinds").origin == "folder"


def test_the_check_reads_masks(tmp_path):
    report = check_data(put(tmp_path / "cells")).report
    assert report.targets == "2 classes for each position (segmentation)"
    assert not report.findings


def manifest(folder, header="path,mask", rows=lambda n: f"images/{n}.png,masks/{n}.png", count=12):
    """Write a manifest of pictures and their masks."""
    put(folder, count)
    path = folder / "list.csv"
    path.write_text("\n".join([header, *map(rows, range(count))]) + "\n")
    return path


def test_a_manifest_names_masks(tmp_path):
    path = manifest(tmp_path / "cells")
    dataset = load_data(path)
    assert dataset.task.labels == ("0", "200") and dataset.task.type == "segmentation"
    np.testing.assert_array_equal(dataset.train.x[..., 0] >= 110, dataset.train.y == 1)
    assert load_data(path, task="instances").task.labels == ("background", "object")


def test_a_manifest_of_masks_has_parts_groups_and_times(tmp_path):
    def row(number):
        part = "train" if number < 6 else "val" if number < 9 else "test"
        return f"images/{number}.png,masks/{number}.png,{part},{number // 3},{number}"

    path = manifest(tmp_path / "cells", "path,truth,split,group,time", row)
    columns = {"mask": "truth"}
    given = load_data(path, columns=columns).summary
    assert (given.examples, given.split_by) == ({"train": 6, "validation": 3, "test": 3}, "manifest")
    assert given.grouped_by == ("group",)
    assert load_data(path, columns=columns, split_by="random").summary.split_origin == "made"
    assert load_data(path, columns=columns, split_by="time").summary.split_by == "time"


def test_masks_beside_labels_are_read_if_they_are_wanted(tmp_path):
    def row(number):
        return f"images/{number}.png,masks/{number}.png,{'ab'[number % 2]}"

    path = manifest(tmp_path / "cells", "path,mask,label", row)
    assert load_data(path).task.type == "classification"
    assert load_data(path, task="segmentation").task.type == "segmentation"
    assert load_data(path, columns={"mask": "mask"}).task.type == "segmentation"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (lambda n: f"images/{n}.png,{'masks/3.png' if n else ''}", "missing path or mask:\n  line 2"),
        (lambda n: f"images/{n}.png,../{n}.png", "path outside of the manifest's folder .*:\n  line 2"),
        (lambda n: f"images/{n}.png,masks/none.png", "masks/none.png: no such file or directory"),
    ],
)
def test_masks_that_a_manifest_names_wrongly_are_refused(tmp_path, rows, message):
    path = manifest(tmp_path / "cells", rows=rows)
    with pytest.raises(DataError, match=f"(?s)^{path}: .*{message}"):
        load_data(path)


def test_masks_of_a_manifest_are_not_for_other_tasks(tmp_path):
    path = manifest(tmp_path / "cells")
    with pytest.raises(DataError, match="has masks, which are for --task segmentation or --task instances"):
        load_data(path, task="classification")


def test_a_changed_mask_of_a_manifest_changes_the_fingerprint(tmp_path):
    path = manifest(tmp_path / "cells")
    first = load_data(path).summary
    mask = tmp_path / "cells" / "masks" / "3.png"
    Image.fromarray(200 - np.asarray(Image.open(mask))).save(mask)
    assert load_data(path).summary.fingerprint != first.fingerprint
