"""GoogLeNet against table 1 of its paper: Szegedy et al. 2015, Going deeper with convolutions.

The table gives each part's output size, filters, weights in units of 1,024 (without biases) and operations
in millions. The first two are held exactly. The last two are rounded, and in nine of 24 places they are not
those of the table's own filters: these places are listed with what the filters give.
"""

import re
from typing import NamedTuple

import pytest

from cnnsearch.architecture import LayerSummary, analyze
from tests.search_spaces.published import architecture


class Part(NamedTuple):
    """A row of the table.

    Attributes:
        filters: Of 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5 and pool projection.
    """

    size: int
    channels: int
    filters: tuple[int, ...]
    weights: int
    operations: int


INCEPTIONS = {
    "3a": Part(28, 256, (64, 96, 128, 16, 32, 32), 159, 128),
    "3b": Part(28, 480, (128, 128, 192, 32, 96, 64), 380, 304),
    "4a": Part(14, 512, (192, 96, 208, 16, 48, 64), 364, 73),
    "4b": Part(14, 512, (160, 112, 224, 24, 64, 64), 437, 88),
    "4c": Part(14, 512, (128, 128, 256, 24, 64, 64), 463, 100),
    "4d": Part(14, 528, (112, 144, 288, 32, 64, 64), 580, 119),
    "4e": Part(14, 832, (256, 160, 320, 32, 128, 128), 840, 170),
    "5a": Part(7, 832, (256, 160, 320, 32, 128, 128), 1072, 54),
    "5b": Part(7, 1024, (384, 192, 384, 48, 128, 128), 1388, 71),
}
OTHERS = {
    "convolution 7x7": Part(112, 64, (), 2, 34),
    "convolution 3x3": Part(56, 192, (), 112, 360),
    "linear": Part(1, 1000, (), 1000, 1),
}
OTHER_WEIGHTS = {"convolution 7x7": 9, "4a": 367, "4c": 498, "4d": 591, "4e": 847, "5a": 1018, "5b": 1409}
"""Where the table's weights are not its filters'. The first row, 2.7K and 34M, is that of a 7x1 and a 1x7
convolution."""
OTHER_OPERATIONS = {"convolution 7x7": 118, "5a": 51}
"""Where the table's operations are not its filters'."""


@pytest.fixture(scope="module")
def rows() -> tuple[LayerSummary, ...]:
    return analyze(architecture("googlenet", "googlenet")).layers


def part(rows: tuple[LayerSummary, ...], name: str) -> list[LayerSummary]:
    """The layers of a row of the table."""
    if name in INCEPTIONS:
        return [row for row in rows if re.match(rf"stage\d_{name}_", row.name)]
    begins = {"convolution 7x7": "stem_block0", "convolution 3x3": "stem_block[34]", "linear": "logits"}
    return [row for row in rows if re.match(begins[name], row.name)]


def convolutions(rows: list[LayerSummary]) -> list[LayerSummary]:
    return [row for row in rows if row.type in ("conv", "dense")]


@pytest.mark.parametrize("name", INCEPTIONS)
def test_a_module_has_the_filters_of_the_table(rows, name):
    found = [row.output_shape[-1] for row in convolutions(part(rows, name))]
    assert tuple(found) == INCEPTIONS[name].filters


@pytest.mark.parametrize("name", INCEPTIONS)
def test_a_module_has_the_output_of_the_table(rows, name):
    size, channels = INCEPTIONS[name][:2]
    assert part(rows, name)[-1].output_shape == (size, size, channels)


def test_the_stem_and_the_poolings_have_the_outputs_of_the_table(rows):
    assert part(rows, "convolution 7x7")[-1].output_shape == (112, 112, 64)
    assert part(rows, "convolution 3x3")[-1].output_shape == (56, 56, 192)
    halving = [row.output_shape for row in rows if row.name.endswith("max_pool")]
    assert halving == [(56, 56, 64), (28, 28, 192), (14, 14, 480), (7, 7, 832)]
    assert [row.output_shape for row in rows[-4:]] == [(1024,), (1024,), (1000,), (1000,)]


@pytest.mark.parametrize("name", OTHERS | INCEPTIONS)
def test_a_part_has_the_weights_of_the_table(rows, name):
    layers = convolutions(part(rows, name))
    kernels = sum(row.num_weights - row.output_shape[-1] for row in layers)
    given = OTHER_WEIGHTS.get(name, (OTHERS | INCEPTIONS)[name].weights)
    assert abs(kernels / 1024 - given) <= 1


@pytest.mark.parametrize("name", OTHERS | INCEPTIONS)
def test_a_part_has_the_operations_of_the_table(rows, name):
    macs = sum(row.macs for row in part(rows, name))
    given = OTHER_OPERATIONS.get(name, (OTHERS | INCEPTIONS)[name].operations)
    assert abs(macs / 1e6 - given) < 1


def test_the_network_is_22_layers_deep(rows):
    """Section 5: 22 layers with weights, counted along one branch: two a module."""
    outside = [row for row in convolutions(list(rows)) if not re.match(r"stage", row.name)]
    assert len(outside) + 2 * len(INCEPTIONS) == 22


def test_dropout_is_that_of_the_table(rows):
    assert architecture("googlenet", "googlenet").head.dropout == 0.4
    assert rows[-3].name == "head_dropout"
