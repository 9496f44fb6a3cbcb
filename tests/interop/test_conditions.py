"""The conditions under which a parameter is sampled."""

import pytest

from cnnsearch.interop.conditions import Condition, conditional_parameters
from cnnsearch.space import load_space, shipped_spaces
from cnnsearch.space.trials import RandomTrial
from tests.space.helpers import space_with


def conditions_of(space, name):
    found = [parameter for parameter in conditional_parameters(space) if parameter.name == name]
    return [parameter.conditions for parameter in found]


def active(space, params):
    """Return the parameters whose conditions hold with these values."""
    told = space.encoded(params)
    return {
        parameter.name
        for parameter in conditional_parameters(space)
        if all(told.get(condition.name) in condition.values for condition in parameter.conditions)
    }


@pytest.mark.parametrize("name", shipped_spaces())
def test_the_active_parameters_are_the_sampled_ones(name):
    space = load_space(name)
    for seed in range(50):
        params = space.sample_params(RandomTrial(seed))
        assert active(space, params) == set(params)


def test_parameters_of_every_network_have_no_condition():
    assert conditions_of(load_space("plain"), "stages.repeat") == [()]


def test_parameters_of_a_repeat_depend_on_the_count():
    name = "stages.1.blocks.conv.kernel_size"
    assert conditions_of(load_space("plain"), name) == [(Condition("stages.repeat", (2, 3)),)]


def test_a_count_among_listed_numbers_is_given_by_their_places():
    space = space_with(
        "stages: {filters: 4, blocks: {repeat: [1, 2, 4], conv: {kernel_size: {per_block: [1, 3]}}}}"
    )
    name = "stages.blocks.3.conv.kernel_size"
    assert conditions_of(space, name) == [(Condition("stages.blocks.repeat", (2,)),)]


def test_parameters_of_an_item_depend_on_its_choice():
    name = "optimizer.sgd.learning_rate"
    assert conditions_of(load_space("plain"), name) == [(Condition("optimizer", ("sgd",)),)]


def test_a_parameter_that_several_items_share_has_the_conditions_of_each():
    space = space_with(
        "stages:\n  filters: 4\n  blocks:\n    kernel_size: [3, 5]\n    one_of:\n"
        "      - conv\n      - separable_conv\n      - max_pool\n"
    )
    found = conditions_of(space, "stages.blocks.kernel_size")
    assert [conditions[0].values for conditions in found] == [("conv",), ("separable_conv",)]
