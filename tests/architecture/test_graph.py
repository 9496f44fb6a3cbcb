import pytest

from cnnsearch.architecture import analyze, layers
from cnnsearch.architecture.blocks import Conv, MaxPool, Parallel, Residual
from cnnsearch.architecture.graph import Graph
from cnnsearch.errors import InfeasibleArchitectureError
from tests.architecture.helpers import of_blocks


def test_the_receptive_field_counts_strides_and_dilation():
    blocks = (
        Conv(filters=1, kernel_size=3, strides=2),
        Conv(filters=1, kernel_size=3, dilation_rate=2),
        MaxPool(),
    )
    assert analyze(of_blocks(*blocks)).receptive_field == 3 + 4 * 2 + 1 * 2


def test_the_receptive_field_of_branches_is_the_largest():
    branches = (Conv(filters=1, kernel_size=1), Conv(filters=1, kernel_size=5), Conv(filters=1))
    assert analyze(of_blocks(Parallel(branches=branches), Conv(filters=1))).receptive_field == 5 + 2


def test_the_stride_goes_on_behind_branches():
    block = Residual(filters=2, strides=2, kernel_size=3)
    assert analyze(of_blocks(block, Conv(filters=1))).receptive_field == 3 + 2 * 2 + 2 * 2


def test_fixed_filters_widen_the_receptive_field():
    graph = Graph((8, 8, 1))
    node = graph.add(layers.FixedFilters(((1.0,) * 9,), True), -1)
    graph.add(layers.Convolution(2, 3), node)
    assert graph.nodes[-1].receptive_field == (5, 5)


def test_layers_are_named_within_each_other():
    graph = Graph((8, 8, 1))
    with graph.within("outer"):
        with graph.within("inner"), graph.within(""):
            graph.add(layers.Activation("relu"), -1, name="relu")
        graph.add(layers.Flatten(), 0)
    assert [node.name for node in graph.nodes] == ["outer_inner_relu", "outer_flatten"]


def test_a_name_given_twice_is_numbered():
    graph = Graph((8, 8, 1))
    for _ in range(3):
        graph.add(layers.Activation("relu"), -1, name="relu")
    assert [node.name for node in graph.nodes] == ["relu", "relu_2", "relu_3"]


def test_the_inputs_shape_is_that_of_node_minus_one():
    graph = Graph((8, 6, 1))
    graph.add(layers.Convolution(2, 3), -1)
    assert (graph.shape(-1), graph.shape(0)) == ((8, 6, 1), (8, 6, 2))


@pytest.mark.parametrize("layer", [layers.Flatten(), layers.UnsharedConvolution(2, 3)])
def test_a_layer_that_needs_a_fixed_size_does_not_follow_an_open_one(layer):
    graph = Graph((8, 8, 1), is_open=True)
    node = graph.add(layers.Convolution(2, 3), -1)
    with pytest.raises(InfeasibleArchitectureError) as caught:
        graph.add(layer, node)
    assert str(caught.value) == f"{layer.type} needs an input of fixed size; the network's input size is open"
    assert caught.value.limit == "open input size"


@pytest.mark.parametrize("pooling", [layers.AdaptivePooling(2), layers.GlobalPooling("max", keepdims=True)])
def test_some_poolings_make_the_size_fixed(pooling):
    graph = Graph((8, 8, 1), is_open=True)
    node = graph.add(layers.Flatten(), graph.add(pooling, -1))
    assert not graph.nodes[node].is_open


def test_factors_of_fixed_size_leave_the_map_open():
    graph = Graph((8, 8, 1), is_open=True)
    factors = graph.add(layers.GlobalPooling("average", keepdims=True), -1)
    assert graph.nodes[graph.add(layers.Multiply(), -1, factors)].is_open
