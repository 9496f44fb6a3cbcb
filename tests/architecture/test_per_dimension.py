import pytest
from pydantic import TypeAdapter, ValidationError

from cnnsearch.architecture import Architecture, analyze
from cnnsearch.architecture.blocks import Conv, DenseBlock, DepthwiseConv, MaxPool, Residual, UnsharedConv
from cnnsearch.architecture.per_dimension import PerDimension, Positive, each, merged, resolved, written
from cnnsearch.errors import InfeasibleArchitectureError
from tests.architecture.helpers import macs_of, names_of, of_blocks, rows_of, weights_of

POSITIVE = TypeAdapter(Positive)


@pytest.mark.parametrize(("text", "numbers"), [("3x1", (3, 1)), ("0x2x10", (0, 2, 10)), ("7x7", (7, 7))])
def test_numbers_are_read_in_the_order_of_the_dimensions(text, numbers):
    assert PerDimension.read(text).numbers == numbers


@pytest.mark.parametrize(
    "text", ["3", "3x", "x3", "3x1x1x1", "03x1", "3x01", "-1x2", "1.5x2", "3X1", "3 x 1", "", "9" * 16 + "x1"]
)
def test_other_texts_are_no_numbers_per_dimension(text):
    assert PerDimension.read(text) is None


@pytest.mark.parametrize("value", [1, 3, "3x1", "2x2x1"])
def test_a_field_keeps_one_number_or_the_text(value):
    again = POSITIVE.validate_json(POSITIVE.dump_json(POSITIVE.validate_python(value)))
    assert again == value
    assert type(again) is (int if isinstance(value, int) else PerDimension)


@pytest.mark.parametrize("value", [0, -1, "0x3", "3x0", "3x", "x3", "3x1x1x1", 1.5])
def test_a_field_refuses_what_is_not_above_0_in_every_dimension(value):
    with pytest.raises(ValidationError):
        POSITIVE.validate_python(value)


def test_layers_hold_one_number_where_all_are_the_same():
    assert (resolved("3x3", 2), resolved("3x1", 2), resolved(3, 2)) == (3, (3, 1), 3)
    assert (merged((2, 2, 2)), merged((2, 1))) == (2, (2, 1))
    assert (each(3, 2), each((3, 1), 2)) == ((3, 3), (3, 1))
    assert (written((3, 3)), written((3, 1))) == (3, "3x1")


@pytest.mark.parametrize("shape", [(16, 4), (8, 8, 8, 4)])
@pytest.mark.parametrize(
    "block",
    [
        Conv(filters=2, kernel_size="3x1"),
        Conv(filters=2, dilation_rate="3x1"),
        DepthwiseConv(strides="2x2"),
        MaxPool(pool_size="3x1"),
        Residual(filters=2, strides="2x1"),
        DenseBlock(strides="2x1"),
    ],
)
def test_numbers_for_other_dimensions_are_infeasible(block, shape):
    with pytest.raises(InfeasibleArchitectureError, match="has numbers for 2 spatial dimensions") as caught:
        analyze(of_blocks(block, shape=shape))
    assert caught.value.limit == "number of dimensions"


def test_a_convolution_of_a_flat_kernel():
    block = Conv(filters=6, kernel_size="3x1", strides="1x2", padding="valid")
    assert rows_of(block, 8, 9, 4)[0].output_shape == (6, 5, 6)
    assert weights_of(block, 8, 9, 4) == 3 * 4 * 6 + 6
    assert macs_of(block, 8, 9, 4) == 6 * 5 * 3 * 4 * 6


def test_full_padding_follows_kernel_and_dilation_of_each_dimension():
    block = Conv(filters=1, kernel_size="3x1", dilation_rate="2x4", padding="full")
    padding, conv = rows_of(block, 8, 8, 4)[:2]
    assert (padding.output_shape, conv.output_shape) == ((16, 8, 4), (12, 8, 1))


def test_full_padding_of_a_kernel_of_one_position_is_no_layer():
    assert names_of(Conv(filters=1, kernel_size="1x1", padding="full"), 8, 8, 4) == ["conv", "relu"]


def test_an_unshared_convolution_of_a_flat_kernel():
    block = UnsharedConv(filters=2, kernel_size="1x3", padding="valid")
    assert weights_of(block, 5, 6, 4) == 5 * 4 * (3 * 4 * 2 + 2)


def test_strides_and_dilation_exclude_each_other_in_any_dimension():
    with pytest.raises(InfeasibleArchitectureError, match="found strides 2x1 and dilation_rate 1x3"):
        analyze(of_blocks(Conv(filters=2, strides="2x1", dilation_rate="1x3")))


def test_strides_in_one_dimension_change_the_size_and_so_project_the_shortcut():
    assert "shortcut" in names_of(Residual(filters=3, strides="2x1"), 8, 8, 3)
    assert "shortcut" not in names_of(Residual(filters=3, strides="1x1"), 8, 8, 3)


def test_the_receptive_field_is_counted_in_each_dimension():
    blocks = (Conv(filters=1, kernel_size="3x1", strides="2x1"), Conv(filters=1, kernel_size="3x5"))
    analysis = analyze(of_blocks(*blocks))
    row = next(row for row in analysis.layers if row.name == "stage0_block1_conv")
    assert row.receptive_fields == (3 + 2 * 2, 5)
    assert row.receptive_field == "7x5"
    assert analysis.receptive_field == analysis.counts["receptive_field"] == 5


@pytest.mark.parametrize("text", ["3x3", "5x5"])
def test_equal_numbers_are_the_same_layers_as_one(text):
    one, several = (
        analyze(of_blocks(Conv(filters=2, kernel_size=size, padding="full"))) for size in (int(text[0]), text)
    )
    assert one == several


def test_an_architecture_round_trips_through_json():
    architecture = of_blocks(Conv(filters=2, kernel_size="3x1", strides=2), MaxPool(pool_size="1x2"))
    written_out = architecture.model_dump(mode="json")["stages"][0]["blocks"]
    assert (written_out[0]["kernel_size"], written_out[0]["strides"]) == ("3x1", 2)
    assert Architecture.model_validate_json(architecture.model_dump_json()) == architecture
