"""Every block, normalization, head and filter by itself, in one, two and three dimensions, against Keras."""

import pytest

from cnnsearch.architecture import Architecture, Input, Stage, analyze
from cnnsearch.architecture.blocks import BLOCKS, HEAD_POOLINGS, NORMALIZATIONS, Conv, Dense, SpatialPyramid
from cnnsearch.architecture.filters import FIXED_FILTERS
from cnnsearch.tasks.classification.task import Classification
from tests.architecture.examples import EXAMPLES
from tests.architecture.helpers import of_blocks
from tests.models.helpers import agrees

SHAPES = [(12, 4), (8, 10, 4), (8, 6, 10, 4)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("word", BLOCKS)
def test_a_block_is_what_keras_builds(word, shape):
    architecture = of_blocks(EXAMPLES[word], shape=shape)
    agrees(architecture, analyze(architecture))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("word", HEAD_POOLINGS)
def test_a_head_is_what_keras_builds(word, shape):
    head = {"pooling": HEAD_POOLINGS[word](), "dense": (Dense(units=5, dropout=0.1),), "dropout": 0.2}
    architecture = of_blocks(Conv(filters=3), shape=shape, **head)
    agrees(architecture, analyze(architecture))


@pytest.mark.parametrize("shape", SHAPES)
def test_normalizations_are_what_keras_builds(shape):
    blocks = (Conv(filters=8, normalization=normalization()) for normalization in NORMALIZATIONS.values())
    architecture = of_blocks(*blocks, shape=shape)
    agrees(architecture, analyze(architecture))


@pytest.mark.parametrize("filtered", ["append", "replace"])
@pytest.mark.parametrize("shape", SHAPES)
def test_fixed_filters_are_what_keras_builds(shape, filtered):
    filters = [kind() for kind in FIXED_FILTERS.values() if len(shape) - 1 in kind.dimensions]
    given = Input(shape=shape, fixed_filters=tuple(filters), filtered=filtered)
    stages = (Stage(blocks=(Conv(filters=2),)),)
    architecture = Architecture(input=given, stages=stages, outputs=Classification.of(2).outputs)
    agrees(architecture, analyze(architecture))


def test_every_activation_is_one_that_keras_has():
    functions = Conv.model_fields["activation"].annotation.__args__
    blocks = (Conv(filters=1, kernel_size=1, activation=function) for function in functions)
    architecture = of_blocks(*blocks, pooling=SpatialPyramid(levels=1))
    agrees(architecture, analyze(architecture))
