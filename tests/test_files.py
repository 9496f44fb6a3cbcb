import pytest

from cnnsearch.files import is_unfinished, replacing, unfinished, write_text


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    write_text(tmp_path / "x", "old")
    write_text(tmp_path / "x", "new", durable=False)
    assert (tmp_path / "x").read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    write_text(tmp_path / "x", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "x", "\ud800")
    assert (tmp_path / "x").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_exception_leaves_the_old_file_and_no_other(tmp_path):
    write_text(tmp_path / "x", "old")
    with pytest.raises(RuntimeError), replacing(tmp_path / "x") as file:
        file.write(b"half")
        raise RuntimeError
    assert (tmp_path / "x").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_unfinished_names_are_unique_and_recognized(tmp_path):
    first, second = (unfinished(tmp_path / "best") for _ in range(2))
    assert first != second and is_unfinished(first)
    assert not is_unfinished(tmp_path / "best") and not is_unfinished(tmp_path / ".best-1")
