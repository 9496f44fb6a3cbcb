"""Whatever a file holds, loading it gives a space or a SpaceError."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError, SpaceError
from cnnsearch.space.dialect.grammar import (
    AUGMENTATIONS,
    BLOCKS,
    CONSTRAINTS,
    FIXED_FILTERS,
    HEAD_POOLINGS,
    NORMALIZATIONS,
    OPTIMIZERS,
    layer_fields,
)
from cnnsearch.space.library import shipped_spaces
from tests.space.helpers import space_of

WORDS = [
    *("version", "architecture", "training", "constraints", "baselines", "stages", "head", "stem", "blocks"),
    *(
        "downsample",
        "dense",
        "pooling",
        "one_of",
        "sequence",
        "repeat",
        "use",
        "name",
        "none",
        "input",
        "branches",
    ),
    *("scaling", "size", "open", "fixed_filters", "filtered", "append", "augmentation", "levels"),
    *("low", "high", "log", "step", "first", "growth", "max", "strides"),
    *("per_stage", "per_block", "per_layer", "per_branch"),
    *("plain", "relu", "batch", "flatten", "same", "1", "0", "-3", "2.5", "1e-4", "true", "yes", "null", "x"),
    *("optimizer", "schedule", "early_stopping", "batch_size", "1e400", "9" * 20, "<<", "&a 1", "*a"),
    *layer_fields(),
    *BLOCKS,
    *NORMALIZATIONS,
    *HEAD_POOLINGS,
    *FIXED_FILTERS,
    *AUGMENTATIONS,
    *OPTIMIZERS,
    *CONSTRAINTS[:2],
]
PIECES = [
    *WORDS,
    *(f"{word}: " for word in WORDS),
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    '"',
    "#",
]
SHIPPED = [file.read_text() for file in shipped_spaces().values()]


def load_and_sample(text: str) -> None:
    try:
        space = space_of(text, Path("fuzz/space.yaml"))
    except SpaceError as error:
        assert str(error).strip()
        return
    for seed in range(3):
        candidate = space.sample_random(seed, input_shape=(16, 16, 1), num_classes=3)
        try:
            analyze(candidate.architecture)
        except InfeasibleArchitectureError as error:
            assert str(error)


@given(st.text(max_size=200))
@settings(max_examples=200)
@example("\ufeff")
@example("? ")
@example("!!set {a}")
def test_any_text_gives_a_space_or_a_space_error(text):
    load_and_sample(text)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=400)
def test_the_dialects_words_in_any_order_give_a_space_or_a_space_error(text):
    load_and_sample("version: 1\n" + text)


trees = st.recursive(
    st.sampled_from([*WORDS, 1, 2, 3, 0, -1, 0.5, 1.5, True, False]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=25,
)


def written(tree) -> str:
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key}: {written(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(written, tree)) + "]"
    return str(tree).lower() if isinstance(tree, bool) else str(tree)


@given(
    st.dictionaries(st.sampled_from(["stages", "head", "stem", *layer_fields()]), trees, max_size=4), trees
)
@settings(max_examples=400)
def test_any_tree_of_words_gives_a_space_or_a_space_error(architecture, training):
    architecture = {"stages": {"filters": 4, "blocks": "conv"}, **architecture}
    load_and_sample(f"version: 1\narchitecture: {written(architecture)}\ntraining: {written(training)}\n")


@pytest.mark.parametrize("text", SHIPPED)
@given(data=st.data())
@settings(max_examples=150)
def test_a_shipped_space_with_pieces_changed_gives_a_space_or_a_space_error(text, data):
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 1, 3, 10]))
        text = text[:start] + data.draw(st.sampled_from(PIECES)) + text[start + length :]
    load_and_sample(text)


blocks = st.recursive(
    st.sampled_from([word for word in BLOCKS if word not in ("series", "parallel", "inception")]),
    lambda inner: st.one_of(
        inner.map(lambda part: {"series": {"blocks": part}}),
        inner.map(lambda part: {"parallel": {"branches": part}}),
        st.tuples(st.integers(0, 2), inner).map(lambda both: {"repeat": both[0], "sequence": [both[1]]}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"sequence": parts}),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda parts: {"one_of": [{"name": f"i{i}", "sequence": [part]} for i, part in enumerate(parts)]}
        ),
    ),
    max_leaves=8,
)


@given(
    blocks, st.sampled_from([1, 2]), st.sampled_from(["flatten", "spatial_pyramid", "fully_convolutional"])
)
@settings(max_examples=150)
def test_any_nest_of_blocks_can_be_sampled_and_analyzed(part, strides, pooling):
    tree = {
        "filters": 4,
        "growth_rate": 2,
        "stages": {"strides": strides, "repeat": 2, "blocks": {"sequence": [part, "conv", "dense_block"]}},
        "head": {"pooling": pooling},
    }
    space = space_of(f"version: 1\narchitecture: {written(tree)}\n")
    for seed in range(3):
        candidate = space.sample_random(seed, input_shape=(16, 16, 3), num_classes=3)
        try:
            analyze(candidate.architecture)
        except InfeasibleArchitectureError as error:
            assert str(error)
