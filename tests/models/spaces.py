"""A space that reaches every layer, and random feasible candidates of it and of the shipped ones."""

import random
from collections.abc import Sequence

from cnnsearch.architecture import Analysis, Architecture, analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.space import SearchSpace

LARGEST = 400_000
"""Weights above which a candidate is not built, to keep the tests short."""
LARGEST_MAP = 2_000_000
"""Bytes of activations above which a candidate is not built."""

CONVOLUTIONS = """
input: {scaling: [none, unit, symmetric, standardize]}
width: [0.5, 1.0]
use_bias: [true, false]
activation:
  per_stage: [linear, relu, relu6, leaky_relu, elu, selu, gelu, silu, tanh, sigmoid, softplus, mish]
normalization:
  one_of:
    [none, {batch: {momentum: [0.9, 0.99]}}, layer, {group: {groups: [1, 2, 8]}}, instance, local_response]
dropout: [0.0, 0.3]
spatial_dropout: [0.0, 0.3]
stem:
  activation: relu
  one_of: [none, {name: big, conv: {filters: 16, kernel_size: [5, 7], strides: [1, 2]}}]
stages:
  repeat: {low: 1, high: 4}
  filters: {first: [8, 16, 24], growth: [1, 2]}
  strides: {per_stage: [1, 2, 3]}
  padding: {per_stage: [valid, same, full]}
  blocks:
    sequence:
      - repeat: {low: 1, high: 2}
        conv:
          kernel_size: {per_stage: {low: 1, high: 6}}
          groups: [1, 2, 4]
          kernel_initializer: [glorot_uniform, he_normal]
      - {name: spread, repeat: [0, 1], conv: {strides: 1, dilation_rate: {low: 1, high: 3}}}
      - {name: apart, repeat: [0, 1], separable_conv: {depth_multiplier: [1, 2]}}
      - {name: deep, repeat: [0, 1], depthwise_conv: {kernel_size: [3, 4], depth_multiplier: [1, 2]}}
      - one_of: [none, {max_pool: {padding: valid}}]
  downsample:
    per_stage:
      one_of:
        - none
        - max_pool: {padding: valid, pool_size: {low: 1, high: 3}, strides: {low: 1, high: 3}}
        - average_pool: {padding: valid, pool_size: {low: 1, high: 4}}
        - min_pool: {padding: same, pool_size: {low: 1, high: 3}}
        - strided_conv: {kernel_size: [2, 3], strides: [2, 3]}
head:
  activation: relu
  padding: same
  filters: 8
  blocks: [none, conv, local_response]
  pooling: [flatten, global_average, global_max, fully_convolutional]
  dense: {repeat: {low: 0, high: 2}, units: {per_layer: [5, 9]}}
  dropout: [0.0, 0.2]
"""

BLOCKS = """
input:
  fixed_filters: {one_of: [none, sobel, {name: two, sequence: [laplacian, gaussian_blur]}]}
  filtered: [append, replace]
use_bias: [true, false]
activation: [relu, gelu]
normalization: [none, batch, layer]
stochastic_depth: [0.0, 0.2]
squeeze_excitation: [true, false]
stages:
  repeat: {low: 1, high: 3}
  filters: {first: [4, 8], growth: [1, 2]}
  strides: {per_stage: [1, 2]}
  blocks:
    per_stage:
      one_of:
        - name: plain
          repeat: {low: 1, high: 2}
          residual: {bottleneck: [true, false], pre_activation: [true, false]}
        - {name: spread, residual: {strides: 1, dilation_rate: [2, 3]}}
        - name: inverted
          repeat: {low: 1, high: 2}
          inverted_residual: {expansion: [1, 2, 6], kernel_size: [3, 5]}
        - name: next
          repeat: {low: 1, high: 2}
          convnext: {layer_scale: [0, 0.1], expansion: 2}
        - name: dense
          repeat: {low: 1, high: 2}
          dense_block: {layers: [1, 3], growth_rate: [2, 4], narrowing: [0, 2]}
        - name: module
          inception:
            filters_1x1: 2
            filters_3x3_reduce: 3
            filters_3x3: 4
            filters_5x5_reduce: 2
            filters_5x5: 3
            filters_pool: 1
        - name: beside
          parallel:
            branches:
              sequence:
                - conv
                - {name: long, series: {blocks: {sequence: [conv, conv]}}}
                - {name: apart, repeat: [0, 1], separable_conv: {}}
        - {name: around, aspp: {rate: [1, 2, 6], levels: [0, 1, 3]}}
        - {name: tiled, tiled_conv: {tiles: [1, 2, 3], filters: 2}}
        - {name: local, unshared_conv: {padding: [valid, same], filters: 2}}
  downsample: [none, max_pool]
head: {pooling: {one_of: [global_average, {spatial_pyramid: {levels: [1, 2, 3]}}]}}
"""

