import os
from pathlib import Path

import pytest

from cnnsearch.data.reach import Reach, tell_links
from cnnsearch.data.sources.folder import list_all, list_folder
from cnnsearch.errors import DataError
from tests.data.helpers import write_classes, write_picture


def names(listing, part=""):
    return [entry.path.as_posix() for entry in listing.entries if entry.part == part]


def left_out(listing):
    return {kind.kind: (kind.count, kind.examples) for kind in listing.left_out}


def test_each_folder_is_a_class(tmp_path):
    listing = list_folder(write_classes(tmp_path, count=2))
    assert names(listing) == ["cat/0.png", "cat/1.png", "dog/0.png", "dog/1.png"]
    assert [entry.label for entry in listing.entries] == ["cat", "cat", "dog", "dog"]


@pytest.mark.parametrize("validation", ["validation", "val", "valid", "Valid"])
def test_part_folders_hold_the_classes(tmp_path, validation):
    for part in ("train", validation, "test"):
        write_classes(tmp_path / part, count=1)
    listing = list_folder(tmp_path)
    assert {part: names(listing, part) for part in ("train", "validation", "test")} == {
        "train": ["train/cat/0.png", "train/dog/0.png"],
        "validation": [f"{validation}/cat/0.png", f"{validation}/dog/0.png"],
        "test": ["test/cat/0.png", "test/dog/0.png"],
    }


def test_a_class_may_be_called_train(tmp_path):
    assert list_folder(write_classes(tmp_path, ["bus", "train"])).labels == ("bus", "train")


def test_pictures_lie_at_any_depth(tmp_path):
    write_classes(tmp_path, count=1)
    write_picture(tmp_path / "cat" / "summer" / "june" / "5.JPG")
    assert "cat/summer/june/5.JPG" in names(list_folder(tmp_path))


@pytest.mark.parametrize(
    "hidden", [".cache/a.png", "__MACOSX/a.png", "cat/.a.png", "cat/.thumbs/a.png", "cat/__MACOSX/._a.png"]
)
def test_hidden_files_and_folders_are_passed_over(tmp_path, hidden):
    before = list_folder(write_classes(tmp_path, count=1))
    write_picture(tmp_path / hidden)
    after = list_folder(tmp_path)
    assert after.entries == before.entries
    assert sum(kind.count for kind in after.left_out) == 1


@pytest.mark.parametrize("link", ["loop", "cat/loop"])
def test_links_back_are_not_followed(tmp_path, link):
    before = list_folder(write_classes(tmp_path, count=2))
    (tmp_path / link).symlink_to(tmp_path)
    after = list_folder(tmp_path)
    assert after.entries == before.entries
    assert left_out(after) == {"link back": (1, (link,))}


def test_a_loop_of_links_ends(tmp_path):
    write_classes(tmp_path, count=1)
    (tmp_path / "cat" / "one").symlink_to(tmp_path / "dog")
    (tmp_path / "dog" / "two").symlink_to(tmp_path / "cat")
    assert len(list_folder(tmp_path).entries) == 2


@pytest.mark.parametrize("link", ["bird", "cat/more"])
def test_a_link_to_a_folder_elsewhere_is_refused(tmp_path, link):
    root = write_classes(tmp_path / "set")
    write_classes(tmp_path / "elsewhere", ["birds"])
    (root / link).symlink_to(tmp_path / "elsewhere" / "birds")
    with pytest.raises(DataError, match=rf"found links that lead out .*\n  {link}\nCopy their targets"):
        list_folder(root)


def test_a_link_to_a_file_elsewhere_is_refused(tmp_path):
    root = write_classes(tmp_path / "set")
    (root / "cat" / "link.png").symlink_to(write_picture(tmp_path / "elsewhere.png"))
    with pytest.raises(DataError, match=r"links that lead out of the folder.*\n  cat/link\.png\n"):
        list_folder(root)


def test_a_link_to_a_file_in_the_folder_is_a_picture(tmp_path):
    write_classes(tmp_path, count=1)
    (tmp_path / "dog" / "link.png").symlink_to(tmp_path / "cat" / "0.png")
    assert "dog/link.png" in names(list_folder(tmp_path))


def test_the_folder_itself_may_be_a_link(tmp_path):
    write_classes(tmp_path / "set", count=1)
    (tmp_path / "link").symlink_to(tmp_path / "set")
    assert names(list_folder(tmp_path / "link")) == ["cat/0.png", "dog/0.png"]


def test_unicode_and_very_long_names_are_kept(tmp_path):
    name = "\u732b" * 80 + ".png"  # 244 bytes, near the longest there is
    write_classes(tmp_path, ["\u00e4 \U0001f431", "dog"], count=1)
    write_picture(tmp_path / "dog" / name)
    assert f"dog/{name}" in names(list_folder(tmp_path))
    assert list_folder(tmp_path).labels == ("dog", "\u00e4 \U0001f431")


def test_names_that_are_no_unicode_are_kept(tmp_path):
    write_classes(tmp_path, count=1)
    path = os.fsencode(tmp_path / "cat") + b"/\xff.png"
    Path(os.fsdecode(path)).touch()
    assert os.fsdecode(b"cat/\xff.png") in names(list_folder(tmp_path))


