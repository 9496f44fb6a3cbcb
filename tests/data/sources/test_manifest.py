from pathlib import Path

import pytest

from cnnsearch.data.reach import Reach
from cnnsearch.data.sources.manifest import read_manifest, read_paths
from cnnsearch.errors import DataError


def write(folder, *lines):
    path = folder / "list.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refused(folder, *lines, **columns):
    with pytest.raises(DataError) as error:
        read_manifest(write(folder, *lines), columns)
    return str(error.value).removeprefix(str(folder))


def test_each_line_is_a_picture(tmp_path):
    listing = read_manifest(write(tmp_path, "path,label", "b.png,dog", "a/ä.png,cat"), {})
    assert [(entry.path, entry.label) for entry in listing.entries] == [
        (Path("b.png"), "dog"),
        (Path("a/ä.png"), "cat"),
    ]


def test_columns_may_be_called_otherwise(tmp_path):
    path = write(tmp_path, "file,class,patient", "b.png,dog,7")
    columns = {"path": "file", "label": "class", "group": "patient"}
    (entry,) = read_manifest(path, columns).entries
    assert (entry.path, entry.label, entry.group) == (Path("b.png"), "dog", "7")


def test_split_words_are_read_as_folders_names_are(tmp_path):
    path = write(tmp_path, "path,label,split", "a.png,x,Train", "b.png,x,val", "c.png,x,test")
    assert [entry.part for entry in read_manifest(path, {}).entries] == ["train", "validation", "test"]


@pytest.mark.parametrize("times", [("3", "20"), ("2024-05-31", "2024-06-01T00:30"), ("-1.5", "1e3")])
def test_times_rise(tmp_path, times):
    path = write(tmp_path, "path,label,time", f"a.png,x,{times[0]}", f"b.png,x,{times[1]}")
    earlier, later = read_manifest(path, {}).entries
    assert earlier.time < later.time


def test_words_that_pandas_takes_for_missing_are_labels(tmp_path):
    (entry,) = read_manifest(write(tmp_path, "path,label", "a.png,NA"), {}).entries
    assert entry.label == "NA"


def test_an_absolute_path_below_the_folder_is_taken(tmp_path):
    (entry,) = read_manifest(write(tmp_path, "path,label", f"{tmp_path}/a.png,x"), {}).entries
    assert entry.path == Path("a.png")


@pytest.mark.parametrize("path", ["../a.png", "/etc/a.png", "x/../../a.png"])
def test_a_path_that_leaves_the_folder_is_refused_with_its_line(tmp_path, path):
    told = refused(tmp_path, "path,label", "a.png,x", f"{path},x")
    assert told == (
        "/list.csv: path outside of the manifest's folder (--data-root names another folder, --follow-links "
        f"allows links):\n  line 3: {path!r}"
    )


@pytest.mark.parametrize("path", ["link.png", "folder/a.png"])
def test_a_link_that_leaves_the_folder_is_refused_with_its_line(tmp_path, path):
    root, elsewhere = tmp_path / "set", tmp_path / "elsewhere"
    for folder in (root, elsewhere):
        folder.mkdir()
    (elsewhere / "a.png").touch()
    (root / "link.png").symlink_to(elsewhere / "a.png")
    (root / "folder").symlink_to(elsewhere)
    assert f"line 2: {path!r}" in refused(root, "path,label", f"{path},x")


@pytest.fixture
def apart(tmp_path):
    """A manifest's folder with one picture, and a folder of pictures elsewhere with two."""
    folder, root = tmp_path / "lists", tmp_path / "pictures"
    for picture in (folder / "near.png", root / "far.png", root / "near.png"):
        picture.parent.mkdir(exist_ok=True)
        picture.touch()
    return folder, root


def test_with_a_data_root_paths_are_found_in_both_folders(apart, caplog):
    folder, root = apart
    path = write(folder, "path,label", "near.png,x", "far.png,x", f"{root}/near.png,y")
    listing = read_manifest(path, {}, reach=Reach(root))
    assert [listing.root / entry.path for entry in listing.entries] == [
        folder / "near.png",
        root / "far.png",
        root / "near.png",
    ]
    assert caplog.messages == [f"{path}: 1 of 3 paths are relative to the data root {root}"]


def test_a_path_outside_of_both_folders_is_refused(apart):
    folder, root = apart
    path = write(folder, "path,label", "near.png,x", "/etc/a.png,x")
    with pytest.raises(DataError, match=r"folder and the data root .*\n  line 3: '/etc/a\.png'$"):
        read_manifest(path, {}, reach=Reach(root))


def test_a_data_root_must_be_a_folder(tmp_path):
    with pytest.raises(DataError, match=r"^data root: found .*/none; expected an existing folder\.$"):
        Reach(tmp_path / "none")


def test_followed_links_are_counted_and_the_place_of_their_targets_is_named(apart, caplog):
    folder, root = apart
    (folder / "far.png").symlink_to(root / "far.png")
    (folder / "more").symlink_to(root)
    path = write(folder, "path,label", "near.png,x", "far.png,x", "more/near.png,y")
    listing = read_manifest(path, {}, reach=Reach(follow_links=True))
    assert [str(entry.path) for entry in listing.entries] == ["near.png", "far.png", "more/near.png"]
    assert caplog.messages == [f"{path}: follows links of 2 paths, to {root}"]


def test_followed_links_do_not_allow_other_paths(apart):
    folder, root = apart
    path = write(folder, "path,label", f"{root}/far.png,x")
    with pytest.raises(DataError, match="line 2"):
        read_manifest(path, {}, reach=Reach(follow_links=True))


