import hashlib

import numpy as np

from cnnsearch.data import packing
from cnnsearch.data.known_files import Facts
from cnnsearch.data.packing import ArrayFile, pack
from cnnsearch.data.pictures import PictureForm
from tests.data.helpers import write_picture

GREY = PictureForm("L", 6, 8)


def write_greys(folder, count=20):
    return [write_picture(folder / f"{color}.png", mode="L", color=color) for color in range(count)]


def packed(files, folder, facts=None):
    found = pack(files, facts or [Facts()] * len(files), GREY, folder / "x.npy")
    return found, np.load(folder / "x.npy")


def test_pictures_come_in_the_order_given_with_their_digests(tmp_path):
    files = write_greys(tmp_path)
    facts, x = packed(files, tmp_path)
    assert x[:, 0, 0, 0].tolist() == list(range(20))
    assert [fact.sha256 for fact in facts] == [
        hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    ]


def test_pieces_make_no_difference(tmp_path, monkeypatch):
    files = write_greys(tmp_path, 200)
    monkeypatch.setattr(packing, "_PIECE_BYTES", 1)  # then pieces are of 64
    assert packed(files, tmp_path)[1][:, 0, 0, 0].tolist() == list(range(200))


def test_a_bad_picture_leaves_no_row(tmp_path):
    files = write_greys(tmp_path, 5)
    files[2].write_bytes(files[2].read_bytes()[:-30])
    facts, x = packed(files, tmp_path)
    assert x[:, 0, 0, 0].tolist() == [0, 1, 3, 4]
    assert [bool(fact.problem) for fact in facts] == [False, False, True, False, False]


def test_a_picture_known_to_be_bad_is_not_tried(tmp_path):
    known = [Facts(), Facts(problem="known"), Facts()]
    facts, x = packed(write_greys(tmp_path, 3), tmp_path, known)
    assert (facts[1], x[:, 0, 0, 0].tolist()) == (known[1], [0, 2])


def test_no_pictures_give_an_empty_array(tmp_path):
    assert packed([], tmp_path)[1].shape == (0, 6, 8, 1)


def test_an_array_file_grows(tmp_path):
    with ArrayFile(tmp_path / "x.npy", (2,), np.dtype(np.uint8)) as file:
        for start in range(0, 2000, 100):
            file.append(np.arange(start, start + 200).astype(np.uint8).reshape(100, 2))
    assert np.load(tmp_path / "x.npy", mmap_mode="r").shape == (2000, 2)
