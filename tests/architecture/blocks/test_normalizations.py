import pytest

from cnnsearch.architecture import Architecture, analyze
from cnnsearch.architecture.blocks import NORMALIZATIONS, Conv, Group
from cnnsearch.errors import InfeasibleArchitectureError
from tests.architecture.helpers import names_of, of_blocks, rows_of

LAYERS = {
    "batch": ("batch_normalization", 4 * 16, 2 * 16),
    "layer": ("layer_normalization", 2 * 16, 2 * 16),
    "group": ("group_normalization", 2 * 16, 2 * 16),
    "instance": ("group_normalization", 2 * 16, 2 * 16),
    "local_response": ("local_response", 0, 0),
}
"""The layer of each, its weights on 16 channels, and how many of them are trained."""


def normalized(word: str) -> Conv:
    return Conv(filters=16, normalization=NORMALIZATIONS[word](), activation="linear")


@pytest.mark.parametrize("shape", [(8, 3), (8, 8, 3), (8, 8, 8, 3)])
@pytest.mark.parametrize("word", NORMALIZATIONS)
def test_a_normalization_is_one_layer_behind_the_convolution(word, shape):
    conv, row = rows_of(normalized(word), *shape)
    assert (row.type, row.num_weights, row.num_trainable_weights) == LAYERS[word]
    assert row.output_shape == conv.output_shape


@pytest.mark.parametrize("word", NORMALIZATIONS)
def test_a_normalization_round_trips_through_json(word):
    architecture = of_blocks(normalized(word))
    assert Architecture.model_validate_json(architecture.model_dump_json()) == architecture


@pytest.mark.parametrize("word", NORMALIZATIONS)
def test_only_local_response_follows_the_activation(word):
    block = Conv(filters=16, normalization=NORMALIZATIONS[word]())
    assert (names_of(block, 8, 8, 3)[1] == "relu") == (word == "local_response")


def test_groups_of_a_normalization_divide_the_channels():
    with pytest.raises(InfeasibleArchitectureError) as caught:
        analyze(of_blocks(Conv(filters=12, normalization=Group(groups=8))))
    assert str(caught.value) == (
        "the groups of group normalization must divide the channels; found 8 groups and 12 channels"
    )
    assert caught.value.limit == "groups of the normalization"