def test_what_is_no_picture_is_left_out_and_counted(tmp_path):
    write_classes(tmp_path, count=1)
    for name in ("cat/notes.txt", "cat/more.TXT", "dog/README"):
        (tmp_path / name).touch()
    assert left_out(list_folder(tmp_path)) == {
        "no image (.txt)": (2, ("cat/more.TXT", "cat/notes.txt")),
        "no image (no suffix)": (1, ("dog/README",)),
    }


def test_a_folder_without_pictures_is_no_class(tmp_path):
    write_classes(tmp_path, count=1)
    (tmp_path / "empty").mkdir()
    listing = list_folder(tmp_path)
    assert (listing.labels, listing.empty) == (("cat", "dog"), ("empty",))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(
        DataError,
        match=r"found no class folders with images, and 0 images outside of folders; expected a folder",
    ):
        list_folder(tmp_path)


def test_loose_pictures_are_refused(tmp_path):
    write_picture(tmp_path / "a.png")
    with pytest.raises(
        DataError,
        match=r"found no class folders with images, and 1 images outside of folders; expected a folder",
    ):
        list_folder(tmp_path)


@pytest.mark.parametrize("folder", ["", "train"])
def test_loose_pictures_beside_folders_are_left_out_and_counted(tmp_path, folder):
    write_picture(write_classes(tmp_path / "train", count=1).parent / folder / "a.png")
    listing = list_folder(tmp_path)
    assert len(listing.entries) == 2
    assert left_out(listing)["beside the class folders"][0] == 1


def test_parts_without_class_folders_are_not_taken_for_classes(tmp_path):
    write_classes(tmp_path, ["train", "test"])
    with pytest.raises(DataError, match=r"found no class folders with images, and 5 images outside"):
        list_folder(tmp_path)


def test_an_unlabelled_test_folder_is_named(tmp_path):
    write_classes(tmp_path / "train")
    write_picture(tmp_path / "test" / "a.png")
    with pytest.raises(DataError, match=r"test: found no class folders with images, and 1 images outside"):
        list_folder(tmp_path)


@pytest.mark.parametrize("others", [("train", "extra"), ("train", "val", "valid"), ("test",)])
def test_other_folders_beside_the_parts_are_refused(tmp_path, others):
    for part in others:
        write_classes(tmp_path / part)
    with pytest.raises(
        DataError, match=rf"found the folders {', '.join(sorted(others))}; expected a folder for each"
    ):
        list_folder(tmp_path)


@pytest.fixture
def farm(tmp_path):
    """A folder of links: to a file and to a folder, which are in another folder."""
    root, store = tmp_path / "set", tmp_path / "store"
    write_picture(root / "cat" / "0.png")
    write_picture(store / "cats" / "1.png")
    write_picture(store / "dogs" / "2.png")
    (root / "cat" / "1.png").symlink_to(store / "cats" / "1.png")
    (root / "dog").symlink_to(store / "dogs")
    return root, store


def test_followed_links_are_pictures_and_folders_and_their_place_is_named(farm, caplog):
    root, store = farm
    assert names(list_folder(root, reach=Reach(follow_links=True))) == ["cat/0.png", "cat/1.png", "dog/2.png"]
    assert caplog.messages == [f"{root}: follows links of 2 paths, to {store}"]


@pytest.mark.parametrize("target", ["", "store", "store/dogs", "set"])
def test_followed_links_in_a_loop_end(farm, target):
    root, store = farm
    (store / "dogs" / "loop").symlink_to(root.parent / target)
    listing = list_folder(root, reach=Reach(follow_links=True))
    assert names(listing) == ["cat/0.png", "cat/1.png", "dog/2.png"]
    assert left_out(listing) == {"link back": (1, ("dog/loop",))}


def test_all_pictures_of_a_folder_follow_the_same_rule(farm):
    root, _ = farm
    with pytest.raises(DataError, match="allow them with --follow-links"):
        list_all(root)
    found = list_all(root, Reach(follow_links=True))
    assert found == [root / "cat" / "0.png", root / "cat" / "1.png", root / "dog" / "2.png"]


def test_a_link_into_a_folder_that_was_followed_lists_nothing_twice(tmp_path):
    root = write_classes(tmp_path / "set", ["cat"], count=2)
    pool = write_classes(tmp_path / "pool", ["a", "b"], count=4)
    (root / "bird").symlink_to(pool)
    (pool / "b" / "again").symlink_to(pool / "a")
    listing = list_folder(root, reach=Reach(follow_links=True))
    assert len(listing.entries) == 10
    assert left_out(listing) == {"link back": (1, ("bird/b/again",))}


@pytest.mark.parametrize("place", ["self.png", "cat/self.png"])
def test_a_link_to_itself_is_a_file_that_cannot_be_read(tmp_path, place):
    root = write_classes(tmp_path, count=1)
    (root / place).symlink_to(root / place)
    for reach in (Reach(), Reach(follow_links=True)):
        assert ("cat/self.png" in names(list_folder(root, reach=reach))) == place.startswith("cat")


def test_targets_that_have_no_folder_in_common_are_named_by_their_own(caplog):
    tell_links(["/a/x/1.png", "/a/x/y/2.png", "/b/3.png"], "set")
    assert caplog.messages == ["set: follows links of 3 paths, to /a/x (2), /b/3.png (1)"]
