from pathlib import Path

import pytest

from cnnsearch.errors import SpaceError
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.loading import parse_space
from cnnsearch.space.dialect.overrides import overridden
from cnnsearch.space.dialect.reading import read_text
from cnnsearch.space.dialect.tree import plain

TEXT = """\
version: 1
architecture:
  stages:
    sequence:
      - {name: a, filters: 4, blocks: conv}
      - {filters: 8, blocks: conv}
"""


def replaced(**overrides: str):
    tree = read_text(TEXT, Path("x.yaml"), Faults())
    return overridden(tree, {path.replace("__", "."): text for path, text in overrides.items()})


def test_a_value_is_replaced():
    tree = plain(replaced(architecture__stages__sequence__a__filters="[1, 2]"))
    assert tree["architecture"]["stages"]["sequence"][0]["filters"] == [1, 2]


def test_an_item_is_named_by_its_number():
    tree = plain(replaced(architecture__stages__sequence__1__filters="{low: 1, high: 3}"))
    assert tree["architecture"]["stages"]["sequence"][1]["filters"] == {"low": 1, "high": 3}


def test_a_key_is_added():
    assert plain(replaced(training="{batch_size: 8}"))["training"] == {"batch_size": 8}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"architecture__stagse__repeat": "2"},
            "--set architecture.stagse.repeat: no key stagse; expected stages. Did you mean 'stages'?",
        ),
        (
            {"architecture__stages__sequence__b__filters": "2"},
            "--set architecture.stages.sequence.b.filters: no item b; expected a, 1.",
        ),
        ({"version__x": "2"}, "--set version.x: no key x; the path before it is a single value"),
        ({"training": "yes"}, "--set training:1: value: found yes; write true or false"),
    ],
)
def test_a_faulty_override_is_refused(overrides, message):
    with pytest.raises(SpaceError) as caught:
        replaced(**overrides)
    assert str(caught.value) == message


def test_a_fault_in_an_override_names_it():
    faults = Faults()
    with pytest.raises(SpaceError) as caught:
        parse_space(replaced(architecture__stages__sequence__a__filters="0"), Path("x.yaml"), faults)
    assert str(caught.value).startswith(
        "--set architecture.stages.sequence.a.filters:1: architecture.stages.a.filters: found 0"
    )
