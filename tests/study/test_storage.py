import pytest

from cnnsearch.errors import StudyError
from cnnsearch.study.storage import read_json, write_json


def test_json_goes_round(tmp_path):
    value = {"a": [1, 2.5, None, "ü"], "b": {}}
    write_json(tmp_path / "x.json", value)
    assert read_json(tmp_path / "x.json") == value


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StudyError, match=r"x\.json: cannot be read: No such file or directory"):
        read_json(tmp_path / "x.json")
