import pytest

from cnnsearch.architecture import analyze
from cnnsearch.architecture.blocks import AtrousPyramid, BatchNorm, Conv
from cnnsearch.errors import InfeasibleArchitectureError
from tests.architecture.helpers import macs_of, names_of, of_blocks, rows_of, weights_of

DEEPLAB = AtrousPyramid(filters=256, use_bias=False, normalization=BatchNorm())


def test_the_pyramid_of_deeplab_v3():
    """Chen et al. 2017, section 3.3: 256 filters and batch normalization in every branch and after them."""
    kernels = 2048 * 256 * (1 + 9 + 9 + 9 + 1) + 5 * 256 * 256
    assert rows_of(DEEPLAB, 32, 32, 2048)[-1].output_shape == (32, 32, 256)
    assert weights_of(DEEPLAB, 32, 32, 2048) == kernels + 6 * 4 * 256
    of_the_mean = 2048 * 256
    assert macs_of(DEEPLAB, 32, 32, 2048) == 32 * 32 * (kernels - of_the_mean) + of_the_mean


def test_the_branches_are_named_and_concatenated():
    assert names_of(AtrousPyramid(filters=4, levels=1, activation="linear"), 8, 8, 2) == [
        "1x1_conv",
        "dilated1_conv",
        "mean",
        "mean_conv",
        "broadcast",
        "concatenate",
        "project_conv",
    ]


@pytest.mark.parametrize(("shape", "positions"), [((30, 2), 3), ((30, 9, 2), 9), ((30, 9, 8, 2), 27)])
def test_the_pyramid_in_other_dimensions(shape, positions):
    block = AtrousPyramid(filters=4, levels=2, rate=3)
    assert weights_of(block, *shape) == 2 * 4 * (1 + 2 * positions + 1) + 4 * 4 * 4 + 5 * 4
    assert rows_of(block, *shape)[-1].output_shape == (*shape[:-1], 4)


def test_the_rates_are_multiples_of_the_first():
    rows = rows_of(AtrousPyramid(filters=4, rate="2x5", levels=3), 9, 9, 2)
    fields = [row.receptive_fields for row in rows if "dilated" in row.name and row.type == "conv"]
    assert fields == [(5, 11), (9, 21), (13, 31)]


def test_without_dilated_convolutions_the_pyramid_has_a_point_and_the_mean():
    rows = rows_of(AtrousPyramid(filters=4, levels=0), 9, 9, 2)
    assert [row.output_shape for row in rows if row.type == "concatenate"] == [(9, 9, 8)]


def test_a_rate_of_other_dimensions_is_infeasible():
    with pytest.raises(InfeasibleArchitectureError, match="2x5 has numbers for 2 spatial dimensions"):
        analyze(of_blocks(Conv(filters=2), AtrousPyramid(filters=4, rate="2x5"), shape=(9, 2)))
