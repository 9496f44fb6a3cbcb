from pathlib import Path

from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.reading import read_text
from cnnsearch.space.dialect.tree import found, plain


def test_what_stands_there_is_named_by_its_kind():
    tree = read_text("a: [1]\nb: {c: 1}\nd: x", Path("x.yaml"), Faults())
    assert [found(value) for value in tree.entries.values()] == ["a list", "a mapping", "x"]


def test_a_tree_is_written_out_as_plain_values():
    tree = read_text("a: [1, {b: 2.5}]\nc: {d: true}\ne: x", Path("x.yaml"), Faults())
    assert plain(tree) == {"a": [1, {"b": 2.5}], "c": {"d": True}, "e": "x"}
