"""Pascal VOC folders: XML files, lists of the parts, and what is refused."""

import zipfile
from pathlib import Path

import pytest

from cnnsearch.data import load_data
from cnnsearch.data.reach import Reach
from cnnsearch.data.sources import SOURCES, find_source
from cnnsearch.data.sources.voc import list_voc
from cnnsearch.errors import DataError
from tests.data.annotated import (
    HEIGHT,
    WIDTH,
    bright_boxes,
    rectangle,
    voc_object,
    voc_text,
    write_pictures,
    write_voc,
)

BCCD = Path(__file__).parents[4] / "shared" / "data" / "bccd.zip"
"""364 real microscope pictures with their own lists of parts."""


def test_ends_are_pixels_counted_from_one(tmp_path):
    dataset = load_data(write_voc(tmp_path))
    assert dataset.task.type == "detection" and dataset.labels == ("cell", "dot")
    assert dataset.train.y[:, 0, :4].tolist() == bright_boxes(dataset.train.x)


@pytest.mark.parametrize("pictures", ["JPEGImages", "images"])
def test_a_folder_of_xml_files_is_voc(tmp_path, pictures):
    assert find_source(write_voc(tmp_path, 1, pictures=pictures)) is SOURCES["voc"]


def test_a_box_of_one_pixel_has_a_size(tmp_path):
    write_voc(tmp_path, 1)
    (tmp_path / "Annotations" / "0.xml").write_text(voc_text(voc_object((4, 5, 4, 5))))
    assert list_voc(tmp_path).entries[0].objects[0].box == (3, 4, 4, 5)


def lists(folder, **names):
    main = folder / "ImageSets" / "Main"
    main.mkdir(parents=True)
    for name, pictures in names.items():
        (main / f"{name}.txt").write_text("".join(f"{picture}\n" for picture in pictures))


def parts_of(folder):
    return [(entry.path.name, entry.part) for entry in list_voc(folder).entries]


def test_lists_are_parts(tmp_path, caplog):
    write_voc(tmp_path, 4)
    lists(tmp_path, train=["2"], val=["0  -1"], test=["3"], trainval=["0", "2"], cell_train=["1"])
    assert parts_of(tmp_path) == [("2.png", "train"), ("0.png", "validation"), ("3.png", "test")]
    (left_out,) = list_voc(tmp_path).left_out
    assert (left_out.kind, left_out.count, left_out.examples) == (
        "in no list of ImageSets",
        1,
        ("JPEGImages/1.png",),
    )


def test_a_list_of_train_and_val_is_divided(tmp_path):
    write_voc(tmp_path, 3)
    lists(tmp_path, trainval=["0", "1"], test=["2"])
    assert parts_of(tmp_path) == [("0.png", "train"), ("1.png", "train"), ("2.png", "test")]


def test_folders_of_parts_have_both(tmp_path):
    for start, part in enumerate(("train", "val")):
        write_voc(tmp_path / part, 1, start=start)
    assert parts_of(tmp_path) == [("0.png", "train"), ("1.png", "validation")]


def test_a_picture_without_a_file_has_no_objects(tmp_path, caplog):
    write_voc(tmp_path)
    (tmp_path / "Annotations" / "3.xml").unlink()
    load_data(tmp_path)
    assert caplog.messages == [f"{tmp_path}: 1 of 8 pictures have no objects"]


def test_a_size_of_zero_is_not_compared(tmp_path):
    write_voc(tmp_path, 1)
    (tmp_path / "Annotations" / "0.xml").write_text(voc_text(voc_object((1, 1, 4, 4)), size=(0, 0)))
    assert list_voc(tmp_path).entries[0].size is None


def test_another_size_is_refused(tmp_path):
    write_voc(tmp_path)
    (tmp_path / "Annotations" / "3.xml").write_text(voc_text(voc_object((1, 1, 4, 4)), size=(HEIGHT, WIDTH)))
    with pytest.raises(
        DataError, match=r"3\.png: annotated for 16 x 24 pixels; the upright picture has 24 x 16"
    ):
        load_data(tmp_path)


