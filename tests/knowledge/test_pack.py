import gzip
import json

import pytest

from cnnsearch.errors import KnowledgeError
from cnnsearch.knowledge.pack import pack_text, read_pack, write_pack
from tests.knowledge.made import configurations, experience


@pytest.fixture(scope="module")
def experiences():
    own = configurations(6)
    return [
        experience(own[:5], lambda place: 0.5 + place / 20, study="one"),
        experience(own[2:], lambda place: None if place == 1 else 0.7, study="two"),
    ]


def write_lines(path, lines):
    path.write_bytes(gzip.compress("\n".join(lines).encode()))


def test_what_is_written_is_read(tmp_path, experiences):
    write_pack(tmp_path / "some.gz", experiences)
    found = read_pack(tmp_path / "some.gz")
    assert {each.study: each for each in found} == {each.study: each for each in experiences}


def test_a_configuration_of_several_studies_is_written_once(experiences):
    lines = [json.loads(line) for line in pack_text(experiences).splitlines()]
    assert lines[0] == {"format": "cnnsearch history", "version": 1}
    assert sum("configuration" in line for line in lines) == 6
    assert sum("experience" in line for line in lines) == 2


def test_the_same_experiences_give_the_same_file(tmp_path, experiences):
    write_pack(tmp_path / "one.gz", experiences)
    write_pack(tmp_path / "other.gz", [*reversed(experiences), experiences[0]])
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other.gz").read_bytes()


HEADER = '{"format": "cnnsearch history", "version": 1}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not JSON", "is not a file that"),
        ('{"format": "another", "version": 1}', "is not a file that"),
        ("[1]", "is not a file that"),
        (HEADER.replace("1", "2"), "version 2 of the format; this cnnsearch"),
        (HEADER + '{"configuration"', "line 2: is damaged"),
        (HEADER + '{"other": 1}', "line 2: is damaged.*neither"),
        (HEADER + '{"key": "00", "configuration": {}}', "line 2: is damaged.*architecture"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, text, message):
    check_refused(tmp_path / "some.gz", gzip.compress(text.encode()), message)


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "is not a file that"), (b"not compressed", "cannot be read")]
)
def test_a_file_that_is_not_compressed_is_refused(tmp_path, content, message):
    check_refused(tmp_path / "some.gz", content, message)


def check_refused(file, content, message):
    file.write_bytes(content)
    with pytest.raises(KnowledgeError, match=message) as raised:
        read_pack(file)
    assert str(file) in str(raised.value)


def test_a_file_that_is_cut_off_is_refused(tmp_path, experiences):
    file = tmp_path / "some.gz"
    write_pack(file, experiences)
    whole = file.read_bytes()
    for size in (10, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:size])
        with pytest.raises(KnowledgeError, match="cannot be read"):
            read_pack(file)


def test_an_experience_without_its_configurations_is_refused(tmp_path, experiences):
    lines = pack_text(experiences).splitlines()
    write_lines(tmp_path / "some.gz", [lines[0], lines[-1]])
    with pytest.raises(KnowledgeError, match=r"line 2: is damaged.*configuration .* is missing"):
        read_pack(tmp_path / "some.gz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(KnowledgeError, match=r"missing\.gz: cannot be read: No such file"):
        read_pack(tmp_path / "missing.gz")


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path, experiences, monkeypatch):
    monkeypatch.setattr("cnnsearch.knowledge.pack.MOST_BYTES", 1_000)
    write_pack(tmp_path / "some.gz", experiences)
    with pytest.raises(KnowledgeError, match="more than 1,000 bytes"):
        read_pack(tmp_path / "some.gz")


def test_a_file_with_too_many_lines_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cnnsearch.knowledge.pack.MOST_LINES", 100)
    write_lines(tmp_path / "some.gz", ['{"format": "cnnsearch history", "version": 1}', *[""] * 200])
    with pytest.raises(KnowledgeError, match=r"or 100 lines|is damaged"):
        read_pack(tmp_path / "some.gz")


def test_a_file_of_before_a_field_was_added_is_read(tmp_path, experiences):
    lines = [json.loads(line) for line in pack_text(experiences).splitlines()]
    for line in lines:
        if "configuration" in line:
            del line["configuration"]["training"]["early_stopping"]
            del line["configuration"]["architecture"]["input"]["filtered"]
    write_lines(tmp_path / "some.gz", map(json.dumps, lines))
    found = {each.study: each for each in read_pack(tmp_path / "some.gz")}
    assert found == {each.study: each for each in experiences}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("study", "../outside"),
        ("study", "/outside"),
        ("origin", "[/b]"),
        ("fingerprint", "x"),
        ("metric", "a b"),
        ("dataset.shape", [0, 5, 1]),
        ("dataset.shape", [5, 5, 0]),
        ("dataset.linear", 5.0),
        ("dataset.nearest", float("nan")),
        ("dataset.examples", 0),
        ("trials.0.value", float("inf")),
        ("trials.0.examples", 0),
        ("trials.0.weights", -1),
        ("trials.0.configuration", ["a list"]),
        ("trials", "text"),
    ],
)
def test_values_out_of_bounds_are_refused(tmp_path, experiences, field, value):
    lines = [json.loads(line) for line in pack_text(experiences).splitlines()]
    place = lines[-1]["experience"]
    *path, last = field.split(".")
    for key in path:
        place = place[int(key) if key.isdigit() else key]
    place[last] = value
    write_lines(tmp_path / "some.gz", map(json.dumps, lines))
    with pytest.raises(KnowledgeError, match="is damaged, or written by"):
        read_pack(tmp_path / "some.gz")


def test_deeply_nested_content_is_refused(tmp_path):
    write_lines(tmp_path / "some.gz", ['{"format": "cnnsearch history", "version": 1}', "[" * 100_000])
    with pytest.raises(KnowledgeError, match="line 2: is damaged"):
        read_pack(tmp_path / "some.gz")
