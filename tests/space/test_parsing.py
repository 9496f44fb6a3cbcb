import pytest

from cnnsearch.architecture.blocks import Batch, LayerNorm
from cnnsearch.space.domains import Choice
from cnnsearch.training.plan import Adam, EarlyStopping, Sgd, TrainingPlan
from tests.space.helpers import blocks_of, faults_of, faults_with, network, sampled, space_with, text_of

STAGES = "stages: {filters: 4, blocks: conv}"

# Rule 2: words


def test_a_bare_word_takes_its_defaults():
    (block,) = blocks_of(network(space_with(STAGES)))
    assert (block.kernel_size, block.padding, block.activation, block.use_bias) == (3, "same", "relu", True)


def test_none_leaves_a_part_out():
    space = space_with(
        "stages: {filters: 4, blocks: conv, downsample: none}\nstem: none\nhead: {dense: none}"
    )
    architecture = network(space)
    assert (architecture.stages[0].downsample, architecture.stem, architecture.head.dense) == ((), (), ())


def test_a_list_of_words_is_a_choice():
    space = space_with("stages: {filters: 4, blocks: conv, downsample: [none, max_pool]}")
    assert space.parameters == {"stages.downsample": Choice(("none", "max_pool"))}
    (pool,) = network(space, stages__downsample="max_pool").stages[0].downsample
    assert pool.type == "max_pool"


def test_a_word_takes_fields():
    space = space_with("stages: {filters: 4, blocks: conv}\nnormalization: {batch: {momentum: 0.8}}")
    assert blocks_of(network(space))[0].normalization == Batch(momentum=0.8)


# Rule 3: one_of and sequence


def test_one_of_chooses_between_parts_by_their_words():
    space = space_with(
        "stages: {filters: 4, blocks: {one_of: [{conv: {kernel_size: 5}}, {max_pool: {pool_size: 3}}]}}"
    )
    assert space.parameters["stages.blocks"] == Choice(("conv", "max_pool"))
    (block,) = blocks_of(network(space, stages__blocks="max_pool"))
    assert (block.type, block.pool_size) == ("max_pool", 3)


def test_one_of_chooses_between_parts_by_their_names():
    space = space_with(
        "stages: {filters: 4, blocks: {one_of: [{name: a, conv: {kernel_size: 1}}, {name: b, conv: "
        "{kernel_size: 5}}]}}"
    )
    assert blocks_of(network(space, stages__blocks="b"))[0].kernel_size == 5


def test_one_of_takes_bare_words_too():
    space = space_with("stem: {one_of: [none, {conv: {filters: 8}}]}\n" + STAGES)
    assert network(space, stem="none").stem == ()
    assert network(space, stem="conv").stem[0].filters == 8


def test_one_of_chooses_between_whole_architectures():
    space = space_with(
        """
        one_of:
          - {name: wide, stages: {filters: [64, 128], blocks: conv}}
          - {name: deep, stages: {repeat: {low: 4, high: 8}, filters: 8, blocks: conv}}
        """
    )
    assert {"architecture", "wide.stages.filters", "deep.stages.repeat"} == set(space.parameters)
    assert len(network(space, architecture="deep", deep__stages__repeat=5).stages) == 5


def test_a_sequence_builds_its_items_in_order():
    space = space_with("stages: {filters: 4, blocks: {sequence: [conv, max_pool, {conv: {kernel_size: 1}}]}}")
    assert [block.type for block in blocks_of(network(space))] == ["conv", "max_pool", "conv"]


def test_an_item_of_a_sequence_may_be_left_out():
    space = space_with("stages: {filters: 4, blocks: {sequence: [conv, [none, max_pool]]}}")
    assert space.parameters == {"stages.blocks.1": Choice(("none", "max_pool"))}


def test_stages_are_called_as_their_items_are_named():
    space = space_with(
        "stages: {filters: 4, sequence: [{name: first, blocks: conv}, {name: last, blocks: conv}]}"
    )
    assert [stage.name for stage in network(space).stages] == ["first", "last"]


# Rule 4: repeat, and nesting


def test_repeat_repeats_a_part():
    space = space_with("stages: {repeat: 2, filters: 4, blocks: {repeat: 3, conv: {}}}")
    assert [len(stage.blocks) for stage in network(space).stages] == [3, 3]


