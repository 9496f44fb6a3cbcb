"""The format litert: one file for phones and small devices, with 32, 16 or 8 bits."""

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
    """`model.tflite`: takes one example at a time, for delegates and small devices.

    Quantized files have float32 inputs and outputs too: raw pixels and probabilities, as in all formats.
    """

    suffix = ".tflite"
    packages = ("ai-edge-litert",)
    batch = 1

    def write(self, network: Network, path: Path, quantization: Quantization) -> None:
        """Convert the model's forward pass, using only LiteRT's built-in operations."""
        signature = [keras.InputSpec(shape=(1, *network.shape), dtype="float32", name="input")]
        options = _options(quantization, network.calibration)
        try:
            with for_litert(network.model):
                network.model.export(
                    path, format="litert", input_signature=signature, verbose=False, **options
                )
        except Exception as error:  # the converter raises its own and built-in exceptions
            operations = _missing(str(error))
            if not operations:
                raise
            raise NotConvertibleError(
                f"LiteRT does not support {operations}, which this network with input {network.shape} needs; "
                "onnx and saved_model support all operations"
            ) from error

    def load(self, path: Path) -> Run:
        """Load the file into LiteRT's interpreter."""
        interpreter = Interpreter(model_path=str(path))
        interpreter.allocate_tensors()
        given, result = (
            ends()[0]["index"] for ends in (interpreter.get_input_details, interpreter.get_output_details)
        )

        def run(x: NDArray[np.float32]) -> NDArray[Any]:
            interpreter.set_tensor(given, x)
            interpreter.invoke()
            predictions: NDArray[Any] = interpreter.get_tensor(result)
            return predictions

        return run


def _options(quantization: Quantization, calibration: NDArray[np.float32]) -> dict[str, Any]:
    """Return the settings of the converter; operations without an 8-bit kernel stay in float32."""
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
    """Return the unsupported operations in a converter message; empty if it failed for another reason."""
    for line in message.splitlines():
        head, _, names = line.partition("ops: ")
        if head in ("TF Select ", "Custom "):
            return names.strip()
    return ""
