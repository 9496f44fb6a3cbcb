"""Which pictures are the same: copies, pictures saved again or scaled; and which are not."""

import shutil

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from sklearn.datasets import load_digits

from cnnsearch.data.duplicates import conflicts, duplicates, groups, leaks
from cnnsearch.data.scan import scan
from tests.data.check.drawings import draw, fill, put, three_parts, two_classes


def grouped(root):
    """The files of a folder with the numbers of their groups."""
    files = scan(root).files
    return files, groups(files)


def number_of(files, numbers, name):
    """The group of the file that is called so."""
    return next(number for file, number in zip(files, numbers, strict=True) if file.path.name == name)


def are_together(found, one, other):
    return number_of(*found, one) == number_of(*found, other)


def test_copies_are_together(tmp_path):
    root = two_classes(tmp_path / "data")
    shutil.copy(root / "cat" / "3.png", root / "cat" / "copy.png")
    assert are_together(grouped(root), "3.png", "copy.png")


@pytest.mark.parametrize("quality", [30, 60, 90])
def test_a_picture_saved_again_as_jpeg_is_with_the_first(tmp_path, quality):
    root = two_classes(tmp_path / "data")
    put(root / "cat" / "again.jpg", draw(3), quality=quality)
    assert are_together(grouped(root), "3.png", "again.jpg")


@pytest.mark.parametrize("side", [32, 48, 96, 200])
def test_a_scaled_picture_is_with_the_first(tmp_path, side):
    root = two_classes(tmp_path / "data")
    put(root / "cat" / "scaled.png", draw(3).resize((side, side)))
    assert are_together(grouped(root), "3.png", "scaled.png")


def test_a_brightened_picture_is_with_the_first(tmp_path):
    root = two_classes(tmp_path / "data")
    put(root / "cat" / "bright.png", ImageEnhance.Brightness(draw(3)).enhance(1.15))
    assert are_together(grouped(root), "3.png", "bright.png")


def test_different_pictures_are_apart(tmp_path):
    fill(tmp_path / "data" / "cat", 0, 150)
    fill(tmp_path / "data" / "dog", 1000, 150)
    _, numbers = grouped(tmp_path / "data")
    assert len(np.unique(numbers)) == 300


def test_handwritten_digits_are_apart_though_their_hashes_are_near(tmp_path):
    for index, digit in enumerate(load_digits().images):
        picture = Image.fromarray((digit * 15.9).astype(np.uint8))
        put(tmp_path / "data" / str(index % 2) / f"{index}.png", picture)
    files, numbers = grouped(tmp_path / "data")
    hashes = np.array([file.phash for file in files], np.uint64)
    near = np.bitwise_count(hashes[:, None] ^ hashes[None]) <= 4
    assert near.sum() - len(files) > 100
    assert len(files) - len(np.unique(numbers)) <= 2


def test_blank_pictures_are_the_same_only_by_their_bytes(tmp_path):
    root = two_classes(tmp_path / "data")
    for name, color in (("white", 255), ("grey", 128), ("grey too", 128)):
        put(root / "cat" / f"{name}.png", Image.new("L", (40, 40), color))
    found = grouped(root)
    assert are_together(found, "grey.png", "grey too.png")
    assert not are_together(found, "grey.png", "white.png")


def test_unreadable_files_are_the_same_only_by_their_bytes(tmp_path):
    root = two_classes(tmp_path / "data")
    for name, content in (
        ("a.png", b"damaged"),
        ("b.png", b"damaged"),
        ("c.png", b"otherwise"),
        ("d.png", b""),
    ):
        (root / "cat" / name).write_bytes(content)
    found = grouped(root)
    assert are_together(found, "a.png", "b.png")
    assert not are_together(found, "a.png", "c.png")
    assert not are_together(found, "c.png", "d.png")


def test_two_thousand_duplicates_are_one_group(tmp_path):
    root = two_classes(tmp_path / "data")
    for index in range(1000):
        shutil.copy(root / "cat" / "3.png", root / "cat" / f"copy {index}.png")
        draw(3).save(root / "cat" / f"again {index}.jpg", quality=60, comment=str(index))
    files, numbers = grouped(root)
    [group] = duplicates(files, numbers)
    assert len(group.members) == 2001
    assert not group.exact


def test_a_group_is_exact_where_all_have_the_same_bytes(tmp_path):
    root = two_classes(tmp_path / "data")
    shutil.copy(root / "cat" / "3.png", root / "cat" / "copy.png")
    put(root / "dog" / "again.jpg", draw(1002))
    files, numbers = grouped(root)
    assert [group.exact for group in duplicates(files, numbers)] == [True, False]


def test_groups_are_numbered_in_order_of_appearance(tmp_path):
    root = two_classes(tmp_path / "data", count=3)
    shutil.copy(root / "cat" / "0.png", root / "dog" / "copy.png")
    _, numbers = grouped(root)
    assert numbers.tolist() == [0, 1, 2, 3, 4, 5, 0]
    assert numbers.dtype == np.int64


def test_no_files_make_no_groups():
    assert groups([]).shape == (0,)


def test_a_leak_names_the_held_out_picture_and_its_twin(tmp_path):
    root = three_parts(tmp_path / "data")
    shutil.copy(root / "train" / "cat" / "2.png", root / "test" / "cat" / "copy.png")
    put(root / "validation" / "dog" / "again.jpg", draw(1003), quality=70)
    files, numbers = grouped(root)
    found = {
        (files[leak.held].path.name, files[leak.seen].path.name, leak.exact) for leak in leaks(files, numbers)
    }
    assert found == {("copy.png", "2.png", True), ("again.jpg", "1003.png", False)}


def test_a_leak_from_validation_to_test_is_one_too(tmp_path):
    root = three_parts(tmp_path / "data")
    shutil.copy(root / "validation" / "cat" / "102.png", root / "test" / "cat" / "copy.png")
    files, numbers = grouped(root)
    [leak] = leaks(files, numbers)
    assert (files[leak.held].part, files[leak.seen].part) == ("test", "validation")


def test_duplicates_within_one_part_are_no_leak(tmp_path):
    root = three_parts(tmp_path / "data")
    shutil.copy(root / "test" / "cat" / "202.png", root / "test" / "cat" / "copy.png")
    assert leaks(*grouped(root)) == []


def test_data_without_given_parts_has_no_leaks(tmp_path):
    root = two_classes(tmp_path / "data")
    shutil.copy(root / "cat" / "3.png", root / "cat" / "copy.png")
    assert leaks(*grouped(root)) == []


def test_the_same_picture_under_two_labels_is_a_conflict(tmp_path):
    root = two_classes(tmp_path / "data")
    put(root / "dog" / "again.jpg", draw(1))
    shutil.copy(root / "cat" / "3.png", root / "dog" / "copy.png")
    files, numbers = grouped(root)
    found = [
        ({files[i].path.name for i in group.members}, group.exact) for group in conflicts(files, numbers)
    ]
    assert found == [({"3.png", "copy.png"}, True), ({"1.png", "again.jpg"}, False)]


def test_copies_under_one_label_are_no_conflict(tmp_path):
    root = two_classes(tmp_path / "data")
    shutil.copy(root / "cat" / "3.png", root / "cat" / "copy.png")
    assert conflicts(*grouped(root)) == []