def test_repeat_zero_leaves_the_part_out():
    space = space_with(STAGES + "\nhead: {dense: {repeat: 0, units: [3, 4]}}")
    assert network(space).head.dense == ()


def test_repeat_stands_beside_a_sequence():
    space = space_with("stages: {filters: 4, blocks: {repeat: 2, sequence: [conv, max_pool]}}")
    assert [block.type for block in blocks_of(network(space))] == ["conv", "max_pool"] * 2


def test_repeat_stands_beside_one_of_and_the_choice_holds_for_all():
    space = space_with("stages: {filters: 4, blocks: {repeat: 4, one_of: [conv, max_pool]}}")
    for seed in range(4):
        assert len({block.type for block in blocks_of(network(space, seed))}) == 1


def test_repeat_of_an_item():
    space = space_with("stages: {filters: 4, blocks: {sequence: [{repeat: 2, conv: {}}, max_pool]}}")
    assert [block.type for block in blocks_of(network(space))] == ["conv", "conv", "max_pool"]


def test_parts_nest():
    space = space_with(
        """
        stages:
          filters: 4
          blocks:
            sequence:
              - {repeat: 2, sequence: [conv, {one_of: [max_pool, average_pool]}]}
              - conv
        """
    )
    types = [block.type for block in blocks_of(network(space, stages__blocks__0__1="max_pool"))]
    assert types == ["conv", "max_pool", "conv", "max_pool", "conv"]


# Rule 5, for parts


def test_a_choice_of_words_for_each_stage():
    space = space_with(
        "stages: {repeat: 2, filters: 4, blocks: conv, downsample: {per_stage: [none, max_pool]}}"
    )
    assert list(space.parameters) == ["stages.0.downsample", "stages.1.downsample"]
    stages = network(space, stages__0__downsample="none", stages__1__downsample="max_pool").stages
    assert [len(stage.downsample) for stage in stages] == [0, 1]


def test_a_choice_of_parts_for_each_stage():
    space = space_with(
        "stages: {repeat: 2, filters: 4, blocks: {per_stage: {one_of: [conv, {max_pool: {pool_size: [2, "
        "3]}}]}}}"
    )
    assert set(space.parameters) == {"stages.0.blocks", "stages.1.blocks", "stages.blocks.max_pool.pool_size"}


def test_words_in_turn():
    space = space_with(
        "stages: {repeat: 3, filters: 4, blocks: conv, "
        "downsample: {per_stage: {sequence: [max_pool, [none, average_pool]]}}}"
    )
    assert list(space.parameters) == ["stages.1.downsample", "stages.2.downsample"]
    stages = network(space, stages__1__downsample="none", stages__2__downsample="average_pool").stages
    assert [[block.type for block in stage.downsample] for stage in stages] == [
        ["max_pool"],
        [],
        ["average_pool"],
    ]


def test_a_choice_for_each_block_of_each_stage():
    space = space_with(
        "stages: {repeat: 2, filters: 4, blocks: {repeat: 2, conv: {activation: {per_stage: {per_block: "
        "[relu, elu]}}}}}"
    )
    assert set(space.parameters) == {
        f"stages.{stage}.blocks.{block}.conv.activation" for stage in range(2) for block in range(2)
    }


# Rule 8: fields written further out


def test_a_field_written_further_out_holds_for_everything_inside():
    space = space_with("activation: elu\nstem: {conv: {filters: 3}}\n" + STAGES + "\nhead: {dense: {}}")
    architecture = network(space)
    found = [architecture.stem[0], *blocks_of(architecture), architecture.head.dense[0]]
    assert {part.activation for part in found} == {"elu"}


def test_the_nearest_wins():
    space = space_with(
        """
        activation: elu
        head: {dense: {}}
        stages:
          filters: 4
          activation: relu
          sequence:
            - {blocks: conv}
            - {activation: tanh, blocks: {sequence: [conv, {conv: {activation: selu}}]}}
        """
    )
    architecture = network(space)
    assert [block.activation for block in blocks_of(architecture)] == ["relu", "tanh", "selu"]
    assert architecture.head.dense[0].activation == "elu"


def test_a_field_that_nothing_uses_is_an_error():
    assert faults_with("stages: {filters: 4, blocks: conv, pool_size: 3}") == [
        "space.yaml:3: architecture.stages.pool_size: nothing inside uses it"
    ]


