import pytest

from cnnsearch.architecture.blocks.base import ActivationName
from cnnsearch.space.domains import Choice, Range
from tests.space.helpers import blocks_of, faults_with, network, sampled, space_with

SIZE = "a whole number of at least 1, or one per dimension (3x1)"
PIXELS = "a whole number of at least 0, or one per dimension (3x1)"
ACTIVATIONS = ", ".join(ActivationName.__args__)


def conv(fields: str) -> str:
    return f"stages: {{repeat: 3, filters: 4, blocks: {{conv: {{{fields}}}}}}}"


def faults_of_conv(fields: str) -> list[str]:
    prefix = "space.yaml:3: architecture.stages.blocks.conv."
    faults = faults_with(conv(fields))
    assert all(fault.startswith(prefix) for fault in faults), faults
    return [fault.removeprefix(prefix) for fault in faults]


def domain_of(fields: str, name: str):
    return space_with(conv(fields)).parameters[f"stages.blocks.conv.{name}"]


# Rule 1: fixed, choice, range


def test_a_scalar_is_fixed():
    space = space_with(conv("kernel_size: 5"))
    assert not space.parameters
    assert {block.kernel_size for block in blocks_of(network(space))} == {5}


def test_a_list_is_a_choice_and_numbers_are_sorted():
    assert domain_of("kernel_size: [5, 3]", "kernel_size") == Choice((3, 5))


def test_words_keep_their_order():
    assert domain_of("activation: [tanh, relu]", "activation") == Choice(("tanh", "relu"))


def test_a_list_of_one_is_fixed():
    assert not space_with(conv("kernel_size: [5]")).parameters


def test_booleans_are_a_choice():
    space = space_with(conv("use_bias: [true, false]"))
    assert space.parameters["stages.blocks.conv.use_bias"] == Choice((True, False))
    assert blocks_of(network(space, stages__blocks__conv__use_bias=False))[0].use_bias is False


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("{low: 1, high: 7}", Range(1, 7)),
        ("{low: 1, high: 7, step: 2}", Range(1, 7, step=2)),
        ("{low: 1, high: 8, step: 2}", Range(1, 7, step=2)),
        ("{low: 1, high: 64, log: true}", Range(1, 64, log=True)),
        ("{low: 1, high: 7, log: false}", Range(1, 7)),
    ],
)
def test_low_and_high_are_a_range_of_whole_numbers(text, domain):
    assert domain_of(f"kernel_size: {text}", "kernel_size") == domain


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("{low: 0, high: 0.5}", Range(0.0, 0.5)),
        ("{low: 0, high: 0.5, step: 0.1}", Range(0.0, 0.5, step=0.1)),
        ("{low: 0.0, high: 0.35, step: 0.1}", Range(0.0, 0.3, step=0.1)),
        ("{low: 1e-3, high: 0.5, log: true}", Range(0.001, 0.5, log=True)),
    ],
)
def test_low_and_high_are_a_range_of_numbers(text, domain):
    assert domain_of(f"dropout: {text}", "dropout") == domain
    assert isinstance(domain_of(f"dropout: {text}", "dropout").low, float)


def test_a_range_of_one_value_is_fixed():
    assert not space_with(conv("kernel_size: {low: 3, high: 3}")).parameters


# Rules 5 and 6: for each repeat, and in turn


def test_a_value_holds_for_all_repeats():
    space = space_with(conv("kernel_size: [3, 5, 7]"))
    for seed in range(5):
        assert len({block.kernel_size for block in blocks_of(network(space, seed))}) == 1


def test_per_stage_samples_one_value_for_each_stage():
    space = space_with(conv("kernel_size: {per_stage: [3, 5]}"))
    assert [*space.parameters] == [f"stages.{n}.blocks.conv.kernel_size" for n in range(3)]
    values = {f"stages__{n}__blocks__conv__kernel_size": k for n, k in enumerate((3, 5, 3))}
    assert [block.kernel_size for block in blocks_of(network(space, **values))] == [3, 5, 3]


def test_values_in_turn_with_the_last_one_going_on():
    space = space_with(conv("kernel_size: {per_stage: {sequence: [7, 5]}}"))
    assert [block.kernel_size for block in blocks_of(network(space))] == [7, 5, 5]


def test_items_in_turn_may_be_domains():
    space = space_with(conv("kernel_size: {per_stage: {sequence: [1, [3, 5], {low: 1, high: 9}]}}"))
    assert space.parameters == {
        "stages.1.blocks.conv.kernel_size": Choice((3, 5)),
        "stages.2.blocks.conv.kernel_size": Range(1, 9),
    }


# Rule 7: progressions


def filters_of(text: str, stages: int = 4, **values) -> list[int]:
    space = space_with(f"stages: {{repeat: {stages}, filters: {text}, blocks: conv}}")
    return [block.filters for block in blocks_of(network(space, **values))]


