"""The classic networks that Keras does not have, against their papers, as literal numbers."""

import math

import pytest

from cnnsearch.architecture import LayerSummary, analyze
from tests.search_spaces.published import architecture, sampled

KERNELS = ("conv", "depthwise_conv", "dense")


def table(space: str, baseline: str) -> tuple[LayerSummary, ...]:
    """All layers of a classic network on the input it is published for."""
    return analyze(architecture(space, baseline)).layers


def with_kernels(space: str, baseline: str) -> list[tuple[tuple[int, ...], int]]:
    """Output shape and weights of each layer with a kernel."""
    return [(row.output_shape, row.num_weights) for row in table(space, baseline) if row.type in KERNELS]


def pooled(space: str, baseline: str) -> list[tuple[int, ...]]:
    """Output shape of each pooling."""
    return [row.output_shape for row in table(space, baseline) if row.type == "pool"]


def biases(rows: tuple[LayerSummary, ...]) -> int:
    """The offsets of all convolutions, where each has one a filter."""
    return sum(row.output_shape[-1] for row in rows if row.type == "conv")


def test_lenet5_has_the_layers_of_its_paper():
    """LeCun et al. 1998, section II.B: C1, C3, C5, F6 and the output.

    C3 sees all maps of S2: 2,416 weights, where the paper's table I leaves connections out and has 1,516. The
    output is a fully connected layer, where the paper has radial basis functions.
    """
    assert with_kernels("lenet5", "lenet5") == [
        ((28, 28, 6), 156),
        ((10, 10, 16), 2_416),
        ((1, 1, 120), 48_120),
        ((84,), 10_164),
        ((10,), 850),
    ]


def test_lenet5_subsamples_as_its_paper():
    """LeCun et al. 1998, section II.B: S2 and S4, without their coefficients and biases."""
    assert pooled("lenet5", "lenet5") == [(14, 14, 6), (5, 5, 16)]


@pytest.mark.parametrize(("number", "connections"), [(0, 122_304), (2, 48_120), (3, 10_164)])
def test_lenet5_has_the_connections_of_its_paper(number, connections):
    """LeCun et al. 1998, section II.B: C1, C5 and F6; each unit's bias is a connection."""
    row = [row for row in table("lenet5", "lenet5") if row.type in KERNELS][number]
    assert row.macs + math.prod(row.output_shape) == connections


def test_alexnet_has_the_kernels_of_its_paper():
    """Krizhevsky et al. 2012, section 3.5: 96 kernels of 11x11x3, 256 of 5x5x48, 384 of 3x3x256, 384 and 256
    of 3x3x192, two layers of 4096 and one of 1000; each with a bias."""
    assert with_kernels("alexnet", "alexnet") == [
        ((55, 55, 96), 96 * (11 * 11 * 3 + 1)),
        ((27, 27, 256), 256 * (5 * 5 * 48 + 1)),
        ((13, 13, 384), 384 * (3 * 3 * 256 + 1)),
        ((13, 13, 384), 384 * (3 * 3 * 192 + 1)),
        ((13, 13, 256), 256 * (3 * 3 * 192 + 1)),
        ((4096,), 37_752_832),
        ((4096,), 16_781_312),
        ((1000,), 4_097_000),
    ]


def test_alexnet_has_the_neurons_of_its_paper():
    """Krizhevsky et al. 2012, figure 2's caption. Its first number, 253,440, is not the 55x55x96 that the
    figure itself draws."""
    neurons = [math.prod(shape) for shape, _ in with_kernels("alexnet", "alexnet")]
    assert neurons == [55 * 55 * 96, 186_624, 64_896, 64_896, 43_264, 4096, 4096, 1000]


def test_alexnet_pools_as_its_paper():
    """Krizhevsky et al. 2012, section 3.4: windows of 3, two apart, behind the layers 1, 2 and 5."""
    assert pooled("alexnet", "alexnet") == [(27, 27, 96), (13, 13, 256), (6, 6, 256)]


