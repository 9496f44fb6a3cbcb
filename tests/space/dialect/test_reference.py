from pathlib import Path

import pytest

from cnnsearch.space import load_space
from cnnsearch.space.dialect.grammar import BLOCKS, OPTIMIZERS, layer_fields
from cnnsearch.space.dialect.reference import reference
from tests.space.helpers import faults_of, space_of

PAGE = (Path(__file__).parents[3] / "docs" / "dialect.md").read_text(encoding="utf-8")


def examples() -> list[str]:
    """The page's YAML, block by block."""
    return [block.split("```")[0] for block in PAGE.split("```yaml\n")[1:]]


def test_the_pages_tables_are_the_models():
    start, end = "<!-- reference: begin -->\n", "\n<!-- reference: end -->"
    assert PAGE.split(start)[1].split(end)[0] == reference()


@pytest.mark.parametrize("word", [*BLOCKS, *OPTIMIZERS, *layer_fields()])
def test_every_word_is_in_the_reference(word):
    assert f"`{word}`" in reference()


@pytest.mark.parametrize("text", [text for text in examples() if text.startswith("version")])
def test_the_pages_whole_examples_load(text):
    space_of(text)


@pytest.mark.parametrize("text", [text for text in examples() if text.startswith("stages")])
def test_the_pages_stages_load(text):
    body = "".join(f"  {line}\n" for line in text.splitlines())
    space_of(f"version: 1\narchitecture:\n{body}")


def test_the_pages_message_is_what_a_user_sees():
    (text,) = (text for text in examples() if text.startswith("# wrong"))
    shown = PAGE.split("```text\n")[1].split("\n```")[0]
    assert "\n".join(faults_of(text)) == shown


def test_the_shipped_plain_space_is_the_pages_first_example():
    assert list(space_of(examples()[0]).parameters) == list(load_space("plain").parameters)