def test_a_progression_grows_over_the_stages():
    assert filters_of("{first: 16, growth: 2}") == [16, 32, 64, 128]


def test_a_progression_stops_at_max():
    assert filters_of("{first: 16, growth: 2, max: 40}") == [16, 32, 40, 40]


def test_a_progression_may_shrink_and_keeps_whole_numbers_of_one_at_least():
    assert filters_of("{first: 4, growth: 0.3}") == [4, 1, 1, 1]


def test_a_progression_rounds_whole_numbers():
    assert filters_of("{first: 10, growth: 1.25}", stages=3) == [10, 12, 16]


def test_the_parts_of_a_progression_are_parameters():
    values = {"stages__filters__first": 8, "stages__filters__growth": 3.0, "stages__filters__max": 50}
    assert filters_of("{first: [8, 16], growth: [1, 3], max: [50, 100]}", **values) == [8, 24, 50, 50]


def test_a_progression_counts_stages_in_a_sequence():
    space = space_with(
        """
        stages:
          filters: {first: 8, growth: 2}
          sequence: [{blocks: conv}, {repeat: 2, blocks: conv}, {blocks: conv}]
        """
    )
    assert [block.filters for block in blocks_of(network(space))] == [8, 16, 32, 64]


def test_a_progression_of_fractions():
    space = space_with(conv("dropout: {first: 0.1, growth: 2}"))
    assert [block.dropout for block in blocks_of(network(space))] == [0.1, 0.2, 0.4]


