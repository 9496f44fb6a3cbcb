import json

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from cnnsearch.space.dialect.schema import json_schema
from cnnsearch.space.library import shipped_spaces
from tests.space.helpers import text_of

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def is_valid(value) -> bool:
    return VALIDATOR.is_valid(value)


def loaded(text: str):
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("name", shipped_spaces())
def test_every_shipped_space_validates(name):
    assert is_valid(loaded(shipped_spaces()[name].read_text()))


@pytest.mark.parametrize(
    "architecture",
    [
        "stages: {filters: [4, 8], blocks: conv}",
        "stages: {filters: {low: 4, high: 8, log: true}, blocks: [conv, max_pool]}",
        "stages: {filters: {per_stage: {sequence: [4, [8, 16]]}}, blocks: conv}",
        "stages: {repeat: {low: 1, high: 3}, filters: {first: 4, growth: [1, 2], max: 9}, blocks: conv}",
        "stages: {filters: 4, blocks: {conv: {kernel_size: {per_stage: {per_block: [3, 5]}}}}}",
        "stages: {filters: 4, sequence: [{name: a, blocks: conv}, {repeat: 2, blocks: {conv: {}}}]}",
        "stages: {filters: 4, blocks: {sequence: [conv, [none, max_pool], {sequence: [conv]}]}}",
        "stages: {use: vgg}",
        "use: [plain, vgg]",
        "one_of: [{name: a, stages: {use: vgg}}, {name: b, activation: elu, stages: {use: plain}}]",
        "stages: {filters: 4, blocks: conv, downsample: {per_stage: {one_of: [none, {max_pool: "
        "{pool_size: 3}}]}}}",
        "activation: relu\nwidth: 0.5\nstages: {filters: 4, blocks: conv}\nhead: {dense: none, dropout: 0.5}",
        "stages: {filters: 4, blocks: {parallel: {branches: {repeat: 2, conv: {kernel_size: {per_branch: [1, "
        "3]}}}}}}",
        "stages: {filters: 4, blocks: {parallel: {branches: {sequence: [conv, {series: {blocks: [conv, "
        "residual]}}]}}}}",
        "stages: {filters_1x1: 4, blocks: {inception: {filters_3x3: {low: 4, high: 8}}}}",
        "input: {size: open, fixed_filters: {sequence: [sobel, [none, laplacian]]}, filtered: replace}\n"
        "stages: {filters: 4, blocks: convnext}\nhead: {pooling: {spatial_pyramid: {levels: [1, 2]}}}",
        "normalization: {one_of: [instance, {group: {groups: [2, 4]}}]}\nstages: {filters: 4, blocks: conv}",
    ],
)
def test_what_the_dialect_allows_validates(architecture):
    assert is_valid(loaded(text_of(architecture)))


@pytest.mark.parametrize(
    "text",
    [
        "version: 2\narchitecture: {stages: {filters: 4, blocks: conv}}",
        "version: 1",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: cnov}}",
        "version: 1\narchitecture: {stages: {filters: 0, blocks: conv}}",
        "version: 1\narchitecture: {stages: {filters: 4.5, blocks: conv}}",
        "version: 1\narchitecture: {stages: {filters: {low: 4}, blocks: conv}}",
        "version: 1\narchitecture: {stages: {filters: {low: 4, hgih: 8}, blocks: conv}}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: [conv, {max_pool: {}}]}}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: {conv: {kernel: 3}}}}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: {parallel: {branches: cnov}}}}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: {parallel: {conv: {}}}}}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: conv}, input: {fixed_filters: sobbel}}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: conv}, head: {repeat: 2}}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: conv}, head: {dropout: 1}}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: conv}}\ntraining: {epochs: 3}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: conv}}\ntraining: {optimizer: {adam: "
        "{momentum: 1}}}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: conv}}\nconstraints: {max_weights: 1.5}",
        "version: 1\narchitecture: {stages: {filters: 4, blocks: conv}}\nbaselines: {a: 3}",
    ],
)
def test_what_the_dialect_refuses_does_not_validate(text):
    assert not is_valid(loaded(text))


def test_every_reference_has_a_definition():
    text = json.dumps(SCHEMA)
    assert {piece.split('"')[0] for piece in text.split("#/$defs/")[1:]} == set(SCHEMA["$defs"])


def test_editors_are_shown_descriptions_and_defaults():
    fields = SCHEMA["$defs"]["conv-fields"]["properties"]
    assert fields["kernel_size"]["default"] == 3
    assert fields["kernel_size"]["description"] == "Kernel size along each dimension."
    assert SCHEMA["$defs"]["training"]["anyOf"][0]["properties"]["optimizer"]["default"] == "adam"


def test_the_schema_is_small_enough_for_an_editor():
    assert len(json.dumps(SCHEMA)) < 300_000