def test_the_paths_of_a_manifest_need_no_label(apart):
    folder, _ = apart
    path = write(folder, "picture,patient", "near.png,7,")
    assert read_paths(path, {"path": "picture", "label": "class"}) == [folder / "near.png"]


def test_the_paths_of_a_manifest_are_checked_as_in_a_search(apart):
    folder, root = apart
    path = write(folder, "path", f"{root}/far.png")
    with pytest.raises(DataError, match="path outside of the manifest's folder"):
        read_paths(path, {})
    assert read_paths(path, {}, Reach(root)) == [root / "far.png"]


def test_a_missing_column_is_named_with_those_found(tmp_path):
    told = refused(tmp_path, "file,label", "a.png,x")
    assert told == (
        "/list.csv: no column 'path' (the path); found file, label. "
        "Name the columns with --columns path=NAME,label=NAME."
    )


def test_a_column_that_was_asked_for_must_be_there(tmp_path):
    assert "no column 'patient' (the group)" in refused(tmp_path, "path,label", "a.png,x", group="patient")


def test_an_unknown_column_is_refused(tmp_path):
    told = refused(tmp_path, "path,label", "a.png,x", class_name="x")
    assert told == "columns: found class_name; expected path, label, split, group, time, mask."


@pytest.mark.parametrize(
    ("header", "line", "fault"),
    [
        ("path,label", ",x", "missing path or label:\n  line 2"),
        ("path,label", "a.png,", "missing path or label:\n  line 2"),
        ("path,label,split", "a.png,x,dev", "expected train, validation or test:\n  line 2: 'dev'"),
        ("path,label,time", "a.png,x,yesterday", "expected a number or a date such as 2024-05-31"),
    ],
)
def test_a_line_that_is_not_as_expected_is_named(tmp_path, header, line, fault):
    assert fault in refused(tmp_path, header, line)


def test_a_split_that_only_some_lines_have_is_refused(tmp_path):
    assert "line 3: ''" in refused(tmp_path, "path,label,split", "a.png,x,test", "b.png,x,")


def test_a_picture_named_twice_is_refused(tmp_path):
    told = refused(tmp_path, "path,label", "a.png,x", "./a.png,y")
    assert told == "/list.csv: duplicate path:\n  line 3: './a.png'"


def test_separators_at_the_end_of_lines_shift_no_column(tmp_path):
    path = write(tmp_path, "path,label", "a.png,cat,", "b.png,dog,", "c.png,cat,,")
    assert [(str(entry.path), entry.label) for entry in read_manifest(path, {}).entries] == [
        ("a.png", "cat"),
        ("b.png", "dog"),
        ("c.png", "cat"),
    ]


def test_more_values_than_columns_are_refused(tmp_path):
    told = refused(tmp_path, "path,label", "a.png,cat", "b.png,dog,brown")
    assert told == "/list.csv: more values than the 2 columns:\n  line 3"


def test_two_columns_of_one_name_are_refused(tmp_path):
    assert "found two columns label; expected" in refused(tmp_path, "path,label,label", "a.png,cat,dog")


def test_ten_lines_at_most_are_named(tmp_path):
    told = refused(tmp_path, "path,label", *["../a.png,x"] * 15)
    assert told.count("line ") == 10 and told.endswith("and 5 more")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as a CSV"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"path,label\n", "found no lines"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path, content, message):
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(DataError, match=rf"list\.csv: {message}"):
        read_manifest(tmp_path / "list.csv", {})


def test_several_columns_of_targets_are_named_together(tmp_path):
    path = write(tmp_path, "path,red,white", "a.png,7,1", "b.png,3,0")
    listing = read_manifest(path, {"label": "red,white"})
    assert (listing.columns, [entry.values for entry in listing.entries]) == (
        ("red", "white"),
        [("7", "1"), ("3", "0")],
    )
    assert listing.targets.parts["train"].tolist() == [["7", "1"], ["3", "0"]]


def test_a_column_of_targets_named_twice_is_refused(tmp_path):
    path = write(tmp_path, "path,red,white", "a.png,7,1")
    with pytest.raises(DataError, match=r"^columns: label names red twice; name each column once\.$"):
        read_manifest(path, {"label": "red,white,red"})


def test_a_column_may_have_a_comma_in_its_name(tmp_path):
    path = write(tmp_path, 'path,"red,white"', "a.png,x")
    listing = read_manifest(path, {"label": "red,white"})
    assert (listing.columns, listing.entries[0].label) == (("red,white",), "x")
    assert listing.targets.parts["train"].tolist() == ["x"]


def test_among_tags_no_text_is_an_example_without_one(tmp_path):
    path = write(tmp_path, "path,label", "a.png,x|y", "b.png,", "c.png,x")
    assert [entry.label for entry in read_manifest(path, {}).entries] == ["x|y", "", "x"]


def test_a_given_task_of_tags_allows_examples_without_one(tmp_path):
    path = write(tmp_path, "path,label", "a.png,x", "b.png,", "c.png,y")
    assert [entry.label for entry in read_manifest(path, {}, "tagging").entries] == ["x", "", "y"]
    assert "missing path or label" in refused(tmp_path, "path,label", "a.png,x", "b.png,")


def test_empty_lines_at_the_end_are_ignored(tmp_path):
    path = write(tmp_path, "path,label", "a.png,cat", "", ",")
    assert len(read_manifest(path, {}).entries) == 1
