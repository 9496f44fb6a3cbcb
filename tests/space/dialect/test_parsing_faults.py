"""One message for each fault of a part, a name or the top of a file."""

import pytest

from tests.space.helpers import faults_of, faults_with, text_of

STAGES = "stages: {filters: 4, blocks: conv}"

WORDS = (
    "conv, separable_conv, depthwise_conv, tiled_conv, unshared_conv, strided_conv, residual, "
    "inverted_residual, convnext, inception, dense_block, aspp, parallel, series, max_pool, average_pool, "
    "min_pool, local_response"
)
BLOCK_KEYS = f"expected {WORDS}, repeat, one_of, sequence, use, or a layer field."
CONV = (
    "filters, kernel_size, strides, padding, dilation_rate, groups, use_bias, activation, normalization, "
    "dropout, spatial_dropout, kernel_initializer"
)


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
            "stages: {filters: 4, blocks: {fire: {kernel_size: 3}}}",
            f"stages.blocks.fire: found 'fire'; {BLOCK_KEYS}",
        ),
        ("stages: {filters: 4, blocks: {kernel_size: 3}}", f"stages.blocks: found no part; expected {WORDS}"),
        ("stages: {filters: 4, blocks: []}", f"stages.blocks: found an empty list; expected {WORDS}"),
        ("stages: {filters: 4, blocks: [conv, conv]}", "stages.blocks: a word is listed twice"),
        (
            "stages: {filters: 4, blocks: [conv, {max_pool: {}}]}",
            "stages.blocks: found a list of parts with fields; write it under one_of or sequence",
        ),
        (
            "stages: {filters: 4, blocks: {conv: {}, max_pool: {}}}",
            "stages.blocks: found conv, max_pool; write one part, or several under one_of or sequence",
        ),
        (
            "stages: {filters: 4, blocks: {conv: {}, one_of: [max_pool, average_pool]}}",
            "stages.blocks: found conv beside one_of; write the part in the list",
        ),
        (
            "stages: {filters: 4, blocks: {one_of: [conv, max_pool], sequence: [conv]}}",
            "stages.blocks: found sequence beside one_of; write the part in the list",
        ),
        (
            "stages: {filters: 4, blocks: {conv: 3}}",
            f"stages.blocks.conv: found 3; expected fields: {CONV}",
        ),
        (
            "stages: {filters: 4, blocks: {conv: [3]}}",
            f"stages.blocks.conv: found a list; expected fields: {CONV}",
        ),
        (
            "stages: {filters: 4, blocks: conv}\nhead: {pooling: {flatten: 3}}",
            "head.pooling.flatten: found 3; expected no fields",
        ),
        (
            "stages: {filters: 4, blocks: {conv: {kernel: 3}}}",
            f"stages.blocks.conv.kernel: found 'kernel'; expected {CONV}.",
        ),
        (
            "stages: {blocks: conv}",
            "stages.blocks.conv: conv has no filters; write it here, or at an outer level for "
            "all parts inside",
        ),
        (
            "stages: {fliters: 4, blocks: conv}",
            "stages.fliters: found 'fliters'; expected filters, strides, blocks, downsample, repeat, one_of, "
            "sequence, use, or a layer field. Did you mean 'filters'?",
        ),
        ("stages: {filters: 4}", "stages: has no blocks"),
        ("stages: 3", "stages: found 3; expected a mapping of filters, strides, blocks, downsample."),
        ("head: {}", "has no stages"),
        (
            "stages: {filters: 4, blcoks: conv}",
            "stages.blcoks: found 'blcoks'; expected filters, strides, blocks, downsample, repeat, one_of, "
            "sequence, use, or a layer field. Did you mean 'blocks'?",
        ),
        (
            "stages: {filters: 4, blocks: {one_of: [{conv: {kernel_size: 3}}, {conv: {kernel_size: 5}}]}}",
            "stages.blocks: two items have the name 'conv'; name each item",
        ),
        (
            "stages: {filters: 4, sequence: [{name: a, blocks: conv}, {name: a, blocks: conv}]}",
            "stages: two items have the name 'a'; rename one of them",
        ),
        (
            "stages: {filters: 4, blocks: {one_of: conv}}",
            "stages.blocks: found conv under one_of; expected a list of parts",
        ),
        (
            "stages: {filters: 4, blocks: {sequence: []}}",
            "stages.blocks: found an empty list under sequence; expected a list of parts",
        ),
        (
            "stages: {filters: 4, blocks: conv, downsample: {per_stage: max_pool}}",
            "stages.downsample: found max_pool under per_stage; "
            "expected a list of words, one_of, or a sequence of words",
        ),
        (
            "stages: {filters: 4, blocks: conv, downsample: {per_stage: {sequence: []}}}",
            "stages.downsample: found a list under sequence; expected a non-empty list of words",
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
            "stem.conv.kernel_size: has a value per stage, but a part that uses it is in no stage; "
            "give that part its own value",
        ),
        (
            "stem: {conv: {filters: {first: 3, growth: 2}}}\nstages: {filters: 4, blocks: conv}",
            "stem.conv.filters: has a value per stage, but a part that uses it is in no stage; "
            "give that part its own value",
        ),
        (
            "activation: {per_stage: [relu, elu]}\nhead: {dense: {}}\nstages: {filters: 4, blocks: conv}",
            "activation: has a value per stage, but a part that uses it is in no stage; give that "
            "part its own value",
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
            "head.pooling: found none; expected flatten, global_average, global_max, "
            "spatial_pyramid, fully_convolutional.",
        ),
        (
            "stages: {filters: 4, blocks: conv}\nhead: {repeat: 2}",
            "head.repeat: found 'repeat'; expected blocks, pooling, dense, dropout, one_of, use, or a "
            "layer field.",
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
            "epochs: found 'epochs'; expected batch_size, optimizer, learning_rate_scaling, schedule, loss, "
            "label_smoothing, augmentation, early_stopping, one_of, use.",
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
            "batch_size: has a value per stage, but a part that uses "
            "it is in "
            "no stage; give that part its own value",
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
    assert fault == "space.yaml:1: a network can have more than 10000 parts; lower the repeats"


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
        "rename one of the items"
    ]


def test_a_default_is_checked_where_a_fault_hides_who_uses_it():
    first, second = faults_with("stages: {filters: 0, blocks: cnov}")
    assert "stages.filters: found 0" in first + second
    assert "stages.blocks: found cnov" in first + second


def test_a_missing_architecture_is_reported_once():
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
        ("version: 1\ndescription: {a: b}", "space.yaml:2: description: found a mapping; expected text"),
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
