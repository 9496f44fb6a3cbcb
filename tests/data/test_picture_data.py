"""Pictures from files, all the way from `load_data`."""

import logging
import shutil

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data import load_data
from cnnsearch.data.splits import PARTS
from cnnsearch.errors import DataError
from tests.data.helpers import total, write_classes, write_picture


def splits(dataset):
    return dict(zip(PARTS, (dataset.train, dataset.validation, dataset._test), strict=True))


def damage(path, keep=0.5):
    """Truncates a picture in its middle."""
    Image.effect_noise((32, 32), 80).convert("RGB").save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    return path


def write_manifest(root, columns, line, count=10):
    """A manifest of two classes, with a line for each picture made from its class and number."""
    write_classes(root, count=count)
    lines = [f"{label}/{i}.png,{label}{line(label, i)}" for label in ("cat", "dog") for i in range(count)]
    (root / "list.csv").write_text("\n".join([f"path,label{columns}", *lines]) + "\n")
    return root / "list.csv"


def numbers(split):
    """Which pictures are in a split: `write_classes` has each one's number in its red."""
    return sorted({int(red) // 10 for red in split.x[:, 0, 0, 0]})


def test_every_split_has_its_pictures(tmp_path):
    dataset = load_data(write_classes(tmp_path, count=10))
    assert {part: split.x.shape for part, split in splits(dataset).items()} == {
        "train": (12, 6, 8, 3),
        "validation": (4, 6, 8, 3),
        "test": (4, 6, 8, 3),
    }


def test_pictures_keep_their_labels(tmp_path):
    dataset = load_data(write_classes(tmp_path))  # green 0 for cat, 100 for dog
    assert all((split.x[:, 0, 0, 1] == 100 * split.y).all() for split in splits(dataset).values())


def test_the_training_pictures_alone_decide_the_form(tmp_path):
    write_classes(tmp_path / "train", count=4, mode="L", color=7, size=(9, 5))
    write_classes(tmp_path / "test", count=9, size=(50, 50))
    summary = load_data(tmp_path).summary
    assert (summary.channel_mode, summary.image_size, summary.split_by) == ("L", (5, 9), "folder")


def test_a_class_that_a_part_lacks_keeps_its_index(tmp_path):
    write_classes(tmp_path / "train", count=4)
    write_classes(tmp_path / "test", ["dog"], count=2)
    assert splits(load_data(tmp_path))["test"].y.tolist() == [1, 1]


def test_one_class_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"found only one class \(cat\); expected at least two\.$"):
        load_data(write_classes(tmp_path, ["cat"]))


def test_a_class_with_one_picture_is_named(tmp_path):
    write_picture(write_classes(tmp_path) / "owl" / "a.png")
    with pytest.raises(DataError, match=r"class 'owl' has 1; each class needs at least 5"):
        load_data(tmp_path)


def fingerprint(path, **options):
    return load_data(path, **options).summary.fingerprint


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


def test_another_label_in_a_manifest_changes_the_fingerprint(tmp_path):
    path = write_manifest(tmp_path, "", lambda *_: "")
    before = fingerprint(path)
    path.write_text(path.read_text().replace("cat/0.png,cat", "cat/0.png,dog"))
    assert fingerprint(path) != before


# Bad files


def test_all_bad_files_are_named_in_one_error(tmp_path):
    write_classes(tmp_path)
    damage(tmp_path / "cat" / "0.png")
    (tmp_path / "dog" / "1.png").write_text("<html>")
    with pytest.raises(DataError) as error:
        load_data(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: 2 of 10 files cannot be read as images:\n  cat/0.png: image file is truncated\n"
        "  dog/1.png: a web page with the suffix of an image\n"
        "Fix or remove them, or skip them with --on-bad skip."
    )


def test_ten_bad_files_at_most_are_named(tmp_path):
    write_classes(tmp_path, count=12)
    for path in (tmp_path / "cat").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DataError, match=r"12 of 24 files .*(\n.*: empty){10}\n  and 2 more\n"):
        load_data(tmp_path)


def test_bad_files_are_left_out_with_a_warning_each(tmp_path, caplog):
    write_classes(tmp_path, count=20)
    damage(tmp_path / "cat" / "0.png")
    (tmp_path / "dog" / "1.png").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        summary = load_data(tmp_path, on_bad="skip").summary
    assert (summary.skipped, sum(total(summary.counts).values())) == (2, 38)
    assert caplog.messages == [
        f"{tmp_path}/cat/0.png: skipped: image file is truncated",
        f"{tmp_path}/dog/1.png: skipped: empty",
    ]


