"""The format onnx: one file for ONNX Runtime and other readers of ONNX."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray

from cnnsearch.bundle.formats import Quantization
from cnnsearch.export.comparison import Run
from cnnsearch.export.convertible import for_onnx
from cnnsearch.export.writer import Network, Writer

OPSET = 15
"""The version of the operation set: the default of tf2onnx, supported by ONNX Runtime since 1.10 (2021)."""
INPUT = "input"


class OnnxFile(Writer):
    """`model.onnx`: maps `input` of any batch size to the predictions, whose name the task gives.

    Its metadata contain `labels`, and `value_range`, the smallest and the largest value of a raw input.
    """

    suffix = ".onnx"
    packages = ("onnxruntime",)

    def write(self, network: Network, path: Path, quantization: Quantization) -> None:
        """Convert the model's forward pass and check the graph."""
        with for_onnx(network.model):
            network.model.export(path, format="onnx", verbose=False, opset_version=OPSET)
        proto = onnx.load(path)
        _name_ends(proto.graph, network.task.prediction)
        labels, ends = json.dumps(network.task.names), json.dumps(network.values.ends)
        onnx.helper.set_model_props(proto, {"labels": labels, "value_range": ends})
        onnx.checker.check_model(proto, full_check=True)
        onnx.save(proto, path)

    def load(self, path: Path) -> Run:
        """Load the file into ONNX Runtime, on the CPU."""
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        output = session.get_outputs()[0].name

        def run(x: NDArray[np.float32]) -> NDArray[Any]:
            predictions: NDArray[Any] = session.run([output], {INPUT: x})[0]
            return predictions

        return run


def _name_ends(graph: Any, output: str) -> None:
    """Rename input, output and batch dimension, which the converter numbers."""
    given, result = graph.input[0], graph.output[0]
    renamed = {given.name: INPUT, result.name: output}
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    for end in (given, result):
        end.name = renamed[end.name]
        end.type.tensor_type.shape.dim[0].dim_param = "batch"
