import re
from xml.etree import ElementTree

import pytest

from cnnsearch.architecture import layers
from cnnsearch.architecture.network import layout
from cnnsearch.report.diagram import draw_maps, draw_network
from cnnsearch.report.diagram.anatomy import dissect
from cnnsearch.report.diagram.labels import label
from cnnsearch.report.diagram.series import Box, Branches, Chain, RepeatedChain, series_of
from cnnsearch.space import load_space

BASELINES = [
    ("lenet5", "lenet5", (32, 32, 1)),
    ("vgg", "vgg16", (224, 224, 3)),
    ("resnet", "resnet50", (224, 224, 3)),
    ("googlenet", "googlenet", (224, 224, 3)),
    ("densenet", "densenet121", (224, 224, 3)),
    ("mobilenet", None, (224, 224, 3)),
    ("unet", "unet", (572, 572, 1)),
    ("fcn", "fcn8s", (500, 500, 3)),
    ("deeplab", "deeplab_v3plus", (513, 513, 3)),
    ("signal1d", None, (128, 2)),
    ("spectrogram", None, (8_000, 1)),
    ("volume3d", None, (32, 32, 32, 1)),
]


def network(space, baseline=None, shape=(224, 224, 3)):
    loaded = load_space(space)
    chosen = baseline or next(iter(loaded.baselines))
    return loaded.sample_random(0, input_shape=shape, num_classes=10, baseline=chosen).architecture


def parts_of(architecture):
    graph = layout(architecture)
    return {part.title: series_of(part, graph) for part in dissect(architecture, graph)}


def layers_told(item):
    """Return the number of layers that an item represents; a box includes the layers merged into it."""
    if isinstance(item, Box):
        return 1 + len([word for word in item.detail.split(", ") if word])
    if isinstance(item, Branches):
        return sum(map(layers_told, item.branches)) + layers_told(item.join)
    if isinstance(item, RepeatedChain):
        return item.count * layers_told(item.body)
    return sum(map(layers_told, item.items))


def longest(words):
    return [text for text in words if "layers" in text]


@pytest.mark.parametrize(("space", "baseline", "shape"), BASELINES, ids=[space for space, *_ in BASELINES])
def test_a_published_network_is_a_whole_drawing(space, baseline, shape):
    architecture = network(space, baseline, shape)
    for drawn in (draw_network(architecture), draw_maps(architecture)):
        root = ElementTree.fromstring(drawn)
        assert root.tag.endswith("svg") and float(root.get("width")) > 100
        assert "NaN" not in drawn and not longest(re.findall(r">(\d+ layers)<", drawn))


@pytest.mark.parametrize(("space", "baseline", "shape"), BASELINES, ids=[space for space, *_ in BASELINES])
def test_the_parts_have_every_layer_once(space, baseline, shape):
    architecture = network(space, baseline, shape)
    graph = layout(architecture)
    units = [unit for part in dissect(architecture, graph) for unit in part.units]
    assert [n for unit in units for n in range(unit.start, unit.stop)] == list(range(len(graph.nodes)))


def test_equal_blocks_are_drawn_once():
    stage = parts_of(network("resnet", "resnet50"))["stage 2"]
    first, rest = stage.items
    assert isinstance(first, Chain) and first.title == "residual"
    assert isinstance(rest, RepeatedChain) and rest.count == 5


def test_a_shortcut_is_a_branch_without_layers():
    block = parts_of(network("resnet", "resnet50"))["stage 0"].items[1].body.items[0]
    split = next(item for item in block.items if isinstance(item, Branches))
    assert split.join.title == "add" and [len(branch.items) for branch in split.branches] == [3, 0]


def test_an_inception_module_has_four_branches():
    part = next(part for title, part in parts_of(network("googlenet", "googlenet")).items() if "3" in title)
    split = part.items[0].items[0]
    assert len(split.branches) == 4 and split.join.title == "concatenate"


def test_the_pyramid_has_five_branches():
    (block,) = parts_of(network("deeplab", "deeplab_v3plus"))["pyramid"].items
    split = block.items[0]
    assert len(split.branches) == 5 and split.join.title == "concatenate"
    assert [box.title for box in split.branches[-1].items] == ["global average", "conv 1×1, 256", "broadcast"]


@pytest.mark.parametrize(
    ("space", "baseline", "lines"),
    [("unet", "unet", 4), ("fcn", "fcn8s", 2), ("deeplab", "deeplab_v3plus", 1)],
)
def test_each_skip_connection_of_a_decoder_is_a_line_between_parts(space, baseline, lines):
    drawn = draw_network(network(space, baseline))
    assert drawn.count('class="nn-skip"') == lines
    assert 'class="nn-skip"' not in draw_network(network("resnet", "resnet18"))


def test_a_skip_connection_ends_at_the_layer_that_reads_it():
    architecture = network("unet", "unet")
    names = {node.name: number for number, node in enumerate(layout(architecture).nodes)}
    joins = [item for item in parts_of(architecture)["decoder"].items if item.title == "concatenate"]
    assert [join.skips for join in joins] == [(names[f"stage{stage}_block1_relu"],) for stage in (3, 2, 1, 0)]


def test_blocks_of_a_skip_connection_are_a_branch_that_begins_elsewhere():
    items = parts_of(network("deeplab", "deeplab_v3plus"))["decoder"].items
    split = next(item for item in items if isinstance(item, Branches))
    assert [branch.begins for branch in split.branches] == [True, False]
    (reducing,) = split.branches[0].items
    assert reducing.title == "conv 1×1, 48" and len(reducing.skips) == 1


def test_the_layers_of_a_dense_block_are_drawn_once():
    drawn = draw_network(network("densenet", "densenet121"))
    assert {"× 6", "× 12", "× 24", "× 16"} <= set(re.findall(r"× \d+", drawn))


def test_layers_after_a_convolution_share_its_box():
    conv = parts_of(network("resnet", "resnet50"))["stem"].items[0]
    assert (conv.title, conv.detail) == ("conv 7×7, 64 /2", "batch norm, relu")


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (layers.Convolution(16, 3, 2), "conv 3×3, 16 /2"),
        (layers.Convolution(16, (3, 1), (2, 1)), "conv 3×1, 16 /2×1"),
        (layers.Convolution(16, 3, dilation_rate=(1, 4)), "conv 3×3, 16, dilated 1×4"),
        (layers.DepthwiseConvolution((1, 7)), "depthwise 1×7"),
        (layers.Pooling("max", (2, 1), (2, 1)), "max pool 2×1 /2×1"),
        (layers.TiledConvolution(16, 3, (2, 1)), "tiled conv 3×3, 16, 2×1 tiles"),
        (layers.ZeroPadding((1, 0)), "zero padding 1×0"),
        (layers.ZeroPadding(2), "zero padding 2"),
    ],
)
def test_windows_are_labelled_with_the_size_of_each_dimension(layer, text):
    assert label(layer, 2) == text


def test_the_drawing_names_input_and_output():
    drawn = draw_network(network("lenet5", "lenet5", (32, 32, 1)))
    assert "input 32×32×1" in drawn and "→ 10" in drawn


def test_every_layer_of_a_plain_network_is_drawn():
    graph = layout(network("vgg", "vgg16"))
    told = sum(layers_told(part) for part in parts_of(network("vgg", "vgg16")).values())
    assert told == len(graph.nodes)
