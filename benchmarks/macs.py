"""Multiply-accumulates of every baseline: the analysis against TensorFlow's profiler.

    python benchmarks/macs.py

The profiler counts float operations of a graph, two for each multiply-accumulate; of those only the
operations that multiply with a kernel are taken, as the analysis counts no others. Five things about it:

- Keras compiles grouped convolutions (AlexNet's) and puts them into functions of their own, into which the
  profiler does not look. Here functions are laid open in the graph while it is made.
- Weights are arguments of the graph, so that none is allocated. A graph frozen with
  `convert_variables_to_constants_v2` has constants in their place and the same count, but for the compiled
  functions: behind those it has no shapes, and the profiler leaves out what has none.
- TensorFlow computes a dilated convolution as convolutions of parts of the map, which it pads to a multiple
  of the dilation rate (`deeplab`). The products at these positions, which are cut off, are not counted here.
- The products of transposed convolutions are not counted (`unet`, `fcn`).
- `unshared_conv`, which no baseline has, differs: its products are an Einsum, which the profiler does not
  count, of windows that a convolution with the identity gathers, which it does.
"""

import keras
import tensorflow as tf
from machine import header

from cnnsearch.architecture import Architecture, analyze
from cnnsearch.models.build import build_model
from cnnsearch.space import load_space, shipped_spaces

COUNTED = ("Conv2D", "Conv3D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2")
Example = tuple[tuple[int, ...], int]
"""One example's shape, and how many classes there are."""

LARGE = ("densenet121", "googlenet", "mobilenet_v1", "mobilenet_v2", "resnet18", "resnet50", "vgg16")
OF_BASELINES: dict[str, Example] = {
    "alexnet": ((227, 227, 3), 1000),
    **dict.fromkeys(LARGE, ((224, 224, 3), 1000)),
}
OF_SPACES: dict[str, Example] = {
    "centernet": ((512, 512, 3), 84),
    "deeplab": ((513, 513, 3), 21),
    "fcn": ((500, 500, 3), 21),
    "lenet5": ((32, 32, 1), 10),
    "pose": ((256, 192, 3), 51),
    "plain": ((8, 8, 1), 10),
    "signal1d": ((128, 1), 2),
    "spectrogram": ((8_000, 1), 10),
    "unet": ((572, 572, 1), 2),
    "volume3d": ((32, 32, 32, 1), 10),
}
"""What the baselines are counted for, as published; the others for pictures of 32x32x3 in 10 classes."""


def main() -> None:
    """Prints the table."""
    print(header())
    print(f"{'space':<11}{'baseline':<14}{'input':>13}{'analysis':>16}{'profiler':>16}{'difference':>12}")
    for space in shipped_spaces():
        for baseline in load_space(space).baselines:
            architecture = network(space, baseline)
            ours, theirs = analyze(architecture).macs, profiled(architecture)
            size = "x".join(str(number) for number in architecture.input.shape)
            print(
                f"{space:<11}{baseline:<14}{size:>13}{ours:>16,}{theirs:>16,}{ours - theirs:>12,}", flush=True
            )


def network(space: str, baseline: str) -> Architecture:
    """A baseline's network on its input; what the baseline leaves open is drawn at random."""
    shape, classes = OF_SPACES.get(space) or OF_BASELINES.get(baseline) or ((32, 32, 3), 10)
    candidate = load_space(space).sample_random(0, input_shape=shape, num_classes=classes, baseline=baseline)
    return candidate.architecture


def profiled(architecture: Architecture) -> int:
    """MACs of one example's forward pass, as TensorFlow's profiler counts them."""
    profiler = tf.compat.v1.profiler
    builder = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    options = builder.with_accounted_types(COUNTED).with_empty_output().build()
    graph = traced(architecture)
    counted = profiler.profile(graph, cmd="op", options=options)
    return int(counted.total_float_ops) // 2 - with_padding_of_parts(graph)


def with_padding_of_parts(graph: tf.Graph) -> int:
    """Products at the positions of dilated convolutions that are cut off."""
    found = 0
    for joined in (operation for operation in graph.get_operations() if operation.type == "BatchToSpaceND"):
        parts, whole = joined.inputs[0], joined.outputs[0]
        kernel = parts.op.inputs[1].shape
        found += (parts.shape.num_elements() - whole.shape.num_elements()) * kernel[:-1].num_elements()
    return found


def traced(architecture: Architecture) -> tf.Graph:
    """The forward pass of one example as a graph, the weights among its arguments."""
    with keras.StatelessScope(initialize_variables=False):
        model = build_model(architecture)
    keras.backend.clear_session(free_memory=False)  # or Keras would draw the weights at the next occasion
    graph = tf.Graph()
    tf.config.run_functions_eagerly(True)  # inside a graph: laid open in it
    try:
        with graph.as_default():
            trained, tracked = model.trainable_variables, model.non_trainable_variables
            x = tf.compat.v1.placeholder("float32", (1, *architecture.input.shape))
            model.stateless_call(arguments(trained), arguments(tracked), x, training=False)
    finally:
        tf.config.run_functions_eagerly(False)
    return graph


def arguments(variables: list[keras.Variable]) -> list[tf.Tensor]:
    """A graph's argument for each variable."""
    return [tf.compat.v1.placeholder(variable.dtype, variable.shape) for variable in variables]


if __name__ == "__main__":
    main()
