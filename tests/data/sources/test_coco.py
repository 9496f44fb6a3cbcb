"""COCO files: where pictures are, the parts, and what is refused."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsearch.data import load_data
from cnnsearch.data.annotations import Region
from cnnsearch.data.object_arrays import boxes_of
from cnnsearch.data.reach import Reach
from cnnsearch.data.sources import SOURCES, find_source
from cnnsearch.data.sources.coco import list_coco
from cnnsearch.data.sources.coco_file import read_coco
from cnnsearch.errors import DataError
from tests.data.annotated import (
    HEIGHT,
    WIDTH,
    coco_content,
    polygon,
    write_coco,
    write_json,
    write_pictures,
)
from tests.data.helpers import write_classes

NUMBERS = st.floats(0, 500, width=32)
MOUSE = Path(__file__).parents[4] / "shared" / "data" / "mouse_keypoints.zip"
"""116 real frames of a mouse with four keypoints."""
BOXES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 2), NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=9
)


@settings(max_examples=50, deadline=None)
@given(BOXES)
def test_boxes_read_back(tmp_path_factory, boxes):
    folder = tmp_path_factory.mktemp("coco")
    images = [{"id": f"i{n}", "file_name": f"{n}.png"} for n in range(6)]
    annotations = [
        {"id": n, "image_id": f"i{image}", "category_id": kind, "bbox": list(box)}
        for n, (image, kind, *box) in enumerate(boxes)
    ]
    categories = [{"id": n, "name": name} for n, name in enumerate("cab")]
    content = {"images": images, "annotations": annotations, "categories": categories}
    for image in images:
        (folder / image["file_name"]).touch()
    listing = list_coco(write_json(folder / "boxes.json", content))
    found = [
        (int(entry.path.stem), "cab".index(one.category), *one.box)
        for entry in listing.entries
        for one in entry.objects
    ]
    assert sorted(found) == sorted((i, kind, x, y, x + w, y + h) for i, kind, x, y, w, h in boxes)
    assert listing.categories == ("c", "a", "b")
    assert int((boxes_of(listing)[..., 4] >= 0).sum()) == len(boxes)


@pytest.mark.parametrize(
    ("name", "pictures"),
    [
        ("list.json", "."),
        ("list.json", "images"),
        ("annotations/instances_val2017.json", "val2017"),
        ("annotations/instances_val2017.json", "images/val"),
        ("annotations/instances_val2017.json", "images"),
        ("annotations/all.json", "annotations"),
    ],
)
def test_pictures_are_found(tmp_path, name, pictures):
    write_pictures(tmp_path / pictures, 3)
    listing = list_coco(write_json(tmp_path / name, coco_content(3)))
    files = [listing.root / entry.path for entry in listing.entries]
    assert files == [tmp_path / pictures / f"{n}.png" for n in range(3)]
    assert {entry.part for entry in listing.entries} == {""}


def test_a_file_is_given_from_its_own_folder(tmp_path, monkeypatch):
    write_pictures(tmp_path / "images", 1)
    write_json(tmp_path / "annotations" / "all.json", coco_content(1))
    monkeypatch.chdir(tmp_path / "annotations")
    listing = list_coco(Path("all.json"))
    assert listing.root / listing.entries[0].path == tmp_path / "images" / "0.png"


def test_a_name_may_have_folders(tmp_path):
    write_pictures(tmp_path / "frames" / "left", 1)
    content = coco_content(1)
    content["images"][0]["file_name"] = "frames/left/0.png"
    (entry,) = list_coco(write_json(tmp_path / "list.json", content)).entries
    assert entry.path == Path("frames/left/0.png")


def parts_of(folder, task=None):
    return [(entry.path.as_posix(), entry.part) for entry in list_coco(folder, task=task).entries]


def test_files_of_a_folder_are_parts(tmp_path):
    for start, part in enumerate(("val2017", "train2017", "test2017")):
        write_pictures(tmp_path / part, 1, start=start)
        write_json(tmp_path / "annotations" / f"instances_{part}.json", coco_content(1, start=start))
    assert find_source(tmp_path) is SOURCES["coco"]
    assert parts_of(tmp_path) == [
        ("train2017/1.png", "train"),
        ("val2017/0.png", "validation"),
        ("test2017/2.png", "test"),
    ]


def test_files_in_the_folders_of_parts_are_parts(tmp_path):
    for start, part in enumerate(("train", "valid", "test")):
        write_pictures(tmp_path / part, 5, start=5 * start)
        write_json(tmp_path / part / "_annotations.coco.json", coco_content(5, start=5 * start))
    dataset = load_data(tmp_path)
    assert dataset.summary.examples == {"train": 5, "validation": 5, "test": 5}
    assert (dataset.summary.split_by, dataset.summary.split_origin) == ("folder", "given")
    assert load_data(tmp_path, split_by="random").summary.split_origin == "made"


def test_a_folder_with_one_file_is_not_divided(tmp_path):
    write_coco(tmp_path, 2)
    assert find_source(tmp_path) is SOURCES["coco"]
    assert parts_of(tmp_path) == [("images/0.png", ""), ("images/1.png", "")]


def test_the_task_chooses_between_files_of_one_part(tmp_path):
    write_pictures(tmp_path / "images", 2)
    for start, kind in enumerate(("captions", "instances", "person_keypoints")):
        content = coco_content(1, start=min(start, 1))
        content["images"][0]["file_name"] = f"{start // 2}.png"
        write_json(tmp_path / "annotations" / f"{kind}_train.json", content)
    assert parts_of(tmp_path) == [("images/0.png", "train")]
    assert parts_of(tmp_path, "keypoints") == [("images/1.png", "train")]


@pytest.mark.parametrize(
    "names", [("instances_val.json",), ("a_train.json", "b_train.json"), ("x.json", "y.json")]
)
def test_files_without_a_clear_part_are_refused(tmp_path, names):
    for name in names:
        write_json(tmp_path / "annotations" / name, coco_content(1))
    with pytest.raises(DataError, match=f"found the files\n  annotations/{names[0]}(?s:.*)expected one file"):
        list_coco(tmp_path)


def test_class_folders_with_another_json_file_stay_class_folders(tmp_path):
    write_classes(tmp_path)
    write_json(tmp_path / "names_of_classes.json", {"cat": 1})
    assert find_source(tmp_path) is SOURCES["folder"]


def test_files_of_parts_share_their_categories_by_name(tmp_path):
    write_pictures(tmp_path / "images", 2)
    other = coco_content(1, start=1)
    other["categories"] = [{"id": 1, "name": "speck"}, {"id": 7, "name": "cell"}]
    write_json(tmp_path / "annotations" / "train.json", coco_content(1))
    write_json(tmp_path / "annotations" / "val.json", other)
    listing = list_coco(tmp_path)
    assert listing.categories == ("cell", "dot", "speck")
    assert [one.category for entry in listing.entries for one in entry.objects] == ["cell", "cell"]


def test_keypoints_have_the_names_of_their_category(tmp_path):
    content = coco_content(1, keypoints=lambda n: [1, 2, 2, 5, 6, 0], num_keypoints=lambda n: 1)
    content["categories"][0]["keypoints"] = ["nose", "tail"]
    (tmp_path / "0.png").touch()
    listing = list_coco(write_json(tmp_path / "list.json", content))
    assert listing.keypoints == ("nose", "tail")
    assert listing.entries[0].objects[0].keypoints == ((1, 2, 2), (0, 0, 0))


def test_categories_with_different_keypoints_are_refused(tmp_path):
    content = coco_content(1)
    content["categories"][0]["keypoints"], content["categories"][1]["keypoints"] = ["nose"], ["top", "end"]
    (tmp_path / "0.png").touch()
    path = write_json(tmp_path / "list.json", content)
    with pytest.raises(DataError, match="different keypoints:\n  cell: nose\n  dot: top, end\n"):
        list_coco(path)
    assert list_coco(path, task="detection").keypoints == ()


def test_regions_are_polygons_or_run_lengths(tmp_path):
    content = coco_content(3, segmentation=lambda n: [polygon(n)])
    size = [HEIGHT, WIDTH]
    content["annotations"][1]["segmentation"] = {"size": size, "counts": [84, 300]}
    content["annotations"][2]["segmentation"] = {"size": size, "counts": "d2\\9"}
    picture = read_coco(write_json(tmp_path / "a.json", content), "a.json").pictures
    assert [one.region for entry in picture for one in entry.objects] == [
        Region((tuple(map(float, polygon(0))),)),
        Region(counts=(84, 300), size=(HEIGHT, WIDTH)),
        Region(counts="d2\\9", size=(HEIGHT, WIDTH)),
    ]


def without(key):
    return lambda record: record.pop(key)


def having(**values):
    return lambda record: record.update(values)


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        (
            "annotations",
            having(image_id=9),
            "annotation 1: found the image_id 9, which is not in the list images",
        ),
        ("annotations", without("image_id"), "annotation 1: found no image_id"),
        ("annotations", without("category_id"), "annotation 1: found no category_id"),
        ("annotations", without("bbox"), "annotation 1: found none of bbox, segmentation and keypoints"),
        (
            "annotations",
            having(bbox=[1, 2, 3]),
            "annotation 1: bbox: found .1, 2, 3.; expected x, y, width, height",
        ),
        (
            "annotations",
            having(bbox=[1, 2, 3, "4"]),
            "annotation 1: bbox: found .1, 2, 3, '4'.; expected x, y",
        ),
        ("annotations", having(bbox=[10**400, 2, 3, 4]), "annotation 1: bbox: found .10+"),
        (
            "annotations",
            having(bbox=[1, 2, 3, float("nan")]),
            "annotation 1: bbox: found .*nan.; expected x, y",
        ),
        ("annotations", having(keypoints=[1, 2]), "annotation 1: found 2 numbers of keypoints; expected 0"),
        (
            "annotations",
            having(segmentation=[[1, 2, 3, 4, 5]]),
            "annotation 1: segmentation: found a polygon of 5 numbers; expected x and y of each point",
        ),
        (
            "annotations",
            having(segmentation=[1, 2]),
            "annotation 1: segmentation: found 1; expected lists of x, y",
        ),
        (
            "annotations",
            having(segmentation="no"),
            "annotation 1: segmentation: found 'no'; expected polygons",
        ),
        (
            "annotations",
            having(segmentation={"size": [4, 4], "counts": [3, 13]}),
            r"annotation 1: .* run lengths of size \[4, 4\]; expected the height and width .*\[16, 24\]",
        ),
        (
            "annotations",
            having(segmentation={"size": [4, 0], "counts": [0]}),
            r"annotation 1: segmentation, size: found \[4, 0\]; expected height and width",
        ),
        ("images", without("file_name"), "image 101: found no file_name"),
        ("images", without("id"), "image number 1: found no id"),
        ("images", having(id=100), "image number 1: found the id 100 a second time"),
        ("images", having(width=0), "image 101: found the height 16 and width 0; expected whole numbers"),
        ("images", having(file_name=7), "image 101: file_name: found 7; expected the path of a picture"),
        ("categories", without("name"), "category number 1: found no name"),
        ("categories", having(id=3), "category number 1: found the id 3 a second time"),
        ("categories", having(keypoints=[1]), "category number 1: keypoints: expected a list of names"),
    ],
)
def test_a_record_that_is_not_valid_is_named(tmp_path, kind, change, message):
    content = coco_content(2)
    change(content[kind][1])
    path = write_json(tmp_path / "list.json", content)
    with pytest.raises(DataError, match=f"^{path}: {message}"):
        list_coco(path)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (
            [1, 2, 2],
            "found 3 numbers of keypoints; expected 6: three for each of the 2 keypoints of .* 'cell'",
        ),
        ([1, 2, 2, 5, 6, 3], "keypoints: found the visibility 3; expected 0, 1 or 2"),
    ],
)
def test_keypoints_that_are_not_valid_are_named(tmp_path, points, message):
    content = coco_content(1, keypoints=lambda n: points)
    content["categories"][0]["keypoints"] = ["nose", "tail"]
    with pytest.raises(DataError, match=f"^{tmp_path}/list.json: annotation 0: {message}"):
        list_coco(write_json(tmp_path / "list.json", content))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read as a COCO file"),
        ("[1]", "found list; expected the lists images, annotations, categories"),
        ('{"images": [], "annotations": []}', "found no categories; expected the lists"),
        ('{"images": [], "annotations": {}, "categories": []}', "annotations: expected a list of objects"),
        ('{"images": [3], "annotations": [], "categories": []}', "images: expected a list of objects"),
        ('{"images": [], "annotations": [], "categories": []}', "found no pictures in the list `images`"),
    ],
)
def test_what_is_no_coco_file_is_refused(tmp_path, text, message):
    path = tmp_path / "list.json"
    path.write_text(text)
    with pytest.raises(DataError, match=f"^{path}: {message}"):
        list_coco(path)


def test_pictures_that_are_nowhere_are_refused_with_the_folders(tmp_path):
    path = write_json(tmp_path / "list.json", coco_content(2))
    (tmp_path / "images").mkdir()
    with pytest.raises(
        DataError,
        match=f"none of the 2 pictures, such as 0.png, in the folders\n  {tmp_path}\n  {tmp_path}/images",
    ):
        list_coco(path)


def test_a_missing_picture_is_an_unreadable_file(tmp_path):
    path = write_coco(tmp_path)
    (tmp_path / "images" / "3.png").unlink()
    with pytest.raises(
        DataError, match=r"1 of 8 files cannot be read as images:\n  images/3\.png: no such file"
    ):
        load_data(path)


@pytest.mark.parametrize("is_absolute", [True, False])
def test_pictures_outside_of_the_folder_are_refused(tmp_path, is_absolute):
    write_pictures(tmp_path / "elsewhere", 1)
    content = coco_content(1)
    name = str(tmp_path / "elsewhere" / "0.png") if is_absolute else "../elsewhere/0.png"
    content["images"][0]["file_name"] = name
    path = write_json(tmp_path / "set" / "list.json", content)
    with pytest.raises(
        DataError, match=f"found pictures outside of the folder {tmp_path}/set .*:\n  {name}$"
    ):
        list_coco(path)
    assert len(list_coco(path, reach=Reach(tmp_path / "elsewhere")).entries) == 1


def test_links_out_of_the_folder_are_refused(tmp_path):
    write_coco(tmp_path / "elsewhere", 1)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "images").symlink_to(tmp_path / "elsewhere" / "images")
    path = write_json(tmp_path / "set" / "list.json", coco_content(1))
    with pytest.raises(DataError, match="found pictures outside of the folder"):
        list_coco(path)
    assert len(list_coco(path, reach=Reach(follow_links=True)).entries) == 1
    (tmp_path / "set" / "annotations.json").symlink_to(tmp_path / "elsewhere" / "annotations.json")
    with pytest.raises(DataError, match=r"annotations\.json leads out of the folder"):
        list_coco(tmp_path / "set")


def test_the_data_root_has_pictures(tmp_path):
    write_pictures(tmp_path / "elsewhere" / "images", 2)
    path = write_json(tmp_path / "set" / "list.json", coco_content(2))
    listing = list_coco(path, reach=Reach(tmp_path / "elsewhere"))
    assert listing.root / listing.entries[1].path == tmp_path / "elsewhere" / "images" / "1.png"


def test_a_picture_in_two_parts_is_refused(tmp_path):
    write_pictures(tmp_path / "images", 1)
    for part in ("train", "val"):
        write_json(tmp_path / "annotations" / f"{part}.json", coco_content(1))
    with pytest.raises(DataError, match=f"listed twice:\n  {tmp_path}/images/0.png"):
        list_coco(tmp_path)


def test_columns_are_refused(tmp_path):
    with pytest.raises(DataError, match="apply to CSV manifests only; found a file of annotations"):
        list_coco(write_coco(tmp_path), {"path": "file"})


@pytest.mark.skipif(not MOUSE.is_file(), reason="needs shared/data/mouse_keypoints.zip")
def test_real_keypoints_of_a_mouse_are_read(tmp_path):
    with zipfile.ZipFile(MOUSE) as archive:
        archive.extractall(tmp_path)
    dataset = load_data(tmp_path)
    assert sum(dataset.summary.examples.values()) == 116
    assert dataset.labels == ("snout", "leftear", "rightear", "tailbase")
    assert dataset.task.type == "keypoints"


def test_a_polygon_of_two_points_has_no_area_and_its_box_is_read(tmp_path):
    for number in range(2):
        (tmp_path / f"{number}.png").touch()
    content = coco_content(2, segmentation=lambda n: [[1, 2, 3, 4]])
    listing = list_coco(write_json(tmp_path / "list.json", content))
    objects = [one for entry in listing.entries for one in entry.objects]
    assert objects and all(one.region is None and one.box is not None for one in objects)
