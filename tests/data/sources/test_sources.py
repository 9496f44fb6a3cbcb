import numpy as np
import pytest

from cnnsearch.data.sources import SOURCES, find_source, list_pictures
from cnnsearch.data.sources.digits import read_digits
from cnnsearch.errors import DataError
from tests.data.helpers import write_classes, write_npz


def test_digits_span_the_range_of_uint8():
    x, _ = read_digits()["train"]
    assert (x.dtype, x.min(), x.max(), x.shape) == (np.uint8, 0, 255, (1797, 8, 8))


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        ("digits", "digits"),
        ("./digits", "folder"),
        ("keras:mnist", "keras"),
        ("some.npz", "npz"),
        ("some.NPZ", "npz"),
        ("list.csv", "manifest"),
    ],
)
def test_an_argument_is_of_one_source(tmp_path, monkeypatch, argument, name):
    monkeypatch.chdir(tmp_path)
    write_classes(tmp_path / "digits", count=1)
    write_npz(tmp_path / "some.npz", x=np.zeros(3))
    (tmp_path / "some.npz").with_suffix(".NPZ").write_bytes((tmp_path / "some.npz").read_bytes())
    (tmp_path / "list.csv").touch()
    assert find_source(argument) is SOURCES[name]


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "set.txt"
    path.write_text("1,2\n")
    expected = r"set\.txt: unknown format; expected an \.npz file, a COCO .* or a CSV manifest\.$"
    with pytest.raises(DataError, match=expected):
        find_source(path)


def test_arrays_are_no_pictures():
    formats = (
        "a COCO file or a folder of COCO files, a Pascal VOC folder, a YOLO folder, a folder of images and a "
        "folder of masks, a folder of class folders or a CSV manifest"
    )
    with pytest.raises(DataError, match=rf"^digits: expected {formats}\.$"):
        list_pictures("digits")