def test_alexnet_normalizes_responses_behind_its_first_two_activations():
    """Krizhevsky et al. 2012, section 3.5."""
    types = [row.type for row in table("alexnet", "alexnet")]
    assert types[1:9] == ["conv", "activation", "local_response", "pool"] * 2
    assert types.count("local_response") == 2


def test_allcnn_c_has_the_layers_of_its_paper():
    """Springenberg et al. 2015, tables 1 and 2: all of 3x3 but the last two, 6x6 positions averaged at the
    end. The last convolution comes as a fully connected layer at each position, without its activation."""
    assert with_kernels("allconv", "allcnn_c") == [
        ((32, 32, 96), 96 * (9 * 3 + 1)),
        ((32, 32, 96), 96 * (9 * 96 + 1)),
        ((16, 16, 96), 96 * (9 * 96 + 1)),
        ((16, 16, 192), 192 * (9 * 96 + 1)),
        ((16, 16, 192), 192 * (9 * 192 + 1)),
        ((8, 8, 192), 192 * (9 * 192 + 1)),
        ((6, 6, 192), 192 * (9 * 192 + 1)),
        ((6, 6, 192), 192 * (192 + 1)),
        ((6, 6, 10), 10 * (192 + 1)),
    ]


def test_resnet18_has_the_layers_of_its_paper():
    """He et al. 2016, table 1, the column of 18 layers: 7x7 with 64 filters, then two blocks of two 3x3
    convolutions at each of four sizes; behind a halving, a projection stands beside the block."""
    block = [(56, 64)] * 4
    for size, filters in ((28, 128), (14, 256), (7, 512)):
        block += [(size, filters)] * 5
    expected = [((112, 112, 64), 64), *(((size, size, filters), filters) for size, filters in block)]
    found = [
        (row.output_shape, row.output_shape[-1]) for row in table("resnet", "resnet18") if row.type == "conv"
    ]
    assert found == expected


@pytest.mark.parametrize(("baseline", "weights"), [("resnet18", 11_689_512), ("resnet50", 25_557_032)])
def test_a_resnet_trains_the_weights_of_torchvision_and_its_biases(baseline, weights):
    """torchvision's `resnet18` and `resnet50` (`num_params` of their weights' metadata) have no biases
    before normalizations; keras.applications and this package have."""
    analysis = analyze(architecture("resnet", baseline))
    assert analysis.num_trainable_weights - biases(analysis.layers) == weights


@pytest.mark.parametrize(
    ("space", "baseline", "millions"),
    [
        ("resnet", "resnet18", (1_800, 100)),
        ("resnet", "resnet50", (3_800, 100)),
        ("mobilenet", "mobilenet_v1", (569, 1)),
        ("mobilenet", "mobilenet_v2", (300, 1)),
    ],
)
def test_a_network_costs_the_multiply_adds_of_its_paper(space, baseline, millions):
    """He et al. 2016, table 1 ("FLOPs"), Howard et al. 2017, table 8, Sandler et al. 2018, table 4: within
    the last figure that is given."""
    given, step = millions
    assert abs(analyze(architecture(space, baseline)).macs / 1e6 - given) < step


def test_mobilenet_v2_has_the_bottlenecks_of_its_paper():
    """Sandler et al. 2018, table 2: n bottlenecks of c channels each, halving where s is 2."""
    rows = [row for row in table("mobilenet", "mobilenet_v2") if row.name.split("_")[-1] == "project"]
    sizes = [(112, 16, 1), (56, 24, 2), (28, 32, 3), (14, 64, 4), (14, 96, 3), (7, 160, 3), (7, 320, 1)]
    expected = [(size, size, channels) for size, channels, blocks in sizes for _ in range(blocks)]
    assert [row.output_shape for row in rows] == expected