# Faults


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ("kernel_size: 0", f"kernel_size: found 0; expected {SIZE}."),
        ("kernel_size: 3.0", f"kernel_size: found 3.0; expected {SIZE}."),
        ("kernel_size: true", f"kernel_size: found true; expected {SIZE}."),
        ("kernel_size: '3'", f"kernel_size: found 3; expected {SIZE}."),
        ("kernel_size: [3, five]", f"kernel_size: found five; expected {SIZE}."),
        ("kernel_size: [1, true]", f"kernel_size: found true; expected {SIZE}."),
        ("kernel_size: [3, [5]]", f"kernel_size: found a list; expected {SIZE}"),
        ("kernel_size: [3, 5, 3]", "kernel_size: 3 is listed twice"),
        ("dropout: [0, 0.0]", "dropout: 0 is listed twice"),
        ("kernel_size: []", f"kernel_size: found an empty list; expected {SIZE}"),
        ("kernel_size: {}", f"kernel_size: found an empty mapping; expected {SIZE}"),
        ("dropout: 1.0", "dropout: found 1.0; expected a number of at least 0 and below 1."),
        ("use_bias: 1", "use_bias: found 1; expected true or false."),
        ("padding: smae", f"padding: found smae; expected valid, same, full, {PIXELS}. Did you mean 'same'?"),
        ("padding: [same, -1]", f"padding: found -1; expected valid, same, full, {PIXELS}."),
        ("padding: [same, 1.5]", f"padding: found 1.5; expected valid, same, full, {PIXELS}."),
        ("padding: [same, 2, same]", "padding: same is listed twice"),
        ("activation: rleu", f"activation: found rleu; expected one of {ACTIVATIONS}. Did you mean 'relu'?"),
        (
            "kernel_size: {low: 0, high: 3}",
            "kernel_size.low: found 0; expected a whole number of at least 1.",
        ),
        ("dropout: {low: 0, high: 1}", "dropout.high: found 1; expected a number of at least 0 and below 1."),
        (
            "kernel_size: {low: 1, high: 3.5}",
            "kernel_size.high: found 3.5; expected a whole number of at least 1.",
        ),
        (
            "kernel_size: {low: 5, high: 3}",
            "kernel_size: low must not be above high; found low 5, high 3",
        ),
        ("kernel_size: {low: 5}", "kernel_size: the range has no high"),
        ("kernel_size: {high: 5}", "kernel_size: the range has no low"),
        ("dropout: {low: 0, high: 0.5, log: true}", "dropout: log requires low above 0; found low 0"),
        (
            "kernel_size: {low: 1, high: 9, log: true, step: 2}",
            "kernel_size: found both log and step; expected at most one of them",
        ),
        ("kernel_size: {low: 1, high: 3, step: 5}", "kernel_size: found step 5, above the range 1 to 3"),
        (
            "kernel_size: {low: 1, high: 3, step: 0}",
            "kernel_size.step: found 0; expected a whole number above 0.",
        ),
        ("kernel_size: {low: 1, high: 3, log: 1}", "kernel_size.log: found 1; expected true or false."),
        (
            "activation: {low: 1, high: 3}",
            f"activation: found a range; expected one of {ACTIVATIONS}, or a list of those",
        ),
        (
            "activation: {first: 1, growth: 3}",
            f"activation: found a progression; expected one of {ACTIVATIONS}",
        ),
        (
            "padding: {low: same, high: 3}",
            "padding.low: found same; expected a whole number of at least 0.",
        ),
        ("kernel_size: {first: 1}", "kernel_size: the progression has no growth"),
        ("kernel_size: {growth: 1}", "kernel_size: the progression has no first"),
        (
            "kernel_size: {first: 0, growth: 1}",
            "kernel_size.first: found 0; expected a whole number of at least 1.",
        ),
        ("kernel_size: {first: 1, growth: 0}", "kernel_size.growth: found 0; expected a number above 0."),
        (
            "kernel_size: {first: {first: 1, growth: 2}, growth: 2}",
            "kernel_size.first: found first in a nested value; expected a value, a list of values or a range",
        ),
        (
            "kernel_size: {first: {per_stage: [1, 2]}, growth: 2}",
            "kernel_size.first: found per_stage in a nested value; "
            "expected a value, a list of values or a range",
        ),
        (
            "kernel_size: {per_stage: {sequence: [3, {per_block: [1, 3]}]}}",
            "kernel_size: found per_block in a nested value; expected a value, a list of values or a range",
        ),
        (
            "dropout: {first: 0.5, growth: [1, 2]}",
            "dropout: the progression reaches 2; expected a number of at least 0 and below 1",
        ),
        (
            "kernel_size: {first: 2, growth: 1.0e+200}",
            "kernel_size: the progression reaches inf; expected a whole number of at least 1",
        ),
        (
            "kernel_size: {lo: 1, high: 3}",
            "kernel_size.lo: found 'lo' beside high; expected low, high, log, step. Did you mean 'low'?",
        ),
        (
            "kernel_size: {low: 1, hgih: 3}",
            "kernel_size.hgih: found 'hgih' beside low; expected low, high, log, step. Did you mean 'high'?",
        ),
        (
            "kernel_size: {low: 1, max: 3}",
            "kernel_size.max: found 'max' beside low; expected low, high, log, step. Here, write 'high'.",
        ),
        (
            "kernel_size: {first: 1, grwoth: 3}",
            "kernel_size.grwoth: found 'grwoth' beside first; expected first, growth, max. "
            "Did you mean 'growth'?",
        ),
        (
            "kernel_size: {values: [3, 5]}",
            f"kernel_size.values: found 'values'; expected {SIZE}, a list of "
            "those, or low, high, log, step, first, growth, max, per_stage, per_block, per_layer, "
            "per_branch. Here, write the list itself, [a, b].",
        ),
        (
            "kernel_size: {per_stag: [3, 5]}",
            f"kernel_size.per_stag: found 'per_stag'; expected {SIZE}, a list of "
            "those, or low, high, log, step, first, growth, max, per_stage, per_block, per_layer, "
            "per_branch. Did you mean 'per_stage'?",
        ),
        (
            "kernel_size: [{low: 1, high: 2}, 3]",
            "kernel_size: found a mapping in a list of values; expected plain values, [a, b]",
        ),
        (
            "kernel_size: {per_stage: {sequence: 3}}",
            "kernel_size: found 3 under sequence; expected a non-empty list of values",
        ),
        (
            "kernel_size: {per_stage: {sequence: []}}",
            "kernel_size: found a list under sequence; expected a non-empty list of values",
        ),
        (
            "kernel_size: {per_stage: [3, 5], low: 3}",
            "kernel_size.low: found 'low' beside per_stage; expected per_stage.",
        ),
        (
            "kernel_size: {per_stage: {first: 1, growth: 2}}",
            "kernel_size: found a progression under per_stage; a progression already varies per stage",
        ),
        (
            "kernel_size: {per_layer: [3, 5]}",
            "kernel_size: has a value per layer, but a part that uses it is in no layer; give that "
            "part its own value",
        ),
    ],
)
def test_a_faulty_value_gives_one_message(fields, fault):
    assert faults_of_conv(fields) == [fault]


def test_min_and_max_are_other_tools_words():
    first, second = faults_of_conv("kernel_size: {min: 3, max: 5}")
    assert first.endswith("Here, write 'low'.")
    assert second.endswith("Here, write 'high'.")


def test_an_unknown_key_of_a_domain_that_is_a_word_for_parts():
    (fault,) = faults_of_conv("kernel_size: {one_of: [3, 5]}")
    assert fault.endswith("Here, a choice between plain values is a list, [a, b].")


def test_a_fault_is_placed_at_its_keys_line():
    faults = faults_with(
        "stages:\n  filters: 4\n  blocks:\n    conv:\n      kernel_size:\n        low: 5\n        high: 3"
    )
    assert faults[0].startswith("space.yaml:7: architecture.stages.blocks.conv.kernel_size: low must not")


def test_whole_numbers_do_for_fractions():
    assert sampled(space_with(conv("dropout: 0"))).architecture.stages[0].blocks[0].dropout == 0.0
