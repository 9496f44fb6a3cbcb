"""Rule 10: the names of parameters."""

import pytest

from tests.space.helpers import network, sampled, space_of, space_with


def test_the_names_that_the_design_gives():
    space = space_with(
        """
        stages:
          repeat: 2
          filters: {first: [16, 32], growth: 2}
          blocks: {conv: {kernel_size: {per_stage: [3, 5]}}}
        """,
        "optimizer: {one_of: [{sgd: {learning_rate: {low: 1e-3, high: 1e-1, log: true}}}, adam]}",
    )
    assert list(space.parameters) == [
        "stages.filters.first",
        "stages.0.blocks.conv.kernel_size",
        "stages.1.blocks.conv.kernel_size",
        "optimizer",
        "optimizer.sgd.learning_rate",
    ]


@pytest.mark.parametrize(
    ("stages", "names"),
    [
        ("{kernel_size: [3, 5], blocks: conv}", ["stages.kernel_size"]),
        (
            "{kernel_size: {per_stage: [3, 5]}, blocks: conv}",
            ["stages.0.kernel_size", "stages.1.kernel_size"],
        ),
        (
            "{blocks: {repeat: 1, conv: {kernel_size: {per_block: [3, 5]}}}}",
            ["stages.blocks.0.conv.kernel_size"],
        ),
        (
            "{blocks: {repeat: {per_stage: [1, 2]}, conv: {}}}",
            ["stages.0.blocks.repeat", "stages.1.blocks.repeat"],
        ),
        (
            "{blocks: {sequence: [conv, {conv: {kernel_size: [3, 5]}}]}}",
            ["stages.blocks.1.conv.kernel_size"],
        ),
        (
            "{blocks: {sequence: [conv, {name: last, conv: {kernel_size: [3, 5]}}]}}",
            ["stages.blocks.last.conv.kernel_size"],
        ),
        (
            "{blocks: {sequence: [{name: a, conv: {kernel_size: {per_stage: [3, 5]}}}]}}",
            ["stages.0.blocks.a.conv.kernel_size", "stages.1.blocks.a.conv.kernel_size"],
        ),
        (
            "{blocks: {repeat: 2, sequence: [conv, {conv: {kernel_size: {per_block: [3, 5]}}}]}}",
            ["stages.blocks.0.1.conv.kernel_size", "stages.blocks.1.1.conv.kernel_size"],
        ),
        (
            "{blocks: {repeat: 2, conv: {kernel_size: {per_stage: {per_block: [3, 5]}}}}}",
            [f"stages.{s}.blocks.{b}.conv.kernel_size" for s in (0, 1) for b in (0, 1)],
        ),
        (
            "{blocks: {one_of: [{name: a, conv: {kernel_size: [3, 5]}}, max_pool]}}",
            ["stages.blocks", "stages.blocks.a.conv.kernel_size"],
        ),
    ],
)
def test_a_name_is_the_keys_of_the_path_and_the_labels(stages, names):
    space = space_with(f"filters: 4\nstages: {{repeat: 2, {stages[1:]}")
    assert list(space.parameters) == names


def test_names_inside_repeated_and_named_stages():
    space = space_with(
        """
        stages:
          repeat: 2
          filters: {per_stage: [4, 8]}
          sequence:
            - {name: a, blocks: {conv: {kernel_size: {per_stage: [3, 5]}}}}
            - {name: b, blocks: conv}
        """
    )
    assert set(space.parameters) == {
        "stages.0.a.filters",
        "stages.0.b.filters",
        "stages.1.a.filters",
        "stages.1.b.filters",
        "stages.0.a.blocks.conv.kernel_size",
        "stages.1.a.blocks.conv.kernel_size",
    }
    assert [stage.name for stage in network(space).stages] == ["0_a", "0_b", "1_a", "1_b"]


def test_per_layer_names():
    space = space_with(
        "stages: {filters: 4, blocks: conv}\nhead: {dense: {repeat: 2, units: {per_layer: [8, 16]}}}"
    )
    assert list(space.parameters) == ["head.dense.0.units", "head.dense.1.units"]
    head = network(space, head__dense__0__units=16, head__dense__1__units=8).head
    assert [dense.units for dense in head.dense] == [16, 8]


BEFORE = """\
version: 1
architecture:
  activation: [relu, elu]
  stages:
    repeat: {low: 1, high: 2}
    sequence:
      - {name: a, filters: [4, 8], blocks: conv}
"""
AFTER = """\
version: 1
architecture:
  activation: [relu, tanh, elu]
  stages:
    repeat: {low: 1, high: 4}
    sequence:
      - {name: new, filters: [1, 2], blocks: conv}
      - {name: a, filters: [4, 6, 8], blocks: conv}
"""


def test_names_stay_when_a_choice_a_wider_range_or_a_named_item_is_added():
    assert set(space_of(BEFORE).parameters) < set(space_of(AFTER).parameters)


def test_values_of_before_are_found_again_after():
    before, after = space_of(BEFORE), space_of(AFTER)
    params = sampled(before, 3).params
    again = sampled(after, 0, **{name.replace(".", "__"): value for name, value in params.items()})
    assert params.items() <= again.params.items()