def test_a_field_that_a_nearer_one_hides_is_an_error():
    assert faults_with("activation: elu\nstages: {filters: 4, activation: relu, blocks: conv}") == [
        "space.yaml:3: architecture.activation: nothing inside uses it"
    ]


def test_stage_strides_that_no_block_takes_are_an_error():
    assert faults_with("stages: {filters: 4, strides: 2, blocks: {conv: {strides: 1}}}") == [
        "space.yaml:3: architecture.stages.strides: nothing inside uses it"
    ]


def test_the_strides_of_a_stage_are_its_first_blocks():
    space = space_with("stages: {repeat: 2, filters: 4, strides: 2, blocks: {repeat: 3, conv: {}}}")
    assert [block.strides for block in blocks_of(network(space))] == [2, 1, 1, 2, 1, 1]


def test_the_strides_of_a_stage_are_a_parameter_where_its_first_block_can_be_left_out():
    space = space_with(
        "stages: {filters: 4, strides: [1, 2], blocks: {sequence: [{repeat: [0, 1], conv: {strides: "
        "1}}, conv]}}"
    )
    assert "stages.strides" in space.parameters


def test_the_strides_of_a_stage_are_not_its_downsamplings():
    space = space_with("stages: {filters: 4, strides: 3, blocks: conv, downsample: strided_conv}")
    assert network(space).stages[0].downsample[0].strides == 2


def test_keys_beside_a_sequence_are_its_items_defaults():
    space = space_with(
        """
        stages:
          blocks: {conv: {kernel_size: 5}}
          downsample: max_pool
          sequence:
            - {filters: 4}
            - {filters: 8, downsample: none}
            - {filters: 2, blocks: {conv: {kernel_size: 1}}}
        """
    )
    stages = network(space).stages
    assert [(s.blocks[0].filters, s.blocks[0].kernel_size, len(s.downsample)) for s in stages] == [
        (4, 5, 1),
        (8, 5, 0),
        (2, 1, 1),
    ]


def test_a_heads_dropout_stays_its_own_beside_one_of():
    space = space_with(
        STAGES + "\nhead: {dropout: 0.2, one_of: [{name: a, dense: {units: 3}}, {name: b, pooling: flatten, "
        "dropout: 0.4}]}"
    )
    first, second = network(space, head="a").head, network(space, head="b").head
    assert (first.dropout, first.dense[0].dropout, second.dropout) == (0.2, 0.0, 0.4)


def test_a_heads_dropout_is_no_layers_default():
    architecture = network(
        space_with(STAGES + "\nhead: {dropout: 0.2, dense: {}, blocks: {conv: {filters: 3}}}")
    )
    head = architecture.head
    assert (head.dropout, head.dense[0].dropout, head.blocks[0].dropout) == (0.2, 0.0, 0.0)


def test_dropout_written_outside_is_the_layers_and_not_the_heads():
    architecture = network(space_with("dropout: 0.3\n" + STAGES + "\nhead: {dense: {}}"))
    assert (architecture.head.dropout, architecture.head.dense[0].dropout) == (0.0, 0.3)


def test_filters_may_be_written_at_the_top():
    assert blocks_of(network(space_with("filters: 7\nstages: {blocks: conv}")))[0].filters == 7


def test_a_normalization_written_outside_is_a_part():
    space = space_with("normalization: {one_of: [none, {batch: {momentum: [0.9, 0.99]}}, layer]}\n" + STAGES)
    assert set(space.parameters) == {"normalization", "normalization.batch.momentum"}
    assert blocks_of(network(space, normalization="layer"))[0].normalization == LayerNorm()


# Width


@pytest.mark.parametrize(
    ("filters", "width", "expected"),
    [
        (16, 1.0, 16),
        (10, 1.0, 10),
        (16, 0.5, 8),
        (20, 0.5, 16),
        (3, 0.5, 8),
        (32, 0.35, 16),
        (24, 1.4, 32),
        (64, 2, 128),
    ],
)
def test_width_multiplies_filters_to_multiples_of_8(filters, width, expected):
    space = space_with(f"width: {width}\nstages: {{filters: {filters}, blocks: conv}}")
    assert blocks_of(network(space))[0].filters == expected


