import logging
import shutil

import pytest

from cnnsearch.data.folders import list_folder, read_folder
from cnnsearch.errors import DataError
from tests.data.helpers import write_classes, write_picture


def names(listing, root, part="train"):
    return [path.relative_to(root).as_posix() for path in listing.files[part]]


def fingerprint(root):
    return read_folder(root, None, seed=0).fingerprint


def test_each_folder_is_a_class(tmp_path):
    listing = list_folder(write_classes(tmp_path, count=2))
    assert names(listing, tmp_path) == ["cat/0.png", "cat/1.png", "dog/0.png", "dog/1.png"]
    assert (listing.labels, listing.ys["train"].tolist()) == (("cat", "dog"), [0, 0, 1, 1])


@pytest.mark.parametrize("validation", ["validation", "val", "valid", "Valid"])
def test_part_folders_hold_the_classes(tmp_path, validation):
    for part in ("train", validation, "test"):
        write_classes(tmp_path / part, count=1)
    listing = list_folder(tmp_path)
    assert {part: names(listing, tmp_path, part) for part in listing.files} == {
        "train": ["train/cat/0.png", "train/dog/0.png"],
        "validation": [f"{validation}/cat/0.png", f"{validation}/dog/0.png"],
        "test": ["test/cat/0.png", "test/dog/0.png"],
    }


def test_a_class_that_a_part_lacks_keeps_its_index(tmp_path):
    write_classes(tmp_path / "train", count=1)
    write_classes(tmp_path / "test", ["dog"], count=2)
    assert list_folder(tmp_path).ys["test"].tolist() == [1, 1]


def test_a_class_may_be_called_train(tmp_path):
    assert list_folder(write_classes(tmp_path, ["bus", "train"])).labels == ("bus", "train")


def test_pictures_lie_at_any_depth(tmp_path):
    write_classes(tmp_path, count=1)
    write_picture(tmp_path / "cat" / "summer" / "june" / "5.JPG")
    assert "cat/summer/june/5.JPG" in names(list_folder(tmp_path), tmp_path)


@pytest.mark.parametrize(
    "hidden", [".cache/a.png", "__MACOSX/a.png", "cat/.a.png", "cat/.thumbs/a.png", "cat/__MACOSX/._a.png"]
)
def test_hidden_files_and_folders_are_passed_over(tmp_path, hidden):
    before = list_folder(write_classes(tmp_path, count=1))
    write_picture(tmp_path / hidden)
    after = list_folder(tmp_path)
    assert (after.labels, after.files) == (before.labels, before.files)


@pytest.mark.parametrize("link", ["loop", "cat/loop"])
def test_links_back_are_not_followed(tmp_path, link):
    before = list_folder(write_classes(tmp_path, count=2))
    (tmp_path / link).symlink_to(tmp_path)
    assert list_folder(tmp_path).files == before.files


def test_a_class_may_be_a_link_to_another_place(tmp_path):
    root = write_classes(tmp_path / "set", ["cat"])
    write_classes(tmp_path / "elsewhere", ["dogs"])
    (root / "dog").symlink_to(tmp_path / "elsewhere" / "dogs")
    assert list_folder(root).labels == ("cat", "dog")


def test_what_is_no_picture_is_left_out_with_a_warning(tmp_path, caplog):
    write_classes(tmp_path, count=1)
    for name in ("cat/notes.txt", "cat/more.txt", "dog/README"):
        (tmp_path / name).touch()
    with caplog.at_level(logging.WARNING):
        assert len(list_folder(tmp_path).files["train"]) == 2
    assert caplog.messages == [f"{tmp_path}: files that are no pictures were left out: 2 .txt, 1 (no suffix)"]


def test_a_folder_without_pictures_is_left_out_with_a_warning(tmp_path, caplog):
    write_classes(tmp_path, count=1)
    (tmp_path / "empty").mkdir()
    with caplog.at_level(logging.WARNING):
        assert list_folder(tmp_path).labels == ("cat", "dog")
    assert caplog.messages == [f"{tmp_path}: no pictures in empty, left out"]


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"no class folders with pictures \(0 pictures lie loose\); expected a folder"
    ):
        list_folder(tmp_path)


def test_loose_pictures_are_refused(tmp_path):
    write_picture(tmp_path / "a.png")
    with pytest.raises(
        DataError, match=r"no class folders with pictures \(1 pictures lie loose\); expected a folder"
    ):
        list_folder(tmp_path)


def test_loose_pictures_beside_class_folders_are_left_out_with_a_warning(tmp_path, caplog):
    write_picture(write_classes(tmp_path, count=1) / "a.png")
    with caplog.at_level(logging.WARNING):
        assert len(list_folder(tmp_path).files["train"]) == 2
    assert caplog.messages == [f"{tmp_path}: 1 pictures beside the class folders were left out"]


def test_parts_without_class_folders_are_not_taken_for_classes(tmp_path):
    write_classes(tmp_path, ["train", "test"])
    with pytest.raises(DataError, match=r"no class folders with pictures \(5 pictures lie loose\)"):
        list_folder(tmp_path)


def test_an_unlabelled_test_folder_is_named(tmp_path):
    write_classes(tmp_path / "train")
    write_picture(tmp_path / "test" / "a.png")
    with pytest.raises(DataError, match=r"test: no class folders with pictures \(1 pictures lie loose\)"):
        list_folder(tmp_path)


@pytest.mark.parametrize("others", [("train", "extra"), ("train", "val", "valid"), ("test",)])
def test_other_folders_beside_the_parts_are_refused(tmp_path, others):
    for part in others:
        write_classes(tmp_path / part)
    with pytest.raises(
        DataError, match=rf"holds the folders {', '.join(sorted(others))}; expected a folder for each"
    ):
        list_folder(tmp_path)


def test_one_class_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"one class only \(cat\); at least two were expected\.$"):
        read_folder(write_classes(tmp_path, ["cat"]), None, seed=0)


def test_the_training_pictures_alone_decide_the_form(tmp_path):
    write_classes(tmp_path / "train", count=4, mode="L", color=7, size=(9, 5))
    write_classes(tmp_path / "test", count=9, size=(50, 50))
    content = read_folder(tmp_path, None, seed=0)
    assert (content.channel_mode, content.image_size) == ("L", (5, 9))


def test_every_split_has_its_pictures(tmp_path):
    content = read_folder(write_classes(tmp_path, count=10), None, seed=0)
    assert {part: split.x.shape for part, split in content.splits.items()} == {
        "train": (12, 6, 8, 3),
        "validation": (4, 6, 8, 3),
        "test": (4, 6, 8, 3),
    }


def test_pictures_keep_their_labels(tmp_path):
    content = read_folder(write_classes(tmp_path), None, seed=0)  # green 0 for cat, 100 for dog
    assert all((split.x[:, 0, 0, 1] == 100 * split.y).all() for split in content.splits.values())


def test_the_fingerprint_does_not_depend_on_the_place(tmp_path):
    root = write_classes(tmp_path / "here")
    assert fingerprint(root) == fingerprint(shutil.copytree(root, tmp_path / "there"))


def test_a_renamed_class_changes_the_fingerprint(tmp_path):
    before = fingerprint(write_classes(tmp_path))
    (tmp_path / "dog").rename(tmp_path / "wolf")
    assert fingerprint(tmp_path) != before


def test_a_changed_picture_changes_the_fingerprint(tmp_path):
    before = fingerprint(write_classes(tmp_path))
    write_picture(tmp_path / "dog" / "0.png", color=(1, 2, 3))
    assert fingerprint(tmp_path) != before
