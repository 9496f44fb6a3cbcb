"""Heads, the input and training: the sections beside the stages."""

import pytest

from cnnsearch.plan.training_plan import Adam, EarlyStopping, Sgd, TrainingPlan
from tests.space.helpers import network, sampled, space_with

STAGES = "stages: {filters: 4, blocks: conv}"


@pytest.mark.parametrize("pooling", ["flatten", "global_average", "global_max"])
def test_a_heads_pooling(pooling):
    assert network(space_with(STAGES + f"\nhead: {{pooling: {pooling}}}")).head.pooling.type == pooling


def test_dense_layers_in_a_sequence():
    space = space_with(STAGES + "\nhead: {dense: {activation: tanh, sequence: [{units: 9}, {units: 5}]}}")
    assert [(dense.units, dense.activation) for dense in network(space).head.dense] == [
        (9, "tanh"),
        (5, "tanh"),
    ]


def test_the_inputs_scaling_may_be_a_choice():
    space = space_with("input: {scaling: [unit, none]}\n" + STAGES)
    assert network(space, input__scaling="none").input.scaling == "none"


def test_training_left_out_is_all_defaults():
    assert sampled(space_with(STAGES)).training == TrainingPlan()


def test_training_takes_the_plans_fields():
    space = space_with(
        STAGES,
        """
        batch_size: 16
        optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9}}
        schedule: {cosine: {warmup_epochs: 2}}
        label_smoothing: 0.1
        early_stopping: {patience: 3}
        """,
    )
    plan = sampled(space).training
    assert plan.optimizer == Sgd(learning_rate=0.1, momentum=0.9)
    assert (plan.batch_size, plan.schedule.warmup_epochs, plan.label_smoothing) == (16, 2.0, 0.1)
    assert plan.early_stopping == EarlyStopping(patience=3)


def test_keys_beside_a_choice_of_trainings_are_its_items_defaults():
    space = space_with(
        STAGES,
        "batch_size: 16\none_of: [{name: slow, optimizer: {adam: {learning_rate: 1e-4}}}, {name: fast, "
        "batch_size: 8}]",
    )
    slow, fast = sampled(space, training="slow").training, sampled(space, training="fast").training
    assert (slow.batch_size, slow.optimizer, fast.batch_size) == (16, Adam(learning_rate=1e-4), 8)