def test_a_width_of_one_stage():
    space = space_with(
        "stages: {filters: 16, sequence: [{name: a, width: [0.5, 2.0], blocks: conv}, {name: b, blocks: "
        "conv}]}"
    )
    assert [block.filters for block in blocks_of(network(space, stages__a__width=2.0))] == [32, 16]


def test_width_does_not_touch_units():
    assert (
        network(space_with("width: 0.5\n" + STAGES + "\nhead: {dense: {units: 10}}")).head.dense[0].units
        == 10
    )


# Heads, input and training


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


# Faults

WORDS = "conv, strided_conv, max_pool, average_pool"
BLOCK_KEYS = f"expected {WORDS}, repeat, one_of, sequence, use, or a layer's field."


@pytest.mark.parametrize(
    ("architecture", "fault"),
    [
        (
            "stages: {filters: 4, blocks: cnov}",
            f"stages.blocks: found cnov; expected {WORDS}. Did you mean 'conv'?",
        ),
        ("stages: {filters: 4, blocks: none}", f"stages.blocks: found none; expected {WORDS}."),
        (
            "stages: {filters: 4, blocks: {cnov: {kernel_size: 3}}}",
            f"stages.blocks.cnov: found 'cnov'; {BLOCK_KEYS} Did you mean 'conv'?",
        ),
        (
            "stages: {filters: 4, blocks: {residual: {kernel_size: 3}}}",
            f"stages.blocks.residual: found 'residual'; {BLOCK_KEYS}",
        ),
        ("stages: {filters: 4, blocks: {kernel_size: 3}}", f"stages.blocks: found no part; expected {WORDS}"),
        ("stages: {filters: 4, blocks: []}", f"stages.blocks: found an empty list; expected {WORDS}"),
        ("stages: {filters: 4, blocks: [conv, conv]}", "stages.blocks: a word is listed twice"),
        (
            "stages: {filters: 4, blocks: [conv, {max_pool: {}}]}",
            "stages.blocks: a list whose items have fields says what it is: one_of or sequence",
        ),
        (
            "stages: {filters: 4, blocks: {conv: {}, max_pool: {}}}",
            "stages.blocks: found conv, max_pool; write one part, or several under one_of or sequence",
        ),
        (
            "stages: {filters: 4, blocks: {conv: {}, one_of: [max_pool, average_pool]}}",
            "stages.blocks: found conv beside one_of; a part goes into the list",
        ),
        (
            "stages: {filters: 4, blocks: {one_of: [conv, max_pool], sequence: [conv]}}",
            "stages.blocks: found sequence beside one_of; a part goes into the list",
        ),
        (
            "stages: {filters: 4, blocks: {conv: 3}}",
            "stages.blocks.conv: found 3; expected fields: filters, kernel_size, strides, padding, "
            "dilation_rate, "
            "groups, use_bias, activation, normalization, dropout, kernel_initializer",
        ),
        (
            "stages: {filters: 4, blocks: {conv: [3]}}",
            "stages.blocks.conv: found a list; expected fields: filters, kernel_size, strides, padding, "
            "dilation_rate, groups, use_bias, activation, normalization, dropout, kernel_initializer",
        ),
        (
            "stages: {filters: 4, blocks: conv}\nhead: {pooling: {flatten: 3}}",
            "head.pooling.flatten: found 3; expected no fields",
        ),
        (
            "stages: {filters: 4, blocks: {conv: {kernel: 3}}}",
            "stages.blocks.conv.kernel: found 'kernel'; expected filters, kernel_size, strides, padding, "
            "dilation_rate, groups, use_bias, activation, normalization, dropout, kernel_initializer.",
        ),
        (
            "stages: {blocks: conv}",
            "stages.blocks.conv: conv has no filters; write it here, or further out for all parts inside",
        ),
        (
            "stages: {fliters: 4, blocks: conv}",
            "stages.fliters: found 'fliters'; expected filters, strides, blocks, downsample, repeat, one_of, "
            "sequence, use, or a layer's field. Did you mean 'filters'?",
        ),
        ("stages: {filters: 4}", "stages: has no blocks"),
        ("stages: 3", "stages: found 3; expected a mapping of filters, strides, blocks, downsample."),
        ("head: {}", "has no stages"),
        (
            "stages: {filters: 4, blcoks: conv}",
            "stages.blcoks: found 'blcoks'; expected filters, strides, blocks, downsample, repeat, one_of, "
            "sequence, use, or a layer's field. Did you mean 'blocks'?",
        ),
        (
            "stages: {filters: 4, blocks: {one_of: [{conv: {kernel_size: 3}}, {conv: {kernel_size: 5}}]}}",
            "stages.blocks: two items are called 'conv'; give each a name",
        ),
        (
            "stages: {filters: 4, sequence: [{name: a, blocks: conv}, {name: a, blocks: conv}]}",
            "stages: two items are called 'a'; give each its own name",
        ),
        (
            "stages: {filters: 4, blocks: {one_of: conv}}",
            "stages.blocks: one_of holds a list of parts; found conv",
        ),
        (
            "stages: {filters: 4, blocks: {sequence: []}}",
            "stages.blocks: sequence holds a list of parts; found an empty list",
        ),
        (
            "stages: {filters: 4, blocks: conv, downsample: {per_stage: max_pool}}",
            "stages.downsample: per_stage holds a list of words, one_of, or a sequence of words in turn",
        ),
        (
            "stages: {filters: 4, blocks: conv, downsample: {per_stage: {sequence: []}}}",
            "stages.downsample: a sequence holds a list of words, one for each in turn",
        ),
        (
            "stages: {filters: 4, blocks: conv, downsample: {per_stage: [none, max_pool], repeat: 2}}",
            "stages.downsample.repeat: found 'repeat'; expected per_stage.",
        ),
        (
            "stages: {filters: 4, blocks: conv, downsample: {per_stgae: [none, max_pool]}}",
            f"stages.downsample.per_stgae: found 'per_stgae'; {BLOCK_KEYS} Did you mean 'per_stage'?",
        ),
        (
            "stem: {conv: {filters: 3, kernel_size: {per_stage: [3, 5]}}}\nstages: {filters: 4, blocks: "
            "conv}",
            "stem.conv.kernel_size: is meant for each stage, but a part that uses it is in no stage; "
            "write it there apart",
        ),
        (
            "stem: {conv: {filters: {first: 3, growth: 2}}}\nstages: {filters: 4, blocks: conv}",
            "stem.conv.filters: is meant for each stage, but a part that uses it is in no stage; "
            "write it there apart",
        ),
        (
            "activation: {per_stage: [relu, elu]}\nhead: {dense: {}}\nstages: {filters: 4, blocks: conv}",
            "activation: is meant for each stage, but a part that uses it is in no stage; write it "
            "there apart",
        ),
        (
            "stages: {repeat: -1, filters: 4, blocks: conv}",
            "stages.repeat: found -1; expected a whole number of at least 0 and at most 1000.",
        ),
        (
            "stages: {filters: 4, blocks: conv}\nhead: {dense: dense}",
            "head.dense: found dense; expected none, or a mapping of units, use_bias, activation, dropout, "
            "kernel_initializer.",
        ),
        (
            "stages: {filters: 4, blocks: conv}\nhead: {pooling: none}",
            "head.pooling: found none; expected flatten, global_average, global_max.",
        ),
        (
            "stages: {filters: 4, blocks: conv}\nhead: {repeat: 2}",
            "head.repeat: found 'repeat'; expected blocks, pooling, dense, dropout, one_of, use, or a "
            "layer's field.",
        ),
        (
            "stages: {filters: 4, blocks: conv}\nhead: {dense: {units: 3, kernel_size: 3}}",
            "head.dense.kernel_size: found 'kernel_size'; expected units, use_bias, activation, dropout, "
            "kernel_initializer, repeat, one_of, sequence, use.",
        ),
    ],
)
def test_a_faulty_part_gives_one_message(architecture, fault):
    separator = "" if fault.startswith("has ") else "."
    (found,) = faults_with(architecture)
    place, _, message = found.partition(": architecture")
    assert place.startswith("space.yaml:")
    assert message == (f": {fault}" if not separator else f".{fault}")


