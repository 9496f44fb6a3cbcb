import pytest

from cnnsearch.errors import SpaceError
from tests.space.helpers import faults_with, space_with

ARCHITECTURE = """
activation: [relu, elu]
dropout: {low: 0.0, high: 0.5}
stages:
  repeat: {low: 1, high: 3}
  filters: 4
  blocks: {repeat: {per_stage: [1, 2]}, conv: {kernel_size: [3, 5]}}
head: {dense: {repeat: [0, 1], units: {per_layer: [8, 16]}, use_bias: [true, false]}}
"""


def baseline(text: str) -> dict:
    return dict(space_with(ARCHITECTURE, rest=f"baselines: {{it: {{{text}}}}}").baseline("it"))


def faults(text: str) -> list[str]:
    found = faults_with(ARCHITECTURE, rest=f"baselines: {{it: {{{text}}}}}")
    assert all(fault.startswith("space.yaml:10: baselines.it") for fault in found)
    return [fault.removeprefix("space.yaml:10: baselines.it").removeprefix(".") for fault in found]


def test_a_baseline_gives_values_by_name():
    assert baseline("stages.repeat: 2, activation: elu") == {"stages.repeat": 2, "activation": "elu"}


def test_a_number_left_out_means_all():
    assert baseline("stages.blocks.repeat: 2") == {f"stages.{stage}.blocks.repeat": 2 for stage in range(3)}


def test_a_sequence_gives_one_value_each():
    assert baseline("stages.blocks.repeat: {sequence: [1, 2, 1]}") == {
        "stages.0.blocks.repeat": 1,
        "stages.1.blocks.repeat": 2,
        "stages.2.blocks.repeat": 1,
    }


def test_a_sequences_last_value_goes_on():
    assert [*baseline("stages.blocks.repeat: {sequence: [1, 2]}").values()] == [1, 2, 2]


def test_the_longer_name_wins():
    values = baseline("stages.0.blocks.repeat: 1, stages.blocks.repeat: 2")
    assert [*values.values()] == [1, 2, 2]


def test_a_fixed_value_may_be_named_where_it_agrees():
    assert baseline("stages.filters: 4") == {}


def test_a_whole_number_does_for_a_fraction():
    space = space_with(ARCHITECTURE, rest="baselines: {it: {dropout: 0}}")
    assert space.encoded(space.baseline("it")) == {"dropout": 0.0}


OPTIMIZERS = """
optimizer:
  one_of:
    - adam: {learning_rate: {low: 1e-4, high: 1e-2}}
    - sgd: {learning_rate: {low: 1e-3, high: 1e-1}, momentum: 0.9}
"""


@pytest.mark.parametrize(
    ("given", "optimizer"),
    [
        ("optimizer.adam.learning_rate: 1e-3", "adam"),
        ("optimizer.sgd.momentum: 0.9", "sgd"),
        ("optimizer.adam.learning_rate: 1e-3, optimizer.sgd.learning_rate: 1e-2", None),
        ("optimizer.adam.learning_rate: 1e-3, optimizer: sgd", "sgd"),
        ("stages.repeat: 2", None),
    ],
)
def test_a_value_inside_one_alternative_chooses_it(given, optimizer):
    space = space_with(ARCHITECTURE, OPTIMIZERS, rest=f"baselines: {{it: {{{given}}}}}")
    assert space.baseline("it").get("optimizer") == optimizer


def test_names_of_items_may_be_left_out():
    space = space_with(
        "stages: {sequence: [{name: a, filters: [1, 2], blocks: conv}, {name: b, filters: [1, 2], "
        "blocks: conv}]}",
        rest="baselines: {both: {stages.filters: 2}, one: {stages.b.filters: 1}}",
    )
    assert space.baseline("both") == {"stages.a.filters": 2, "stages.b.filters": 2}
    assert space.baseline("one") == {"stages.b.filters": 1}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("stages.repeat: 4", "stages.repeat: found 4, but stages.repeat is 1 to 3"),
        ("activation: tanh", "activation: found tanh, but activation is one of relu, elu"),
        ("stages.filters: 5", "stages.filters: found 5, but stages.filters is fixed at 4"),
        (
            "head.dense.use_bias: 1",
            "head.dense.use_bias: found 1, but head.dense.use_bias is one of true, false",
        ),
        ("dropout: 0.7", "dropout: found 0.7, but dropout is 0 to 0.5"),
        (
            "stages.blocks.repeat: {sequence: [1, 3]}",
            "stages.blocks.repeat: found 3, but stages.1.blocks.repeat is one of 1, 2",
        ),
        (
            "stages.blocks.repeat: {sequence: [1, 2, 1, 2]}",
            "stages.blocks.repeat: found 4 values; the name matches 3 parameters",
        ),
        (
            "stages.reepat: 2",
            "stages.reepat: the space has no parameter 'stages.reepat'. Did you mean 'stages.repeat'?",
        ),
        ("speed: 2", "speed: the space has no parameter 'speed'."),
        (
            "stages.repeat: [1, 2]",
            "stages.repeat: found a list; expected a value or {sequence: [one, for, each]}",
        ),
        (
            "stages.repeat: {sequence: [[1]]}",
            "stages.repeat: found a mapping; expected a value or {sequence: [one, for, each]}",
        ),
        (
            "stages.repeat: {low: 1}",
            "stages.repeat: found a mapping; expected a value or {sequence: [one, for, each]}",
        ),
    ],
)
def test_a_faulty_baseline_is_refused_when_the_space_is_loaded(text, fault):
    assert fault in faults(text)


def test_all_faults_of_baselines_are_reported_at_once():
    assert len(faults("stages.repeat: 4, activation: tanh")) == 2


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("baselines: [a]", "space.yaml:10: baselines: found a list; expected name: {parameter: value}"),
        ("baselines: {it: 3}", "space.yaml:10: baselines.it: found 3; expected parameter: value"),
    ],
)
def test_baselines_that_are_no_mappings_are_refused(text, fault):
    assert faults_with(ARCHITECTURE, rest=text) == [fault]


def test_an_unknown_baseline_offers_the_near_names():
    space = space_with(ARCHITECTURE, rest="name: mine\nbaselines: {small: {}, large: {}}")
    with pytest.raises(SpaceError) as caught:
        space.baseline("smal")
    assert (
        str(caught.value)
        == "mine has no baseline 'smal'; expected one of small, large. Did you mean 'small'?"
    )


def test_a_space_without_baselines_is_reported():
    with pytest.raises(SpaceError, match="space has no baseline 'x'; expected none"):
        space_with(ARCHITECTURE).baseline("x")


def test_what_a_baseline_leaves_out_is_random():
    space = space_with(ARCHITECTURE, rest="baselines: {it: {stages.repeat: 3}}")
    made = [
        space.sample_random(seed, input_shape=(8, 8, 1), num_classes=2, baseline="it").params
        for seed in range(9)
    ]
    assert {params["stages.repeat"] for params in made} == {3}
    assert len({params["activation"] for params in made}) == 2
