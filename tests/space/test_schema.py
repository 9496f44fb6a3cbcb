import json
import re

import pytest
from ruamel.yaml import YAML

from cnnsearch.space.library import shipped_spaces
from cnnsearch.space.schema import json_schema
from tests.space.helpers import text_of

SCHEMA = json_schema()
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": int | float,
}


def is_valid(value, schema=SCHEMA) -> bool:
    """Whether a value keeps a schema, for the keywords that ours has."""
    return all(KEYWORDS[key](value, rule, schema) for key, rule in schema.items())


def has_type(value, types, schema) -> bool:
    names = types if isinstance(types, list) else [types]
    return any(isinstance(value, TYPES[n]) and (n == "boolean" or not isinstance(value, bool)) for n in names)


def has_properties(value, properties, schema) -> bool:
    return all(is_valid(value[key], rule) for key, rule in properties.items() if key in value)


def has_no_others(value, rule, schema) -> bool:
    others = [value[key] for key in value if key not in schema.get("properties", {})]
    return not others if rule is False else all(is_valid(other, rule) for other in others)


def refers(value, reference, schema) -> bool:
    return is_valid(value, SCHEMA["$defs"][reference.removeprefix("#/$defs/")])


def is_listed(value, words, schema) -> bool:
    return any(word == value and type(word) is type(value) for word in words)


def bounded(holds):
    return lambda value, bound, schema: isinstance(value, str | bool) or holds(value, bound)


def always(value, rule, schema) -> bool:
    return True


def of(kind: type, holds):
    """A keyword that is about one kind of value, and kept by all others."""
    return lambda value, rule, schema: not isinstance(value, kind) or holds(value, rule, schema)


KEYWORDS = {
    "$ref": refers,
    "type": has_type,
    "enum": is_listed,
    "const": lambda value, word, schema: value == word,
    "anyOf": lambda value, options, schema: any(is_valid(value, option) for option in options),
    "properties": of(dict, has_properties),
    "additionalProperties": of(dict, has_no_others),
    "required": of(dict, lambda value, keys, schema: all(key in value for key in keys)),
    "minProperties": of(dict, lambda value, least, schema: len(value) >= least),
    "maxProperties": of(dict, lambda value, most, schema: len(value) <= most),
    "items": of(list, lambda value, rule, schema: all(is_valid(item, rule) for item in value)),
    "minItems": of(list, lambda value, least, schema: len(value) >= least),
    "uniqueItems": of(list, lambda value, rule, schema: len({str(item) for item in value}) == len(value)),
    "pattern": of(str, lambda value, rule, schema: re.search(rule, value) is not None),
    "minimum": bounded(lambda value, bound: value >= bound),
    "maximum": bounded(lambda value, bound: value <= bound),
    "exclusiveMinimum": bounded(lambda value, bound: value > bound),
    "exclusiveMaximum": bounded(lambda value, bound: value < bound),
    **dict.fromkeys(("$schema", "$defs", "title", "description", "default"), always),
}


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
    assert fields["kernel_size"]["description"] == "Positions of the kernel along each dimension."
    assert SCHEMA["$defs"]["training"]["anyOf"][0]["properties"]["optimizer"]["default"] == "adam"


def test_the_schema_is_small_enough_for_an_editor():
    assert len(json.dumps(SCHEMA)) < 150_000