@pytest.mark.parametrize(
    ("training", "fault"),
    [
        (
            "epochs: 3",
            "epochs: found 'epochs'; expected batch_size, optimizer, schedule, label_smoothing, "
            "early_stopping, one_of, use.",
        ),
        ("optimizer: adm", "optimizer: found adm; expected adam, adamw, sgd, rmsprop. Did you mean 'adam'?"),
        ("optimizer: none", "optimizer: found none; expected adam, adamw, sgd, rmsprop."),
        (
            "optimizer: {adam: {momentum: 0.9}}",
            "optimizer.adam.momentum: found 'momentum'; expected "
            "learning_rate, "
            "beta_1, beta_2, epsilon, weight_decay, clipnorm.",
        ),
        (
            "optimizer: {adam: {}, activation: relu}",
            "optimizer.activation: found 'activation'; expected adam, adamw, sgd, rmsprop, one_of, use.",
        ),
        (
            "batch_size: {per_stage: [8, 16]}",
            "batch_size: is meant for each stage, but a part that uses "
            "it is in "
            "no stage; write it there apart",
        ),
        ("early_stopping: yes", "early_stopping: found yes; write true or false"),
    ],
)
def test_a_faulty_training_gives_one_message(training, fault):
    assert faults_with(training=training) == [f"space.yaml:5: training.{fault}"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("3", "3"),
        ("3e5", "3e5"),
        ("'1'", "1"),
        ("a.b", "a.b"),
        ("'a b'", "a b"),
        ("-a", "-a"),
        ("true", "true"),
        ("[a]", "a list"),
    ],
)
def test_an_item_is_named_in_letters(name, found):
    assert faults_with(f"stages: {{filters: 4, sequence: [{{name: {name}, blocks: conv}}]}}") == [
        f"space.yaml:3: architecture.stages: found the name {found}; "
        "expected letters, digits, _ and -, and not a number"
    ]


