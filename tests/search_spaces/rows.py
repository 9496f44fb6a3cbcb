"""Networks as rows that can be compared, from an architecture's arithmetic and from any Keras model.

Both sides are brought to one form. Layers that hold nothing and decide nothing about what is connected with
what (rescaling, dropout, flattening, reshaping) are left out; so is explicit zero padding, so that a padded
convolution with `valid` and ours with `same` are told apart by their sizes alone. An activation that Keras
keeps inside a layer is a row of its own. A map of one position is a vector, and a 1x1 convolution of it a
fully connected layer.

The order is canonical: depth first from the output, of several inputs the one with more layers behind it
first. A functional Keras model sorts its layers by depth instead, in an order that depends on the names of
branches.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import keras

from cnnsearch.architecture import Architecture, analyze, layers
from cnnsearch.architecture.network import layout

Shape = tuple[int, ...]
LEFT_OUT = ""
NAMES_IN_KERAS = {
    "BatchNormalization": "batch_normalization",
    "GlobalAveragePooling2D": "global_average",
    "Add": "add",
    "Concatenate": "concatenate",
    **dict.fromkeys(("InputLayer", "Rescaling", "Dropout", "Flatten", "Reshape", "ZeroPadding2D"), LEFT_OUT),
}
"""The kinds of Keras's layers without settings."""


@dataclass(frozen=True)
class Row:
    """One layer.

    Attributes:
        settings: Kernel or window, strides, groups, and whether there is a bias.
        weights: How many are trained, and how many are not.
        inputs: The rows that it reads, by number; none where that is the network's input.
    """

    kind: str
    settings: tuple[int, ...]
    shape: Shape
    weights: tuple[int, int] = (0, 0)
    inputs: tuple[int, ...] = ()


def rows_of_architecture(architecture: Architecture) -> list[Row]:
    """The rows by arithmetic alone: layout and analysis."""
    graph, analysis = layout(architecture), analyze(architecture)
    table = _Table()
    for node, summary in zip(graph.nodes, analysis.layers, strict=True):
        trained = summary.num_trainable_weights
        row = Row(*_described(node.layer), summary.output_shape, (trained, summary.num_weights - trained))
        table.add(node.name, row, [graph.nodes[number].name for number in node.inputs if number >= 0])
    return canonical(table.rows)


def rows_of_model(model: keras.Model) -> list[Row]:
    """The rows of a functional Keras model, each of whose layers is used once."""
    owners = {id(layer.output): layer.name for layer in model.layers}
    table = _Table()
    for layer in model.layers:
        weights = (_count(layer.trainable_weights), _count(layer.non_trainable_weights))
        row = Row(*_described_in_keras(layer), tuple(layer.output.shape[1:]), weights)
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        names = [owners[id(tensor)] for tensor in inputs]
        table.add(layer.name, row, [name for name in names if name != layer.name])
        table.add_activation(layer)
    return canonical(table.rows)


def weighted(rows: Sequence[Row]) -> list[Row]:
    """The rows that hold weights, without what they read."""
    return [replace(row, inputs=()) for row in rows if sum(row.weights)]


def canonical(rows: Sequence[Row]) -> list[Row]:
    """The rows in the order that this module's text states, numbered anew."""
    depths: list[int] = []
    for row in rows:
        depths.append(1 + max((depths[number] for number in row.inputs), default=0))
    order: dict[int, int] = {}
    result: list[Row] = []

    def visit(number: int) -> None:
        if number in order:
            return
        for given in sorted(rows[number].inputs, key=lambda given: -depths[given]):
            visit(given)
        inputs = [order[given] for given in rows[number].inputs]
        is_sum = rows[number].kind == "add"
        result.append(replace(rows[number], inputs=tuple(sorted(inputs) if is_sum else inputs)))
        order[number] = len(result) - 1

    visit(len(rows) - 1)
    return result


class _Table:
    """Rows while they are gathered; a layer that is left out stands for what it reads."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._ends: dict[str, tuple[int, ...]] = {}

    def add(self, name: str, row: Row, inputs: Sequence[str]) -> None:
        given = tuple(number for before in inputs for number in self._ends[before])
        if row.kind == LEFT_OUT:
            self._ends[name] = given
            return
        if row.kind == "conv" and given and len(self.rows[given[0]].shape) == 1:
            row = replace(row, kind="dense", settings=row.settings[-1:])
        self._append(name, replace(row, shape=_without_ones(row.shape), inputs=given))

    def add_activation(self, layer: keras.Layer) -> None:
        """Adds what a Keras layer that computes applies to its own output."""
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D | keras.layers.Dense):
            (end,) = self._ends[layer.name]
            word = layer.activation.__name__
            if word != "linear":
                self._append(layer.name, Row(word, (), self.rows[end].shape, inputs=(end,)))

    def _append(self, name: str, row: Row) -> None:
        self.rows.append(row)
        self._ends[name] = (len(self.rows) - 1,)


def _without_ones(shape: Shape) -> Shape:
    return shape[-1:] if all(size == 1 for size in shape[:-1]) else shape


def _count(weights: Sequence[keras.Variable]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _described(layer: layers.Layer) -> tuple[str, tuple[int, ...]]:
    """Kind and settings of one of our layers."""
    match layer:
        case layers.Convolution():
            return "conv", (layer.kernel_size, layer.strides, layer.groups, layer.use_bias)
        case layers.DepthwiseConvolution():
            return "depthwise_conv", (layer.kernel_size, layer.strides, layer.use_bias)
        case layers.FullyConnected():
            return "dense", (layer.use_bias,)
        case layers.Pooling():
            return f"{layer.kind}_pool", (layer.pool_size, layer.strides)
        case layers.GlobalPooling():
            return f"global_{layer.kind}", ()
        case layers.Activation():
            return layer.function, ()
        case layers.Rescaling() | layers.Dropout() | layers.Flatten():
            return LEFT_OUT, ()
    return layer.type, ()


def _described_in_keras(layer: keras.Layer) -> tuple[str, tuple[int, ...]]:
    """Kind and settings of one of Keras's layers."""
    match layer:
        case keras.layers.DepthwiseConv2D():
            return "depthwise_conv", (layer.kernel_size[0], layer.strides[0], layer.use_bias)
        case keras.layers.Conv2D():
            return "conv", (layer.kernel_size[0], layer.strides[0], layer.groups, layer.use_bias)
        case keras.layers.Dense():
            return "dense", (layer.use_bias,)
        case keras.layers.MaxPooling2D():
            return "max_pool", (layer.pool_size[0], layer.strides[0])
        case keras.layers.AveragePooling2D():
            return "average_pool", (layer.pool_size[0], layer.strides[0])
        case keras.layers.ReLU():
            return "relu6" if layer.max_value == 6 else "relu", ()
        case keras.layers.Activation():
            return layer.activation.__name__, ()
    return NAMES_IN_KERAS[type(layer).__name__], ()