def test_nothing_stands_in_for_a_bad_file(tmp_path):
    write_classes(tmp_path, count=20, size=(32, 32))
    for number in (3, 4):
        damage(tmp_path / "dog" / f"{number}.png")
    dataset = load_data(tmp_path, on_bad="skip")
    assert all((split.x[:, 0, 0, 1] == 100 * split.y).all() for split in splits(dataset).values())
    assert all(len(split.x) == len(split.y) for split in splits(dataset).values())


@pytest.mark.parametrize("bad", [lambda path: path.write_bytes(b""), damage])
def test_too_many_bad_files_are_refused(tmp_path, bad):
    write_classes(tmp_path, count=10)
    for number in range(3):
        bad(tmp_path / "dog" / f"{number}.png")
    with pytest.raises(DataError, match=r"3 of 20 files .*, more than the 5% that may be skipped:"):
        load_data(tmp_path, on_bad="skip")


def test_the_limit_may_be_another(tmp_path):
    write_classes(tmp_path, count=10)
    for number in range(3):
        damage(tmp_path / "dog" / f"{number}.png")
    assert load_data(tmp_path, on_bad="skip", most_bad=0.2).summary.skipped == 3


def test_a_line_of_a_manifest_without_its_file_is_a_bad_file(tmp_path):
    path = write_manifest(tmp_path, "", lambda *_: "")
    (tmp_path / "cat" / "3.png").unlink()
    with pytest.raises(DataError, match=r"\n  cat/3\.png: no such file or directory\n"):
        load_data(path)


