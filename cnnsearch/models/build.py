"""Architecture -> functional keras.Model, with the same layers as the analysis, and the task's decoding."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from cnnsearch.architecture import Architecture
from cnnsearch.architecture.network import layout, output_stride
from cnnsearch.models.layers import Site, build_layer
from cnnsearch.tasks.base import Task


def build_model(architecture: Architecture) -> keras.Model:
    """Build the Keras model of an architecture.

    The input is `(batch, *spatial, channels)`, raw as in the dataset, of any spatial size if the
    architecture's size is open; the model rescales it in its first layer.

    Raises:
        InfeasibleArchitectureError: The network does not fit its input.
    """
    with _channels_last():
        return _build(architecture)


def with_decoding(model: keras.Model, architecture: Architecture, task: Task) -> keras.Model:
    """Return a network whose outputs are its task's predictions, such as boxes in place of maps.

    It is the same network if they are its outputs.
    """
    if not task.is_dense:
        return model
    with _channels_last():
        predictions = task.decoded(model.output, output_stride(architecture))
    return model if predictions is model.output else keras.Model(model.input, predictions, name=model.name)


@contextmanager
def _channels_last() -> Iterator[None]:
    """Build layers with the channels last, whatever the user's keras.json says."""
    chosen = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        keras.config.set_image_data_format(chosen)


def _build(architecture: Architecture) -> keras.Model:
    graph, shape = layout(architecture), architecture.input.shape
    is_open = architecture.input.size == "open"
    model_input = keras.Input((*(None for _ in shape[:-1]), shape[-1]) if is_open else shape, name="input")
    tensors: list[keras.KerasTensor] = []
    for node in graph.nodes:
        inputs = [tensors[number] if number >= 0 else model_input for number in node.inputs]
        layer = build_layer(
            node.layer, Site(node.name, graph.dimensions, tuple(tuple(each.shape[1:]) for each in inputs))
        )
        tensors.append(layer(inputs[0] if len(inputs) == 1 else inputs))
    return keras.Model(model_input, tensors[-1], name="cnn")
