from textwrap import dedent

import pytest

from cnnsearch.errors import SpaceError
from cnnsearch.space import load_space
from cnnsearch.space.library import shipped_spaces
from tests.space.helpers import blocks_of, network

SHIPPED = ", ".join(shipped_spaces())
OTHER = """\
version: 1
architecture:
  stages: {repeat: [1, 2], filters: 6, blocks: {conv: {kernel_size: [3, 5]}}}
  head: {pooling: flatten}
training: {batch_size: [8, 16]}
"""


@pytest.fixture
def write(tmp_path):
    def _write(name: str, text: str):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(dedent(text))
        return file

    return _write


def message_of(file) -> str:
    with pytest.raises(SpaceError) as caught:
        load_space(file)
    return str(caught.value)


def test_use_takes_another_spaces_part(write):
    write("other.yaml", OTHER)
    space = load_space(write("mine.yaml", "version: 1\narchitecture: {stages: {use: other.yaml}}"))
    assert set(space.parameters) == {"stages.repeat", "stages.blocks.conv.kernel_size"}


def test_use_takes_a_shipped_spaces_part_by_its_name(write):
    space = load_space(write("mine.yaml", "version: 1\narchitecture: {use: plain}\ntraining: {use: plain}"))
    assert list(space.parameters) == list(load_space("plain").parameters)


def test_use_of_several_is_a_choice_between_them(write):
    write("other.yaml", OTHER)
    space = load_space(write("mine.yaml", "version: 1\narchitecture: {use: [other.yaml, lenet5]}"))
    assert {"architecture", "other.stages.repeat", "lenet5.stages.c1.filters"} <= set(space.parameters)
    assert {block.filters for block in blocks_of(network(space, architecture="other"))} == {6}


def test_a_used_part_takes_what_is_written_around_it(write):
    write("part.yaml", "version: 1\narchitecture: {stages: {blocks: conv}}")
    space = load_space(write("mine.yaml", "version: 1\narchitecture: {filters: 9, stages: {use: part.yaml}}"))
    assert blocks_of(network(space))[0].filters == 9


def test_a_path_in_a_used_space_starts_from_that_space(write):
    write("parts/inner.yaml", OTHER)
    write("parts/outer.yaml", "version: 1\narchitecture: {stages: {use: inner.yaml}}")
    space = load_space(write("mine.yaml", "version: 1\narchitecture: {stages: {use: parts/outer.yaml}}"))
    assert "stages.repeat" in space.parameters


def test_a_fault_in_a_used_space_names_its_file(write):
    write("other.yaml", OTHER.replace("flatten", "flaten"))
    file = write("mine.yaml", "version: 1\narchitecture: {use: other.yaml}")
    assert message_of(file) == (
        "other.yaml:4: architecture.head.pooling: found flaten; expected flatten, global_average, "
        "global_max, spatial_pyramid, fully_convolutional. Did you mean 'flatten'?"
    )


def test_spaces_that_use_each_other_are_refused(write):
    write("a.yaml", "version: 1\narchitecture: {stages: {use: b.yaml}}")
    file = write("b.yaml", "version: 1\narchitecture: {stages: {use: a.yaml}}")
    assert message_of(file) == "b.yaml:2: more than 8 nested uses; check for a cycle"


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        (
            "{stages: {use: other.yaml}, stem: {use: other.yaml}}",
            "architecture.stem: space other.yaml has no architecture.stem",
        ),
        (
            "{stages: {use: vg}}",
            f"architecture.stages: vg: no such file or shipped space ({SHIPPED}). Did you mean 'vgg'?",
        ),
        (
            "{stages: {use: {a: b}}}",
            "architecture.stages: found a mapping under use; expected a name or a non-empty list of names",
        ),
        (
            "{stages: {use: []}}",
            "architecture.stages: found a list under use; expected a name or a non-empty list of names",
        ),
        (
            "{stages: {use: [other.yaml, [a]]}}",
            "architecture.stages: expected a space whose part here is a mapping",
        ),
        (
            "{stages: {use: other.yaml, repeat: 2}}",
            "architecture.stages: found repeat beside use; expected no other key",
        ),
        (
            "{stages: {usee: other.yaml, blocks: conv, filters: 2}}",
            "architecture.stages.usee: found 'usee'; expected filters, strides, blocks, downsample, "
            "repeat, one_of, "
            "sequence, use, or a layer field. Did you mean 'use'?",
        ),
        (
            "{use: '.'}",
            f"architecture: .: is a folder; expected the YAML file of a space, or one of {SHIPPED}",
        ),
        (f"{{use: '{'a' * 400}'}}", f"architecture: {'a' * 400}: cannot be read: File name too long"),
    ],
)
def test_a_faulty_use_gives_one_message(write, architecture, message):
    write("other.yaml", OTHER)
    file = write("mine.yaml", f"version: 1\narchitecture: {architecture}")
    assert message_of(file).splitlines()[0] == f"mine.yaml:2: {message}"
