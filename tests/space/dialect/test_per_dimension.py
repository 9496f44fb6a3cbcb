"""Values per dimension in a space: `3x1`, in a choice `[3, 5, 1x7]`."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError, SpaceError
from cnnsearch.search.optuna_study import distribution_of
from cnnsearch.search.spaces import choose_space
from cnnsearch.space import Candidate, load_space
from cnnsearch.space.dialect.schema import json_schema
from cnnsearch.space.domains import Choice, Range
from tests.space.helpers import blocks_of, faults_with, network, sampled, space_with, text_of

SIZE = "a whole number of at least 1, or one per dimension (3x1)"
NAME = "stages.blocks.conv.kernel_size"


def conv(fields: str) -> str:
    return f"stages: {{repeat: 2, filters: 4, blocks: {{conv: {{{fields}}}}}}}"


def faults_of_conv(fields: str) -> list[str]:
    prefix = "space.yaml:3: architecture.stages.blocks.conv."
    return [fault.removeprefix(prefix) for fault in faults_with(conv(fields))]


# Values


@pytest.mark.parametrize("text", ["3x1", "'3x1'", "[3x1]"])
def test_a_value_per_dimension_is_fixed(text):
    space = space_with(conv(f"kernel_size: {text}"))
    assert not space.parameters
    assert {block.kernel_size for block in blocks_of(network(space))} == {"3x1"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[3, 5, 1x7]", ("1x7", 3, 5)),
        ("[5, 7x1, 3, 1x7]", ("1x7", "7x1", 3, 5)),
        ("[9x1, 3, 1x9]", (3, "1x9", "9x1")),
        ("[2, 3x3x1, 1x3x3]", (2, "1x3x3", "3x3x1")),
        ("[5, 3]", (3, 5)),
    ],
)
def test_a_choice_is_in_the_order_of_the_positions_of_a_window(text, values):
    assert space_with(conv(f"kernel_size: {text}")).parameters[NAME].values == values


def test_a_choice_is_sampled_by_index():
    domain = space_with(conv("kernel_size: [5, 3, 1x7]")).parameters[NAME]
    assert (domain.encode("1x7"), domain.encode(5)) == (0, 2)
    assert str(domain) == "one of 1x7, 3, 5"
    assert distribution_of(domain).high == 2
    assert distribution_of(domain, readable=True).choices == ("1x7", 3, 5)


def test_words_that_look_like_sizes_stay_categories():
    space = space_with(
        "stages: {filters: 4, blocks: {one_of: [{name: 1x1, conv: {kernel_size: 1}}, "
        "{name: 3x3, conv: {kernel_size: 3}}]}}"
    )
    assert not space.parameters["stages.blocks"].is_numeric
    space.check_dimensions((16, 1))


def test_a_value_for_each_stage_and_values_in_turn():
    space = space_with(conv("kernel_size: {per_stage: [3, 3x1]}, strides: {per_stage: {sequence: [1, 2x1]}}"))
    first, second = blocks_of(network(space, stages__1__blocks__conv__kernel_size="3x1"))
    assert (second.kernel_size, first.strides, second.strides) == ("3x1", 1, "2x1")


def test_the_strides_of_a_stage():
    space = space_with("stages: {strides: [1, 2x1], filters: 4, blocks: {repeat: 2, conv: {}}}")
    assert [block.strides for block in blocks_of(network(space, stages__strides="2x1"))] == ["2x1", 1]


def test_pools():
    space = space_with("stages: {filters: 4, blocks: conv, downsample: {max_pool: {pool_size: 2x1}}}")
    rows = analyze(network(space)).layers
    assert next(row for row in rows if row.type == "pool").output_shape == (16, 32, 4)


def test_a_value_is_sampled_stored_and_encoded_as_its_text():
    space = space_with(conv("kernel_size: [3, 1x7]"))
    candidate = sampled(space, stages__blocks__conv__kernel_size="1x7")
    again = Candidate.model_validate_json(candidate.model_dump_json())
    assert again == candidate
    assert json.loads(candidate.model_dump_json())["params"] == {NAME: "1x7"}
    assert again.identity() == candidate.identity()
    assert space.encoded(again.params) == {NAME: 0}


def test_equal_numbers_are_the_network_of_one_number():
    one, several = (sampled(space_with(conv(f"kernel_size: {text}"))) for text in ("3", "3x3"))
    assert one.identity() == several.identity()


def test_a_baseline():
    space = space_with(conv("kernel_size: [3, 1x7]"), rest=f"baselines: {{flat: {{{NAME}: 1x7}}}}")
    assert space.baseline("flat") == {NAME: "1x7"}
    assert faults_with(conv("kernel_size: [3, 1x7]"), rest=f"baselines: {{flat: {{{NAME}: 7x1}}}}") == [
        f"space.yaml:4: baselines.flat.{NAME}: found 7x1, but {NAME} is one of 1x7, 3"
    ]


def test_a_value_from_the_command_line_is_kept_in_the_study(tmp_path):
    file = tmp_path / "space.yaml"
    file.write_text(text_of(conv("kernel_size: 3")))
    chosen = choose_space(file, {"architecture.stages.blocks.conv.kernel_size": "[3, 1x7]"})
    (tmp_path / "again.yaml").write_text(chosen.text)
    again = load_space(tmp_path / "again.yaml")
    assert again.parameters[NAME] == chosen.space.parameters[NAME] == Choice(("1x7", 3))


# Padding in pixels


PADDING = "stages.blocks.conv.padding"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[same, valid, 2]", ("same", "valid", 2)),
        ("[2, same]", (2, "same")),
        ("[same, 1x0]", ("same", "1x0")),
        ("[2, 0, 1]", (0, 1, 2)),
        ("[1, 0x1, 0, 1x0]", (0, "0x1", "1x0", 1)),
    ],
)
def test_words_beside_numbers_keep_their_order_and_numbers_are_sorted(text, values):
    domain = space_with(conv(f"padding: {text}")).parameters[PADDING]
    assert domain.values == values
    assert domain.is_numeric == all(value not in ("same", "valid") for value in values)


@pytest.mark.parametrize("value", ["same", "valid", 2, "0x1"])
def test_a_padding_of_words_and_numbers_is_sampled_and_stored(value):
    space = space_with(conv("padding: [same, valid, 2, 0x1]"))
    candidate = sampled(space, stages__blocks__conv__padding=value)
    again = Candidate.model_validate_json(candidate.model_dump_json())
    assert again == candidate
    assert blocks_of(again.architecture)[0].padding == again.params[PADDING] == value
    assert space.encoded(again.params) == {PADDING: value}


def test_a_range_of_pixels():
    assert space_with(conv("padding: {low: 0, high: 3}")).parameters == {PADDING: Range(0, 3)}


def test_a_progression_of_pixels_may_begin_at_none():
    space = space_with(conv("padding: {first: 0, growth: 2}"))
    assert [block.padding for block in blocks_of(network(space))] == [0, 0]


def test_padding_for_other_dimensions_than_those_of_the_examples_is_an_error():
    with pytest.raises(SpaceError, match=f"{PADDING} can be 1x0, with numbers for 2"):
        space_with(conv("padding: [same, 1x0]")).check_dimensions((64, 1))


@pytest.mark.parametrize("value", ["0x1", "1x0"])
def test_pixels_that_look_like_a_hexadecimal_number_are_kept_in_the_study(tmp_path, value):
    file = tmp_path / "space.yaml"
    file.write_text(text_of(conv("padding: same")))
    chosen = choose_space(file, {f"architecture.{PADDING}": f"[{value}, same]"})
    file.write_text(chosen.text)
    assert load_space(file).parameters[PADDING].values == (value, "same")


# The data


@pytest.mark.parametrize(
    ("fields", "shape", "message"),
    [
        (
            "kernel_size: 3x1",
            (64, 1),
            f"{NAME} can be 3x1, with numbers for 2 dimensions; the examples are signals "
            "(1 spatial dimension)",
        ),
        (
            "kernel_size: [3, 3x3x1]",
            (16, 16, 1),
            f"{NAME} can be 3x3x1, with numbers for 3 dimensions; the examples are images "
            "(2 spatial dimensions)",
        ),
        (
            "kernel_size: 3, strides: {per_stage: {sequence: [1, 2x1]}}",
            (8, 8, 8, 1),
            "stages.1.blocks.conv.strides can be 2x1, with numbers for 2 dimensions; the examples are "
            "volumes (3 spatial dimensions)",
        ),
    ],
)
def test_other_dimensions_than_those_of_the_examples_are_an_error(fields, shape, message):
    with pytest.raises(SpaceError) as caught:
        space_with(conv(fields)).check_dimensions(shape)
    assert str(caught.value) == f"space: {message}"


@pytest.mark.parametrize(("text", "shape"), [("3x1", (16, 16, 1)), ("3x3x1", (8, 8, 8, 1)), ("3", (16, 1))])
def test_the_dimensions_of_the_examples_pass(text, shape):
    space_with(conv(f"kernel_size: {text}")).check_dimensions(shape)


# Faults


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("3x", ""),
        ("x3", ""),
        ("0x3", ""),
        ("3x0", ""),
        ("03x1", ""),
        ("1.5x2", ""),
        ("-1x2", ""),
        ("3x3x3x3", ""),
        ("9999999999999999x1", ""),
        ("3X1", " Did you mean '3x1'?"),
        ("3 x 1", " Did you mean '3x1'?"),
        ("3*1", " Did you mean '3x1'?"),
        ("3×1×2", " Did you mean '3x1x2'?"),
        ("'(3, 1)'", " Did you mean '3x1'?"),
        ("'[3,1]'", " Did you mean '3x1'?"),
        ("3X0", ""),
    ],
)
def test_a_faulty_value_per_dimension_names_the_form(text, hint):
    found = text.strip("'")
    assert faults_of_conv(f"kernel_size: {text}") == [f"kernel_size: found {found}; expected {SIZE}.{hint}"]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ("kernel_size: [3x1, 3x1]", "kernel_size: 3x1 is listed twice"),
        ("kernel_size: [3, 3x3]", "kernel_size: 3x3 is the same as 3; remove one of them"),
        (
            "kernel_size: [3x1, 3x1x1]",
            "kernel_size: found 3x1 and 3x1x1; expected numbers for the same dimensions",
        ),
        (
            "kernel_size: {low: 3x1, high: 5}",
            "kernel_size.low: found 3x1; expected a whole number of at least 1.",
        ),
        (
            "kernel_size: {first: 3x1, growth: 2}",
            "kernel_size.first: found 3x1; expected a whole number of at least 1.",
        ),
        ("filters: 3x1", "filters: found 3x1; expected a whole number of at least 1."),
        ("filters: 0x10", "filters: found 0x10; expected a whole number of at least 1."),
        ("groups: [1, 2x2]", "groups: found 2x2; expected a whole number of at least 1."),
    ],
)
def test_a_value_per_dimension_elsewhere_gives_one_message(fields, fault):
    assert faults_of_conv(fields) == [fault]


def test_ranges_and_progressions_of_one_number_stay():
    assert space_with(conv("kernel_size: {low: 1, high: 7}")).parameters[NAME] == Range(1, 7)
    space = space_with(conv("kernel_size: {first: 3, growth: 2}"))
    assert [block.kernel_size for block in blocks_of(network(space))] == [3, 6]


# Any text


FIELDS = ("kernel_size", "strides", "dilation_rate")
texts = st.lists(st.sampled_from(["0", "1", "3", "7", "x", "X", " ", "-", ".5"]), min_size=1, max_size=6)


@given(st.sampled_from(FIELDS), st.lists(texts.map("".join), min_size=1, max_size=3), st.integers(1, 3))
def test_any_texts_are_a_space_or_a_space_error(field, values, dimensions):
    text = conv(f"{field}: [{', '.join(values)}]")
    try:
        space = space_with(text)
        space.check_dimensions((*(16,) * dimensions, 1))
    except SpaceError as error:
        assert str(error)
        return
    for seed in range(2):
        candidate = space.sample_random(seed, input_shape=(*(16,) * dimensions, 1), num_classes=3)
        try:
            analyze(candidate.architecture)
        except InfeasibleArchitectureError as error:
            assert error.limit != "number of dimensions"


# Editors


VALIDATOR = Draft202012Validator(json_schema())


def validates(fields: str) -> bool:
    return VALIDATOR.is_valid(YAML(typ="safe", pure=True).load(text_of(conv(fields))))


@pytest.mark.parametrize(
    "fields",
    [
        "padding: [same, valid, 2, 1x0]",
        "padding: {low: 0, high: 2}",
        "kernel_size: 3x1",
        "kernel_size: [3, 1x7]",
        "kernel_size: 3, strides: {per_stage: [1, 2x1x1]}",
    ],
)
def test_editors_accept_values_per_dimension(fields):
    assert validates(fields)


@pytest.mark.parametrize(
    "fields",
    [
        "padding: [same, -1]",
        "padding: smae",
        "padding: {low: same, high: 2}",
        "kernel_size: 3x",
        "kernel_size: 3x0",
        "kernel_size: {low: 3x1, high: 5}",
        "filters: 3x1",
    ],
)
def test_editors_refuse_other_texts(fields):
    assert not validates(fields)
