"""Temporary replacements for layers that a converter does not support.

Within these contexts a traced model computes the same outputs with supported operations; afterwards the model
is unchanged.
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
    """Adapt a model to tf2onnx, which supports neither XLA functions nor the complementary error function."""
    with _replaced(model, {"call": _grouped, "activation": _gelu}):
        yield


@contextmanager
def for_litert(model: keras.Model) -> Iterator[None]:
    """Adapt a model to LiteRT, which pools only in two dimensions and supports products of few shapes."""
    with _replaced(model, {"call": lambda layer: _grouped(layer) or _flat(layer) or _scaling(layer)}):
        yield


@contextmanager
def _replaced(model: keras.Model, replacements: dict[str, Function]) -> Iterator[None]:
    """Set attributes of layers to the values that the replacements return for them, unless None."""
    with ExitStack() as stack:
        for layer in _all_layers(model):
            for name, replacement in replacements.items():
                if (function := replacement(layer)) is not None:
                    stack.callback(_restore, layer, name, layer.__dict__.get(name))
                    setattr(layer, name, function)
        yield


def _restore(layer: Any, name: str, before: Any) -> None:
    """Restore an attribute; a method becomes that of the class again."""
    if before is None:
        delattr(layer, name)
    else:
        setattr(layer, name, before)


def _all_layers(model: keras.Model) -> Iterator[Any]:
    """Yield the layers of a model and of its nested models."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _all_layers(layer)
        else:
            yield layer


def _grouped(layer: Any) -> Function | None:
    """Replace a grouped convolution, which Keras compiles with XLA for want of a CPU kernel in TensorFlow.

    In two dimensions the plain operation is traced, which the formats support and which is not run here; in
    one and three dimensions each group is convolved separately.
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
    """Compute GELU with the error function; Keras uses the complementary error function."""
    if getattr(layer, "activation", None) is not keras.activations.gelu:
        return None
    return lambda x: 0.5 * x * (1.0 + ops.erf(x / math.sqrt(2.0)))


def _scaling(layer: Any) -> Function | None:
    """Multiply by a factor per channel; the converter supports this EinsumDense only in two dimensions."""
    if not isinstance(layer, keras.layers.EinsumDense) or len(layer.kernel.shape) > 1:
        return None
    return lambda inputs, training=None: inputs * layer.kernel


def _flat(layer: Any) -> Function | None:
    """Pool volumes plane by plane, then along the depth.

    The maximum of the maxima, and the mean of the means, equals that of the box, also at the edges.
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
