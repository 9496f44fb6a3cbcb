import json
import logging
import os
from pathlib import Path

import pytest

from cnnsearch.data.known_files import Facts, KnownFiles

FACTS = Facts(8, 6, "RGB", "PNG", "ab12", 2**64 - 1, bytes(range(256)))


@pytest.fixture
def path(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").write_text("one")
    return tmp_path / "set" / "a.png"


def known(path):
    return KnownFiles(path.parent, path.parents[1] / "cache")


def kept(path, facts=FACTS):
    files = known(path)
    files.get(path.relative_to(path.parent))
    files.put(path.relative_to(path.parent), facts)
    files.save()
    return known(path).get(path.relative_to(path.parent))


@pytest.mark.parametrize("facts", [FACTS, Facts(), Facts(problem="empty \udcff")])
def test_facts_are_kept(path, facts):
    assert kept(path, facts) == facts


def test_nothing_is_known_of_a_new_file(path):
    assert known(path).get(path.relative_to(path.parent)) == Facts()


def test_another_size_or_time_is_another_file(path):
    kept(path)
    os.utime(path, ns=(1, 1))
    assert known(path).get(path.relative_to(path.parent)) == Facts()


def test_nothing_is_known_of_a_file_that_is_gone(path):
    kept(path)
    path.unlink()
    assert known(path).get(path.relative_to(path.parent)) == Facts()


def test_more_files_than_are_in_a_line_are_kept(path):
    folder, files = path.parent, known(path)
    names = [f"{number}.png" for number in range(2500)]
    for number, name in enumerate(names):
        (folder / name).touch()
        files.get(Path(name))
        files.put(Path(name), Facts(width=number))
    files.save()
    assert [known_facts.width for known_facts in map(known(path).get, map(Path, names))] == list(range(2500))


def test_a_cache_with_a_line_for_each_file_is_read(path):
    kept(path)
    (file,) = (path.parents[1] / "cache").iterdir()
    version, line = file.read_text().splitlines()
    file.write_text("\n".join([version, *map(json.dumps, json.loads(line))]) + "\n")
    assert known(path).get(path.relative_to(path.parent)) == FACTS


@pytest.mark.parametrize("damage", ["", "{", '"another version"\n', "\0\0\n[1]"])
def test_a_damaged_cache_is_made_anew(path, damage):
    kept(path)
    (file,) = (path.parents[1] / "cache").iterdir()
    file.write_text(damage)
    assert known(path).get(path.relative_to(path.parent)) == Facts()
    assert kept(path) == FACTS


def test_half_a_line_is_damage(path):
    kept(path)
    (file,) = (path.parents[1] / "cache").iterdir()
    file.write_text(file.read_text()[:-20])
    assert known(path).get(path.relative_to(path.parent)) == Facts()


def test_a_cache_that_cannot_be_written_is_done_without(path, caplog):
    (path.parents[1] / "cache").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        kept(path)
    assert "cache of image files could not be written" in caplog.text
