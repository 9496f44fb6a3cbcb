from pathlib import Path

import pytest

from cnnsearch.errors import SpaceError
from cnnsearch.space import load_space
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.reading import read_file, read_text
from cnnsearch.space.dialect.tree import YamlScalar
from tests.space.helpers import faults_of, faults_with, space_with


def value_of(text: str):
    tree = read_text(f"key: {text}", Path("x.yaml"), Faults()).entries["key"]
    assert isinstance(tree, YamlScalar)
    return tree.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("012", 12),
        ("0x1F", 31),
        ("0x1", "0x1"),
        ("0o17", 15),
        ("1e-4", 1e-4),
        ("1.5", 1.5),
        ("true", True),
        ("False", False),
        ("relu", "relu"),
        ("'yes'", "yes"),
        ("'3'", "3"),
        ("2001-01-01", "2001-01-01"),
    ],
)
def test_a_scalar_is_read_as_yaml_1_2_has_it(text, value):
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("yes", "found yes; write true or false"),
        ("No", "found No; write true or false"),
        ("on", "found on; write true or false"),
        ("OFF", "found OFF; write true or false"),
        ("5_000_000", "found 5_000_000; write the number without '_'"),
        ("null", "found null; expected a value (`none` omits a part)"),
        ("~", "found ~; expected a value (`none` omits a part)"),
        ("", "found nothing; expected a value (`none` omits a part)"),
        (".inf", "found .inf; expected a finite number"),
        (".nan", "found .nan; expected a finite number"),
        ("1e999", "found 1e999; expected a finite number"),
        ("9" * 5000, f"found {'9' * 5000}; expected a finite number"),
        ("9" * 30, f"found {'9' * 30}; expected a whole number of at most 9007199254740992"),
        ("!!int abc", "found abc; expected a finite number"),
        ("!mine 3", "found 3; the tag !mine is not supported; expected a plain value"),
        (
            "!!python/object:os.system x",
            "found x; the tag os.system is not supported; expected a plain value",
        ),
        ("!!binary aGk=", "found aGk=; the tag binary is not supported; expected a plain value"),
    ],
)
def test_a_value_that_surprises_people_is_refused(text, message):
    faults = Faults()
    read_text(f"a: 1\nkey: {text}", Path("x.yaml"), faults)
    with pytest.raises(SpaceError) as caught:
        faults.raise_if_any()
    assert str(caught.value) == f"x.yaml:2: key: {message}"


def test_a_refused_value_is_reported_once():
    assert faults_with("stages: {filters: 4, blocks: {conv: {use_bias: yes}}}") == [
        "space.yaml:3: architecture.stages.blocks.conv.use_bias: found yes; write true or false"
    ]


def test_an_empty_key_is_reported_once():
    faults = faults_with("stages:\n  filters: 4\n  blocks:")
    assert faults == [
        "space.yaml:5: architecture.stages.blocks: found nothing; expected a value (`none` omits a part)"
    ]


def test_a_merge_key_is_refused():
    faults = faults_of("version: 1\nx: &x {a: 1}\narchitecture: {<<: *x, stages: {filters: 1, blocks: conv}}")
    assert "space.yaml:3: architecture: found a merge key '<<'; write the keys out" in faults


def test_a_duplicate_key_names_the_first_line():
    assert faults_with("stages: {filters: 4, blocks: conv}\nactivation: relu\nactivation: elu") == [
        "space.yaml:5: architecture.activation: duplicate key; first written on line 4"
    ]


def test_a_list_as_a_key_is_refused():
    faults = faults_of("version: 1\n? [a, b]\n: 3\narchitecture: {stages: {filters: 1, blocks: conv}}")
    assert faults == ["space.yaml:2: found a list or mapping as a key; expected a word"]


def test_an_alias_stands_for_what_it_names():
    space = space_with("stages: {filters: 4, blocks: {conv: {kernel_size: &k [3, 5], dilation_rate: *k}}}")
    assert "stages.blocks.conv.dilation_rate" in space.parameters


@pytest.mark.parametrize("text", ["", "3", "[1, 2]", "just words", "# a comment"])
def test_a_file_that_is_not_mapping_is_refused(text):
    assert faults_of(text) == [
        "space.yaml:1: found no mapping; expected version, name, architecture, training"
    ]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("a: [1, 2", "space.yaml:1: is not valid YAML: "),
        ("a: 1\nb: 'x", "space.yaml:2: is not valid YAML: "),
        ("a: 1\n\tb: 2", "space.yaml:2: is not valid YAML: "),
        ("a: *missing", "space.yaml:1: is not valid YAML: found undefined alias"),
        ("a: 1\n---\nb: 2", "space.yaml:2: is not valid YAML: but found another document"),
        ("a: \x00", "space.yaml:1: is not valid YAML: "),
    ],
)
def test_broken_yaml_names_its_line(text, start):
    (fault,) = faults_of(text)
    assert fault.startswith(start)


@pytest.mark.parametrize("levels", [40, 5_000])
def test_deep_nesting_is_refused(levels):
    (fault,) = faults_of("a: " + "[" * levels + "]" * levels)
    assert fault == "space.yaml:1: is nested deeper than 32 levels"


def test_an_alias_that_holds_itself_is_refused():
    (fault,) = faults_of("a: &a [*a]")
    assert fault == "space.yaml:1: is nested deeper than 32 levels"


def test_an_alias_bomb_is_refused():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (fault,) = faults_of("\n".join(lines))
    assert fault.endswith("has more than 20000 values, with aliases expanded")


def test_a_file_over_256_kb_is_refused(tmp_path):
    file = tmp_path / "large.yaml"
    file.write_text("# " + "x" * 256 * 1024)
    with pytest.raises(SpaceError, match="is larger than 256 KB, the limit for a space"):
        load_space(file)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path):
    file = tmp_path / "latin.yaml"
    file.write_bytes(b"version: 1\nname: caf\xe9\n")
    with pytest.raises(SpaceError, match=r"is not UTF-8 text \(byte 20\)"):
        load_space(file)


def test_a_file_that_vanished_is_refused(tmp_path):
    with pytest.raises(SpaceError, match="cannot be read: No such file or directory"):
        read_file(tmp_path / "gone.yaml", Faults())
