"""Architecture -> functional keras.Model, layer for layer as the analysis counted it."""

import keras

from cnnsearch.architecture import Architecture
from cnnsearch.architecture.network import layout
from cnnsearch.models.layers import Site, build_layer


def build_model(architecture: Architecture) -> keras.Model:
    """Builds the Keras model of an architecture: raw examples in, probabilities out.

    The input is `(batch, *spatial, channels)` as the dataset holds it, of any spatial size where the
    architecture's is open; bringing it to the network's range is the model's first layer.

    Raises:
        InfeasibleArchitectureError: The network does not fit its input.
    """
    graph, shape = layout(architecture), architecture.input.shape
    dimensions = architecture.num_spatial_dimensions
    is_open = architecture.input.size == "open"
    given = keras.Input((*(None,) * dimensions, shape[-1]) if is_open else shape, name="input")
    tensors: list[keras.KerasTensor] = []
    for node in graph.nodes:
        inputs = [tensors[number] if number >= 0 else given for number in node.inputs]
        layer = build_layer(node.layer, Site(node.name, dimensions, tuple(inputs[0].shape[1:])))
        tensors.append(layer(inputs[0] if len(inputs) == 1 else inputs))
    return keras.Model(given, tensors[-1], name="cnn")
