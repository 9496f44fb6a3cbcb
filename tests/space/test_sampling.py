"""Rule 9: what is not built is not sampled."""

from tests.space.helpers import sampled, space_with


def test_the_fields_of_the_item_that_is_not_chosen_are_not_sampled():
    space = space_with(
        "stages: {filters: 4, blocks: conv}",
        "optimizer: {one_of: [{adam: {learning_rate: [0.1, 0.2]}}, {sgd: {learning_rate: [0.3, 0.4]}}]}",
    )
    assert set(sampled(space, optimizer="sgd").params) == {"optimizer", "optimizer.sgd.learning_rate"}


def test_stages_that_are_not_built_are_not_sampled():
    space = space_with(
        "stages: {repeat: {low: 1, high: 3}, filters: 4, blocks: {conv: {kernel_size: {per_stage: [3, 5]}}}}"
    )
    params = sampled(space, stages__repeat=2).params
    assert set(params) == {
        "stages.repeat",
        "stages.0.blocks.conv.kernel_size",
        "stages.1.blocks.conv.kernel_size",
    }


def test_a_field_is_not_sampled_where_no_part_takes_it():
    space = space_with(
        "normalization: [none, batch]\nstages: {filters: 4, blocks: [conv, max_pool]}\nhead: {dense: "
        "{repeat: [0, 1], units: [3, 4]}}"
    )
    assert set(sampled(space, stages__blocks="max_pool", head__dense__repeat=0).params) == {
        "stages.blocks",
        "head.dense.repeat",
    }


def test_a_value_used_in_many_places_is_sampled_once():
    asked = []

    class Listening:
        def suggest_categorical(self, name, choices):
            asked.append(name)
            return choices[0]

        suggest_int = suggest_float = None

    space = space_with(
        "activation: [relu, elu]\nstages: {repeat: 4, filters: 4, blocks: conv}\nhead: {dense: {}}"
    )
    space.sample(Listening(), input_shape=(8, 8, 1), num_classes=2)
    assert asked == ["activation"]
