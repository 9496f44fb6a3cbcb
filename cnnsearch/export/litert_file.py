"""The format litert: one file for phones and small devices, of 32, 16 or 8 bits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]
from numpy.typing import NDArray

from cnnsearch.bundle.formats import Quantization
from cnnsearch.export.comparison import Run
from cnnsearch.export.convertible import for_litert
from cnnsearch.export.writer import Network, NotConvertibleError, Writer


class LiteRtFile(Writer):
    """`model.tflite`: takes one example at a time, as its delegates and small devices want it.

    Quantized files take and give float32 too: raw pixels in, probabilities out, as all others.
    """

    suffix = ".tflite"
    packages = ("ai-edge-litert",)
    batch = 1

    def write(self, network: Network, path: Path, quantization: Quantization) -> None:
        """Converts the model's forward pass to LiteRT's own operations alone."""
        signature = [keras.InputSpec(shape=(1, *network.shape), dtype="float32", name="input")]
        options = _options(quantization, network.calibration)
        try:
            with for_litert(network.model):
                network.model.export(
                    path, format="litert", input_signature=signature, verbose=False, **options
                )
        except Exception as error:  # the converter raises its own kinds, and plain ones
            operations = _missing(str(error))
            if not operations:
                raise
            raise NotConvertibleError(
                f"LiteRT has no {operations}, which this network of input {network.shape} needs; "
                "onnx and saved_model have all operations"
            ) from error

    def load(self, path: Path) -> Run:
        """The file in LiteRT's interpreter."""
        interpreter = Interpreter(model_path=str(path))
        interpreter.allocate_tensors()
        given, result = (
            ends()[0]["index"] for ends in (interpreter.get_input_details, interpreter.get_output_details)
        )

        def run(x: NDArray[np.float32]) -> NDArray[Any]:
            interpreter.set_tensor(given, x)
            interpreter.invoke()
            found: NDArray[Any] = interpreter.get_tensor(result)
            return found

        return run


def _options(quantization: Quantization, calibration: NDArray[np.float32]) -> dict[str, Any]:
    """The converter's settings. What has no kernel of 8 bits stays float32."""
    own, integer = tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.TFLITE_BUILTINS_INT8
    if quantization == "none":
        return {"target_spec": {"supported_ops": [own]}}
    smaller = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    if quantization == "float16":
        return {**smaller, "target_spec": {"supported_ops": [own], "supported_types": [tf.float16]}}

    def examples() -> Iterator[list[NDArray[np.float32]]]:
        yield from ([calibration[i : i + 1]] for i in range(len(calibration)))

    return {
        **smaller,
        "target_spec": {"supported_ops": [integer, own]},
        "representative_dataset": examples,
    }


def _missing(message: str) -> str:
    """The operations that the converter names as not its own; empty where it failed otherwise."""
    for line in message.splitlines():
        head, _, names = line.partition("ops: ")
        if head in ("TF Select ", "Custom "):
            return names.strip()
    return ""
