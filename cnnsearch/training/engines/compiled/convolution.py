"""Convolution as a product of patches and kernels.

XLA's own convolution is slow on a CPU inside a loop and where each of several networks has its own kernel; a
product of matrices is not.
"""

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import jax.numpy as jnp
import keras
from keras.src.layers.convolutional.base_conv import BaseConv
from keras.src.layers.convolutional.base_depthwise_conv import BaseDepthwiseConv

Array = Any


def use_patches(model: keras.Model) -> None:
    """Let the convolutions of a model multiply patches with their kernels."""
    for layer in model.layers:
        if isinstance(layer, BaseConv):
            layer.convolution_op = partial(_convolution, layer)
            layer.call = partial(BaseConv.call, layer)  # in one dimension Keras has another call
        elif isinstance(layer, BaseDepthwiseConv):
            layer.call = partial(_depthwise, layer)


def _convolution(layer: BaseConv, inputs: Array, kernel: Any) -> Array:
    return _convolved(layer, inputs, keras.ops.convert_to_tensor(kernel), layer.groups)


def _depthwise(layer: BaseDepthwiseConv, inputs: Array) -> Array:
    """Convolve each channel as a group of its own."""
    kernel = keras.ops.convert_to_tensor(layer.kernel)
    *sizes, channels, multiplier = kernel.shape
    outputs = _convolved(layer, inputs, kernel.reshape(*sizes, 1, channels * multiplier), channels)
    if layer.use_bias:
        outputs = outputs + keras.ops.convert_to_tensor(layer.bias)
    return layer.activation(outputs) if layer.activation is not None else outputs


def _convolved(layer: BaseConv | BaseDepthwiseConv, inputs: Array, kernel: Array, groups: int) -> Array:
    return patch_convolution(
        inputs,
        kernel,
        strides=layer.strides,
        dilation=layer.dilation_rate,
        padding=layer.padding,
        groups=groups,
    )


def patch_convolution(
    inputs: Array,
    kernel: Array,
    *,
    strides: Sequence[int],
    dilation: Sequence[int],
    padding: str,
    groups: int = 1,
) -> Array:
    """Return a convolution, as XLA's own with channels last.

    Args:
        inputs: `(batch, *spatial, channels)`.
        kernel: `(*sizes, channels / groups, filters)`.
        strides: For each spatial dimension.
        dilation: Distance between the kernel's points, for each spatial dimension.
        padding: `valid`, `same`, or `causal` in one dimension.
        groups: Parts of the channels, each with filters of its own.
    """
    sizes, channels, filters = kernel.shape[:-2], inputs.shape[-1], kernel.shape[-1]
    spans = [(size - 1) * step + 1 for size, step in zip(sizes, dilation, strict=True)]
    inputs = _padded(inputs, spans, strides, padding)
    counts = [
        (length - span) // stride + 1
        for length, span, stride in zip(inputs.shape[1:-1], spans, strides, strict=True)
    ]
    windows = []
    for point in product(*map(range, sizes)):
        starts = [place * step for place, step in zip(point, dilation, strict=True)]
        cut = tuple(
            slice(start, start + (count - 1) * stride + 1, stride)
            for start, count, stride in zip(starts, counts, strides, strict=True)
        )
        windows.append(inputs[(slice(None), *cut)])
    if groups == 1:
        patches = jnp.concatenate(windows, axis=-1)
        return patches @ kernel.reshape(-1, filters)
    patches = jnp.stack(windows, axis=-2).reshape(*windows[0].shape[:-1], -1, groups, channels // groups)
    parts = kernel.reshape(-1, channels // groups, groups, filters // groups)
    return jnp.einsum("...kgc,kcgf->...gf", patches, parts).reshape(*windows[0].shape[:-1], filters)


def _padded(inputs: Array, spans: Sequence[int], strides: Sequence[int], padding: str) -> Array:
    """Return inputs with zeros around them, as TensorFlow and XLA divide them between both ends."""
    if padding == "valid":
        return inputs
    widths = []
    for length, span, stride in zip(inputs.shape[1:-1], spans, strides, strict=True):
        missing = span - 1 if padding == "causal" else (-(-length // stride) - 1) * stride + span - length
        missing = max(missing, 0)
        before = missing if padding == "causal" else missing // 2
        widths.append((before, missing - before))
    return jnp.pad(inputs, [(0, 0), *widths, (0, 0)])
