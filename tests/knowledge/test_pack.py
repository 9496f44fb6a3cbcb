import gzip
import json

import pytest

from cnnsearch.errors import KnowledgeError
from cnnsearch.knowledge.pack import pack_text, read_pack, write_pack
from tests.knowledge.made import finding, recipes


@pytest.fixture(scope="module")
def findings():
    own = recipes(6)
    return [
        finding(own[:5], lambda place: 0.5 + place / 20, study="one"),
        finding(own[2:], lambda place: None if place == 1 else 0.7, study="two"),
    ]


def write_lines(path, lines):
    path.write_bytes(gzip.compress("\n".join(lines).encode()))


def test_what_is_written_is_read(tmp_path, findings):
    write_pack(tmp_path / "some.gz", findings)
    found = read_pack(tmp_path / "some.gz")
    assert sorted(found, key=lambda each: each.experience.study) == findings


def test_a_recipe_of_several_studies_is_written_once(findings):
    lines = [json.loads(line) for line in pack_text(findings).splitlines()]
    assert lines[0] == {"format": "cnnsearch history", "version": 1}
    assert sum("recipe" in line for line in lines) == 6
    assert sum("experience" in line for line in lines) == 2


def test_the_same_experiences_give_the_same_file(tmp_path, findings):
    write_pack(tmp_path / "one.gz", findings)
    write_pack(tmp_path / "other.gz", [*reversed(findings), findings[0]])
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other.gz").read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a file that"),
        (b"not compressed", "cannot be read"),
        (gzip.compress(b"not JSON"), "is not a file that"),
        (gzip.compress(b'{"format": "another", "version": 1}'), "is not a file that"),
        (gzip.compress(b"[1]"), "is not a file that"),
        (
            gzip.compress(b'{"format": "cnnsearch history", "version": 2}'),
            "version 2 of the format; this cnnsearch",
        ),
        (gzip.compress(b'{"format": "cnnsearch history", "version": 1}\n{"recipe"'), "line 2: is damaged"),
        (
            gzip.compress(b'{"format": "cnnsearch history", "version": 1}\n{"other": 1}'),
            "line 2: is damaged: neither",
        ),
        (
            gzip.compress(b'{"format": "cnnsearch history", "version": 1}\n{"recipe": {}}'),
            "line 2: is damaged: architecture",
        ),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, content, message):
    file = tmp_path / "some.gz"
    file.write_bytes(content)
    with pytest.raises(KnowledgeError, match=message) as raised:
        read_pack(file)
    assert str(file) in str(raised.value)


def test_a_file_that_is_cut_off_is_refused(tmp_path, findings):
    file = tmp_path / "some.gz"
    write_pack(file, findings)
    whole = file.read_bytes()
    for size in (10, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:size])
        with pytest.raises(KnowledgeError, match="cannot be read"):
            read_pack(file)


def test_an_experience_without_its_recipes_is_refused(tmp_path, findings):
    lines = pack_text(findings).splitlines()
    write_lines(tmp_path / "some.gz", [lines[0], lines[-1]])
    with pytest.raises(KnowledgeError, match=r"line 2: is damaged: recipe .* is missing"):
        read_pack(tmp_path / "some.gz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(KnowledgeError, match=r"missing\.gz: cannot be read: No such file"):
        read_pack(tmp_path / "missing.gz")


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path, findings, monkeypatch):
    monkeypatch.setattr("cnnsearch.knowledge.pack.MOST_BYTES", 1_000)
    write_pack(tmp_path / "some.gz", findings)
    with pytest.raises(KnowledgeError, match="more than 1,000 bytes"):
        read_pack(tmp_path / "some.gz")
