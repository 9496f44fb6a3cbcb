import pytest

from cnnsearch.errors import StudyError
from cnnsearch.study.storage import read_json, write_json, write_text


def test_json_goes_round(tmp_path):
    value = {"a": [1, 2.5, None, "ü"], "b": {}}
    write_json(tmp_path / "x.json", value)
    assert read_json(tmp_path / "x.json") == value


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    write_text(tmp_path / "x", "old")
    write_text(tmp_path / "x", "new", durable=False)
    assert (tmp_path / "x").read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 1


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    write_text(tmp_path / "x", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "x", "\ud800")
    assert (tmp_path / "x").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StudyError, match=r"x\.json: cannot be read: No such file or directory"):
        read_json(tmp_path / "x.json")