def test_skipped_files_are_reported(tmp_path, caplog):
    write_classes(tmp_path)
    (tmp_path / "cat" / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    with caplog.at_level(logging.WARNING):
        load_data(tmp_path)
    assert caplog.messages == [
        f"{tmp_path}: skipped 1 (no image (.txt)), for example cat/notes.txt",
        f"{tmp_path}: skipped class folders without images: empty",
    ]


def test_an_interrupted_load_goes_on_from_where_it_was(tmp_path):
    def interrupt(done, total):
        if done >= 60:
            raise KeyboardInterrupt

    write_classes(tmp_path, count=100)
    with pytest.raises(KeyboardInterrupt):
        load_data(tmp_path, group_duplicates=True, tell=interrupt)
    told = []
    load_data(tmp_path, group_duplicates=True, tell=lambda done, total: told.append(done))
    assert told[0] == 61


# Splits


def test_a_manifest_decides_the_splits(tmp_path):
    parts = ["train"] * 6 + ["validation"] * 2 + ["test"] * 2
    dataset = load_data(write_manifest(tmp_path, ",split", lambda _, i: f",{parts[i]}"))
    assert [numbers(split) for split in splits(dataset).values()] == [[0, 1, 2, 3, 4, 5], [6, 7], [8, 9]]
    assert (dataset.summary.split_by, dataset.summary.split_origin) == ("manifest", "given")


def test_splits_that_are_given_may_be_drawn_anew(tmp_path):
    for part, count in (("train", 8), ("validation", 1), ("test", 1)):
        write_classes(tmp_path / part, count=count)
    summary = load_data(tmp_path, split_by="random").summary
    assert (total(summary.counts)["train"], summary.split_origin) == (12, "made")


def test_the_latest_pictures_are_for_the_test(tmp_path):
    path = write_manifest(tmp_path, ",time", lambda _, i: f",2024-01-{20 - i}")
    dataset = load_data(path, split_by="time")
    assert [numbers(split) for split in splits(dataset).values()] == [[4, 5, 6, 7, 8, 9], [2, 3], [0, 1]]


def test_pictures_of_one_time_stay_together(tmp_path):
    path = write_manifest(tmp_path, ",time", lambda _, i: f",{i // 2}")
    dataset = load_data(path, split_by="time")
    assert [numbers(split) for split in splits(dataset).values()] == [[0, 1, 2, 3, 4, 5], [6, 7], [8, 9]]


@pytest.mark.parametrize("group", [None, "who"])
def test_groups_stay_on_one_side(tmp_path, group):
    path = write_manifest(tmp_path, f",{group or 'group'}", lambda _, i: f",person {i}")
    dataset = load_data(path, group=group)
    sides = [numbers(split) for split in splits(dataset).values()]
    assert sum(map(len, sides)) == 10
    assert dataset.summary.grouped_by == (group or "group",)


def test_copies_stay_on_one_side(tmp_path):
    write_classes(tmp_path, count=20)
    for number in range(10):
        shutil.copy(tmp_path / "cat" / f"{number}.png", tmp_path / "cat" / f"copy {number}.png")
    plain, grouped = (load_data(tmp_path, group_duplicates=choice).summary for choice in (False, True))
    assert plain.duplicates_across_splits > 0 == grouped.duplicates_across_splits


def test_copies_on_both_sides_of_a_given_split_are_named(tmp_path):
    for part in ("train", "test"):
        for number in range(5):
            for label in ("cat", "dog"):
                Image.effect_noise((16, 16), 50).convert("RGB").save(
                    write_picture(tmp_path / part / label / f"{number}.png")
                )
    shutil.copy(tmp_path / "train" / "cat" / "1.png", tmp_path / "test" / "cat" / "again.png")
    message = r"1 groups are in more than one .*: train/cat/1\.png is in train, test/cat/again\.png in test"
    with pytest.raises(DataError, match=message):
        load_data(tmp_path, group_duplicates=True)


@pytest.mark.parametrize(
    ("split_by", "needs"),
    [("folder", "train, validation and test folders"), ("manifest", "`split`"), ("time", "`time`")],
)
def test_splits_that_the_source_does_not_give_are_refused(tmp_path, split_by, needs):
    with pytest.raises(DataError, match=rf"{tmp_path}: --split-by {split_by} needs .*{needs}\.$"):
        load_data(write_classes(tmp_path), split_by=split_by)


def test_too_few_times_are_refused(tmp_path):
    path = write_manifest(tmp_path, ",time", lambda *_: ",1")
    with pytest.raises(DataError, match="too few distinct times to split by: no images are left for"):
        load_data(path, split_by="time")


# Where the decoded pictures are


def test_decoded_pictures_are_mapped_from_files(tmp_path):
    assert isinstance(load_data(write_classes(tmp_path)).train.x, np.memmap)


def test_a_stored_dataset_is_not_decoded_again(tmp_path):
    root, cache = write_classes(tmp_path / "set"), tmp_path / "cache"
    first, told = load_data(root, cache=cache), []
    second = load_data(root, cache=cache, tell=lambda *progress: told.append(progress))
    assert (told, second.summary) == ([], first.summary)
    assert np.array_equal(first.train.x, second.train.x)


def test_storing_what_is_there_already_writes_nothing(tmp_path):
    dataset = load_data(write_classes(tmp_path / "set"), cache=tmp_path / "cache")
    (folder,) = (tmp_path / "cache").iterdir()
    assert dataset.store(tmp_path / "cache") == folder


@pytest.mark.parametrize(
    "options",
    [{"seed": 1}, {"image_size": (4, 4)}, {"group_duplicates": True}],
    ids=lambda options: next(iter(options)),
)
def test_other_settings_are_stored_apart(tmp_path, options):
    root, cache = write_classes(tmp_path / "set"), tmp_path / "cache"
    load_data(root, cache=cache)
    load_data(root, cache=cache, **options)
    assert len(list(cache.iterdir())) == 2


def test_a_failed_load_leaves_nothing(tmp_path):
    root = write_classes(tmp_path / "set")
    damage(root / "cat" / "0.png")
    with pytest.raises(DataError):
        load_data(root, cache=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_arrays_outlive_the_dataset_without_a_cache(tmp_path):
    x = load_data(write_classes(tmp_path)).train.x
    assert x.sum() > 0


def test_a_set_that_moved_keeps_its_arrays_under_its_new_name(tmp_path):
    load_data(write_classes(tmp_path / "here"), cache=tmp_path / "cache")
    (tmp_path / "here").rename(tmp_path / "there")
    summary = load_data(tmp_path / "there", cache=tmp_path / "cache").summary
    assert (summary.name, summary.source) == ("there", str(tmp_path / "there"))
    assert len(list((tmp_path / "cache").iterdir())) == 1