SOUNDS = """
input: {spectrogram: {window: [2, 5, 8], hop: [1, 3], dynamic_range: [50, 80]}}
stages: {repeat: {low: 1, high: 2}, filters: 4, blocks: {conv: {kernel_size: {per_stage: [1, 3, 1x5]}}}}
"""

DECODERS = """
input: {scaling: [none, unit]}
stem: {one_of: [none, {conv: {filters: 4, kernel_size: 3, strides: 2}}]}
stages:
  repeat: {low: 1, high: 4}
  filters: {first: [4, 6], growth: [1, 2]}
  strides: {per_stage: [1, 2, 3]}
  padding: {per_stage: [valid, same]}
  blocks: {per_stage: {one_of: [conv, {name: pre, residual: {pre_activation: true}}]}}
  downsample:
    per_stage:
      one_of: [none, max_pool, {name: over, max_pool: {pool_size: 3, strides: 2, padding: same}}]
decoder:
  upsample: [transposed_conv, nearest, bilinear]
  skip: [concatenate, add, none]
  levels: [all, last]
  skip_blocks: {one_of: [none, {conv: {filters: 5, kernel_size: 1, padding: same}}]}
  filters: [3, 8]
  padding: same
  blocks:
    one_of:
      - none
      - {name: two, repeat: 2, conv: {kernel_size: 3}}
      - name: beside
        parallel: {branches: {sequence: [conv, {name: long, series: {blocks: {sequence: [conv, conv]}}}]}}
head:
  blocks: {one_of: [none, {conv: {filters: 4, padding: same}}]}
  pooling: global_average
"""


def random_shape(draw: random.Random) -> tuple[int, ...]:
    """One to three dimensions, and a few channels."""
    dimensions = draw.choice([1, 2, 2, 3])
    largest = {1: 200, 2: 48, 3: 14}[dimensions]
    return (*(draw.randint(4, largest) for _ in range(dimensions)), draw.choice([1, 2, 3, 4]))


def as_map(architecture: Architecture) -> Architecture:
    """The same network with the same outputs for each position."""
    (output,) = architecture.outputs
    return architecture.model_copy(update={"outputs": (output.model_copy(update={"form": "map"}),)})


def feasible(spaces: Sequence[SearchSpace], start: int, count: int) -> list[tuple[Architecture, Analysis]]:
    """Random candidates on random inputs, in turn from each space."""
    found: list[tuple[Architecture, Analysis]] = []
    seed = start
    while len(found) < count:
        seed += 1
        shape, classes = random_shape(random.Random(seed)), 2 + seed % 5
        space = spaces[len(found) % len(spaces)]
        architecture = space.sample_random(seed, input_shape=shape, num_classes=classes).architecture
        try:
            analysis = analyze(architecture)
        except InfeasibleArchitectureError:
            continue
        if analysis.num_weights <= LARGEST and analysis.activation_bytes <= LARGEST_MAP:
            found.append((architecture, analysis))
    return found
