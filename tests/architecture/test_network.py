import pytest
from pydantic import ValidationError

from cnnsearch.architecture import Architecture, Head, Input, Stage, analyze
from cnnsearch.architecture.blocks import (
    AveragePool,
    Conv,
    DenseBlock,
    FlattenMap,
    MaxPool,
    Residual,
    SpatialPyramid,
    UnsharedConv,
)
from cnnsearch.architecture.filters import FIXED_FILTERS, HorizontalEdge, Laplacian, Sobel
from cnnsearch.architecture.network import Spectrogram
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.tasks.classification.task import Classification
from tests.architecture.helpers import of_blocks


def on(given: Input, *blocks, **more) -> Architecture:
    """A network of one stage on an input."""
    return Architecture(
        input=given, stages=(Stage(blocks=blocks),), outputs=Classification.of(3).outputs, **more
    )


def names_of(architecture: Architecture) -> list[str]:
    return [row.name for row in analyze(architecture).layers]


@pytest.mark.parametrize("shape", [(8,), (8, 8, 8, 8, 1), (0, 8, 1)])
def test_an_input_has_one_to_three_dimensions_and_channels(shape):
    with pytest.raises(ValidationError):
        Input(shape=shape)


def test_an_architecture_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        of_blocks().head.dropout = 0.5


# Fixed filters


@pytest.mark.parametrize(("filtered", "channels"), [("append", 3 * 4), ("replace", 3 * 3)])
def test_fixed_filters_stand_behind_the_scaling(filtered, channels):
    given = Input(shape=(8, 8, 3), fixed_filters=(Sobel(), Laplacian()), filtered=filtered)
    rows = analyze(on(given, Conv(filters=2))).layers
    assert [row.name for row in rows[:3]] == ["rescaling", "fixed_filters", "stage0_block0_conv"]
    assert rows[1].output_shape == (8, 8, channels)


@pytest.mark.parametrize(("shape", "kernels"), [((8, 2), 1), ((8, 8, 2), 2), ((8, 8, 8, 2), 3)])
def test_derivatives_go_along_every_dimension(shape, kernels):
    given = Input(shape=shape, scaling="none", fixed_filters=(Sobel(),))
    assert analyze(on(given)).layers[0].output_shape == (*shape[:-1], 2 + 2 * kernels)


@pytest.mark.parametrize("word", FIXED_FILTERS)
def test_a_fixed_filter_round_trips_through_json(word):
    architecture = on(Input(shape=(8, 8, 3), fixed_filters=(FIXED_FILTERS[word](), HorizontalEdge())))
    assert Architecture.model_validate_json(architecture.model_dump_json()) == architecture


# Spectrogram


def test_a_spectrogram_stands_behind_the_scaling_and_gives_a_map_of_two_dimensions():
    given = Input(shape=(100, 2), spectrogram=Spectrogram(window=16, hop=4), fixed_filters=(Sobel(),))
    rows = analyze(on(given, Conv(filters=3, kernel_size="1x7"))).layers
    assert [row.name for row in rows[:4]] == [
        "rescaling", "spectrogram", "fixed_filters", "stage0_block0_conv",
    ]  # fmt: skip
    assert [row.output_shape for row in rows[:4]] == [(100, 2), (9, 22, 2), (9, 22, 6), (9, 22, 3)]


def test_the_receptive_field_is_counted_in_frequencies_and_frames():
    given = Input(shape=(100, 2), spectrogram=Spectrogram(window=16, hop=4))
    blocks = (Conv(filters=3, kernel_size="1x7"), Conv(filters=3, strides=2), Conv(filters=3))
    rows = {row.name: row.receptive_fields for row in analyze(on(given, *blocks)).layers}
    assert rows["spectrogram"] == (1, 1)
    assert rows["stage0_block0_conv"] == (1, 7)
    assert rows["stage0_block2_conv"] == (1 + 2 + 4, 7 + 2 + 4)


def test_a_signal_shorter_than_a_frame_is_infeasible():
    given = Input(shape=(15, 1), spectrogram=Spectrogram(window=16, hop=4))
    with pytest.raises(InfeasibleArchitectureError, match="the input of spectrogram, 15x1, is too small"):
        analyze(on(given, Conv(filters=3)))


# Open size


def test_an_open_architecture_is_analyzed_for_the_shape_it_is_given():
    head = Head(pooling=SpatialPyramid())
    blocks = (Conv(filters=4, strides=2), Residual(filters=4, squeeze_excitation=True))
    shapes = [Input(shape=(16, 16, 3), size=size) for size in ("fixed", "open")]
    fixed, opened = (analyze(on(given, *blocks, head=head)) for given in shapes)
    assert fixed == opened


@pytest.mark.parametrize(
    ("architecture", "layer"),
    [
        (on(Input(shape=(8, 8, 3), size="open"), head=Head(pooling=FlattenMap())), "head_flatten"),
        (on(Input(shape=(8, 8, 3), size="open"), UnsharedConv(filters=2)), "stage0_block0_unshared_conv"),
    ],
)
def test_what_needs_a_fixed_size_is_refused_where_it_is_open(architecture, layer):
    with pytest.raises(InfeasibleArchitectureError) as caught:
        analyze(architecture)
    assert str(caught.value) == f"{layer} needs an input of fixed size; the network's input size is open"


# Stages


def test_names_given_twice_are_numbered():
    pools = (MaxPool(), AveragePool())
    stage = Stage(blocks=(Conv(filters=2),), downsample=pools + pools)
    architecture = of_blocks(shape=(32, 32, 1)).model_copy(update={"stages": (stage,)})
    names = [row.name for row in analyze(architecture).layers if row.type == "pool"]
    assert names == ["stage0_max_pool", "stage0_average_pool", "stage0_max_pool_2", "stage0_average_pool_2"]


def test_stages_and_blocks_are_called_by_their_names():
    stages = (Stage(name="a", blocks=(MaxPool(name="b"),)), Stage(blocks=(MaxPool(),)))
    architecture = of_blocks().model_copy(update={"stages": stages})
    assert names_of(architecture)[:2] == ["a_b_max_pool", "stage1_block0_max_pool"]


def test_a_network_is_closed_behind_its_last_block_and_before_what_follows():
    stages = (
        Stage(blocks=(Residual(filters=3, pre_activation=True),)),
        Stage(blocks=(DenseBlock(layers=1, narrowing=0),), downsample=(MaxPool(),)),
    )
    architecture = of_blocks().model_copy(update={"stages": stages})
    assert names_of(architecture)[4:10] == [
        "stage0_block0_add",
        "stage1_block0_layer0_relu",
        "stage1_block0_layer0_conv",
        "stage1_block0_layer0_concatenate",
        "stage1_block0_relu",
        "stage1_max_pool",
    ]


def test_a_network_without_stages_has_its_head():
    architecture = of_blocks().model_copy(update={"stages": ()})
    assert names_of(architecture) == ["head_global_average", "logits", "probabilities"]