ENTITY = '<!DOCTYPE a [<!ENTITY b "c">]><annotation><object><name>&b;</name></object></annotation>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read as annotations in XML"),
        ("<annotation><object></annotation>", "cannot be read as annotations in XML"),
        ("<html/>", "found <html>; expected <annotation>"),
        (ENTITY, r".*found <!DOCTYPE; expected no definition of a document type or of entities"),
        ("<!DOCTYPE annotation><annotation/>", ".*found <!DOCTYPE"),
        (
            "<annotation><object><name>&b;</name></object></annotation>",
            "cannot be read as annotations in XML",
        ),
        (voc_text("<object><name> </name></object>"), "object 1: found no <name>"),
        (
            voc_text("<object><name>a</name></object>"),
            "object 1: <bndbox>: found xmin '', ymin ''.*expected numb",
        ),
        (voc_text(voc_object((1, 2, "x", 4))), "object 1: <bndbox>: found .*xmax 'x'.*; expected numbers"),
        (voc_text(voc_object((1, 2, "inf", 4))), "object 1: <bndbox>: found .*; expected finite numbers"),
    ],
)
def test_a_file_that_is_not_valid_is_named(tmp_path, text, message):
    write_voc(tmp_path, 2)
    (tmp_path / "Annotations" / "1.xml").write_text(text)
    with pytest.raises(DataError, match=f"^{tmp_path}: Annotations/1.xml: {message}"):
        list_voc(tmp_path)


def test_entities_are_refused_in_every_encoding(tmp_path):
    write_voc(tmp_path, 1)
    (tmp_path / "Annotations" / "0.xml").write_bytes(
        f'<?xml version="1.0" encoding="UTF-16"?>{ENTITY}'.encode("utf-16")
    )
    with pytest.raises(DataError, match="found <!DOCTYPE"):
        list_voc(tmp_path)


@pytest.mark.parametrize(
    ("box", "fault"),
    [
        ((5, 5, 4, 9), "a box of no size"),
        ((9, 2, 3, 4), "a box whose end is before its start"),
        ((30, 2, 40, 9), "a box outside of the picture of 24 x 16 pixels"),
    ],
)
def test_boxes_that_cannot_be_used_are_named(tmp_path, box, fault):
    write_voc(tmp_path)
    (tmp_path / "Annotations" / "3.xml").write_text(voc_text(voc_object(box)))
    with pytest.raises(DataError, match=rf"Annotations/3\.xml: object 1: {fault}"):
        load_data(tmp_path)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"train": ["0"], "val": ["0"]}, "0 is in two of the lists"),
        ({"train": ["0", "9"]}, "name 1 pictures that were not found:\n  9$"),
        ({"val": ["0"]}, r"found val\.txt in ImageSets/Main; expected also train\.txt or trainval\.txt"),
    ],
)
def test_lists_that_are_not_valid_are_refused(tmp_path, names, message):
    write_voc(tmp_path, 2)
    lists(tmp_path, **names)
    with pytest.raises(DataError, match=message):
        list_voc(tmp_path)


def test_a_file_without_a_picture_is_refused(tmp_path):
    write_voc(tmp_path, 2)
    (tmp_path / "JPEGImages" / "1.png").unlink()
    with pytest.raises(
        DataError, match=r"1 files of annotations without a picture .*:\n  Annotations/1\.xml"
    ):
        list_voc(tmp_path)


def test_two_pictures_of_one_name_are_refused(tmp_path):
    write_voc(tmp_path, 2)
    (tmp_path / "JPEGImages" / "1.jpg").touch()
    with pytest.raises(DataError, match="found two pictures of one name"):
        list_voc(tmp_path)


def test_links_out_of_the_folder_are_refused(tmp_path):
    write_voc(tmp_path / "elsewhere", 1)
    write_pictures(tmp_path / "set" / "images", 1)
    (tmp_path / "set" / "Annotations").mkdir()
    (tmp_path / "set" / "Annotations" / "0.xml").symlink_to(tmp_path / "elsewhere" / "Annotations" / "0.xml")
    with pytest.raises(DataError, match="links that lead out of the folder"):
        list_voc(tmp_path / "set")
    listing = list_voc(tmp_path / "set", reach=Reach(follow_links=True))
    x0, y0, x1, y1 = rectangle(0)
    assert listing.entries[0].objects[0].box == (x0, y0, x1, y1)


@pytest.mark.skipif(not BCCD.is_file(), reason="needs shared/data/bccd.zip")
def test_real_boxes_of_blood_cells_are_read(tmp_path, caplog):
    with zipfile.ZipFile(BCCD) as archive:
        archive.extractall(tmp_path)
    dataset = load_data(tmp_path / "BCCD")
    assert dataset.summary.examples == {"train": 205, "validation": 87, "test": 72}
    assert (dataset.labels, dataset.summary.split_by) == (("Platelets", "RBC", "WBC"), "folder")
    parts = (dataset.train, dataset.validation, dataset._test)
    assert sum(int((part.y[..., 4] >= 0).sum()) for part in parts) == 4888
    assert caplog.messages == []