def test_a_network_of_too_many_parts_is_refused():
    (fault,) = faults_with(
        "stages: {repeat: 1000, filters: 4, blocks: {repeat: {low: 1, high: 1000}, conv: {}}}"
    )
    assert fault == "space.yaml:1: the network could have over 10000 parts; lower a repeat"


@pytest.mark.parametrize("counts", ["[1, 2, 3]", "[1, 2]"])
def test_two_parameters_of_one_name_are_refused(counts):
    assert faults_with(
        f"""
        stages:
          blocks: {{repeat: [1, 2], conv: {{}}}}
          sequence: [{{name: blocks, repeat: {counts}, filters: 4}}]
        """
    ) == [
        "space.yaml:4: architecture.stages.blocks.repeat: another parameter has the same name; "
        "give one of the items another name"
    ]


def test_a_default_is_checked_where_a_fault_hides_who_uses_it():
    first, second = faults_with("stages: {filters: 0, blocks: cnov}")
    assert "stages.filters: found 0" in first + second
    assert "stages.blocks: found cnov" in first + second


def test_a_missing_architecture_is_told_once():
    assert faults_of("version: 1\nname: x\n") == ["space.yaml:1: architecture: has no stages"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "space.yaml:1: version: found nothing; expected 1, the dialect's version"),
        ("version: 2", "space.yaml:1: version: found 2; expected 1, the dialect's version"),
        ("version: true", "space.yaml:1: version: found true; expected 1, the dialect's version"),
        ("version: [1]", "space.yaml:1: version: found a list; expected 1, the dialect's version"),
        ("version: 1\nname: [a]", "space.yaml:2: name: found a list; expected letters, digits, _, - and ."),
        ("version: 1\nname: a/b", "space.yaml:2: name: found a/b; expected letters, digits, _, - and ."),
        ("version: 1\ndescription: {a: b}", "space.yaml:2: description: found a mapping; expected a text"),
        (
            "version: 1\ntrainig: {}",
            "space.yaml:2: trainig: found 'trainig'; expected version, name, description, architecture, "
            "training, "
            "constraints, baselines. Did you mean 'training'?",
        ),
    ],
)
def test_a_faulty_top_gives_one_message(text, fault):
    assert faults_of(f"{text}\narchitecture: {STAGES.replace('stages:', '{stages:')}}}") == [fault]


def test_every_fault_has_the_line_it_is_on():
    text = text_of(
        "stages:\n  filters: 4\n  blocks:\n    conv:\n      padding: smae\n    repeat: x\nhead:\n  "
        "poolnig: flatten"
    )
    assert [fault.split(": ")[0] for fault in faults_of(text)] == [
        "space.yaml:7",
        "space.yaml:8",
        "space.yaml:10",
    ]
