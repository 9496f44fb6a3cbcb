"""Layers that Keras computes in a way that a converter does not know, computed in another for a while.

Within each of the contexts a model gives the same answers when it is traced, and afterwards it is as before.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
import tensorflow as tf
from keras import ops

Function = Callable[..., Any]
_CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
_POOLINGS = {keras.layers.MaxPooling3D: ops.max_pool, keras.layers.AveragePooling3D: ops.average_pool}


@contextmanager
def for_onnx(model: keras.Model) -> Iterator[None]:
    """For tf2onnx, which knows neither functions that XLA compiles nor the complementary error function."""
    with _replaced(model, {"call": _grouped, "activation": _gelu}):
        yield


@contextmanager
def for_litert(model: keras.Model) -> Iterator[None]:
    """For LiteRT, which has pooling in two dimensions alone, and products of few shapes."""
    with _replaced(model, {"call": lambda layer: _grouped(layer) or _flat(layer) or _scaling(layer)}):
        yield


@contextmanager
def _replaced(model: keras.Model, replacements: dict[str, Function]) -> Iterator[None]:
    """Sets attributes of layers to what the replacements give for them, where that is not None."""
    with ExitStack() as stack:
        for layer in _all_layers(model):
            for name, replacement in replacements.items():
                if (function := replacement(layer)) is not None:
                    stack.callback(_restore, layer, name, layer.__dict__.get(name))
                    setattr(layer, name, function)
        yield


def _restore(layer: Any, name: str, before: Any) -> None:
    """Methods are the class's again, attributes the layer's."""
    if before is None:
        delattr(layer, name)
    else:
        setattr(layer, name, before)


def _all_layers(model: keras.Model) -> Iterator[Any]:
    """The layers of a model and of the models in it."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _all_layers(layer)
        else:
            yield layer


def _grouped(layer: Any) -> Function | None:
    """A grouped convolution. Keras compiles them with XLA, for TensorFlow has no kernels for the CPU.

    In two dimensions the plain operation is traced, which is never run here and which the formats have; in
    one and three each group is convolved by itself.
    """
    if not isinstance(layer, _CONVOLUTIONS) or layer.groups == 1:
        return None
    convolve = _traced if layer.rank == 2 else _each

    def call(inputs: Any) -> Any:
        outputs = convolve(layer, inputs)
        outputs = outputs + layer.bias if layer.use_bias else outputs
        return layer.activation(outputs)

    return call


def _traced(layer: Any, inputs: Any) -> Any:
    strides, dilations = list(layer.strides), list(layer.dilation_rate)
    return tf.nn.convolution(inputs, layer.kernel, strides, layer.padding.upper(), dilations=dilations)


def _each(layer: Any, inputs: Any) -> Any:
    settings = {name: getattr(layer, name) for name in ("strides", "padding", "dilation_rate")}
    groups = (ops.split(tensor, layer.groups, axis=-1) for tensor in (inputs, layer.kernel))
    return ops.concatenate([ops.conv(*pair, **settings) for pair in zip(*groups, strict=True)], axis=-1)


def _gelu(layer: Any) -> Function | None:
    """GELU by the error function itself; Keras takes its complement."""
    if getattr(layer, "activation", None) is not keras.activations.gelu:
        return None
    return lambda x: 0.5 * x * (1.0 + ops.erf(x / math.sqrt(2.0)))


def _scaling(layer: Any) -> Function | None:
    """A factor for each channel; the converter knows that product in two dimensions alone."""
    if not isinstance(layer, keras.layers.EinsumDense) or len(layer.kernel.shape) > 1:
        return None
    return lambda inputs, training=None: inputs * layer.kernel


def _flat(layer: Any) -> Function | None:
    """Pooling of volumes, plane by plane and then along the depth.

    Windows are boxes: the largest of the largest, and the mean of the means, is the box's, at cut edges too.
    """
    pool = _POOLINGS.get(type(layer))
    if pool is None:
        return None
    (depth, *window), (step, *steps) = layer.pool_size, layer.strides

    def call(inputs: Any) -> Any:
        channels = inputs.shape[-1]
        planes = ops.reshape(inputs, (-1, *inputs.shape[2:]))
        planes = pool(planes, tuple(window), tuple(steps), layer.padding)
        height, width = planes.shape[1:3]
        columns = ops.reshape(planes, (-1, inputs.shape[1], height * width, channels))
        columns = pool(columns, (depth, 1), (step, 1), layer.padding)
        return ops.reshape(columns, (-1, columns.shape[1], height, width, channels))

    return call