def test_voxnet_has_the_layers_of_its_paper():
    """Maturana & Scherer 2015, section IV.B: C(32, 5, 2), C(32, 3, 1), P(2), FC(128), FC(K)."""
    assert with_kernels("volume3d", "voxnet") == [
        ((14, 14, 14, 32), 32 * (5**3 + 1)),
        ((12, 12, 12, 32), 32 * (3**3 * 32 + 1)),
        ((128,), 128 * (6**3 * 32 + 1)),
        ((10,), 10 * (128 + 1)),
    ]
    assert pooled("volume3d", "voxnet") == [(6, 6, 6, 32)]


def test_voxnet_has_the_weights_of_its_paper():
    """Maturana & Scherer 2015, section IV.B: 921,736, which is for the 40 classes of ModelNet40."""
    assert analyze(sampled("volume3d", "voxnet", (32, 32, 32, 1), 40)).num_weights == 921_736


def test_fcn_has_the_kernels_of_its_paper():
    """Wang et al. 2017, section II.B: kernels of 8, 5 and 3 with 128, 256 and 128 filters, each with batch
    normalization, over the whole length."""
    assert with_kernels("signal1d", "fcn") == [
        ((128, 128), 128 * (8 + 1)),
        ((128, 256), 256 * (5 * 128 + 1)),
        ((128, 128), 128 * (3 * 256 + 1)),
        ((2,), 2 * (128 + 1)),
    ]
    layers = ["conv", "batch_normalization", "activation"] * 3
    assert [row.type for row in table("signal1d", "fcn")][1:] == [
        *layers,
        "global_pool",
        "dense",
        "activation",
    ]


def test_fcn_8s_has_the_convolutions_of_its_paper():
    """Long et al. 2015, section 4.1 and 4.2: VGG-16's thirteen convolutions, 7x7 and 1x1 with 4096 filters,
    and the scores at strides 32, 16 and 8."""
    found = with_kernels("fcn", "fcn8s")
    assert sum(weights for _, weights in found[:13]) == 14_714_688
    assert found[13:15] == [
        ((15, 15, 4096), 4096 * (7 * 7 * 512 + 1)),
        ((15, 15, 4096), 4096 * (4096 + 1)),
    ]
    scores = {(size, weights) for (size, _, channels), weights in found[15:] if channels == 21}
    assert scores >= {(31, 21 * (4096 + 1)), (31, 21 * (512 + 1)), (62, 21 * (512 + 1))}
    assert [shape[0] for shape in pooled("fcn", "fcn8s")] == [250, 125, 62, 31, 15]


def test_deeplab_v3_plus_has_the_decoder_of_its_paper():
    """Chen et al. 2018, sections 3.1 and 4.1: the map of stride 16 enlarged by 4, beside 48 channels of the
    map of stride 4, and two 3x3 convolutions with 256 filters."""
    rows = {row.name: row for row in table("deeplab", "deeplab_v3plus")}
    assert rows["pyramid_block0_concatenate"].output_shape == (33, 33, 5 * 256)
    assert rows["decoder_level4_skip_block0_conv"].output_shape == (129, 129, 48)
    assert rows["decoder_level4_concatenate"].output_shape == (129, 129, 48 + 256)
    kernels = [rows[f"decoder_level4_block{number}_conv"].num_weights for number in range(2)]
    assert kernels == [9 * 304 * 256, 9 * 256 * 256]


def test_deeplab_v3_plus_trains_the_weights_of_its_parts():
    """torchvision's `resnet50` without its dense layer has no biases before normalizations; the pyramid and
    the decoder: Chen et al. 2018, section 3.1."""
    stages = 25_557_032 - 1000 * (2048 + 1)
    pyramid = 2048 * 256 * (1 + 9 + 9 + 9 + 1) + 5 * 256 * 256 + 6 * 2 * 256
    decoder = 256 * 48 + 2 * 48 + 9 * 304 * 256 + 9 * 256 * 256 + 2 * 2 * 256
    analysis = analyze(architecture("deeplab", "deeplab_v3plus"))
    assert analysis.num_trainable_weights == stages + pyramid + decoder + 21 * (256 + 1)
