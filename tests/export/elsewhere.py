"""Load exported files as described in the model card, in a separate process without cnnsearch.

Arguments: the folder, an .npy file of raw examples. Prints what each file answers, as JSON.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

folder, x = Path(sys.argv[1]), np.load(sys.argv[2]).astype("float32")


def litert(name: str) -> np.ndarray:
    interpreter = Interpreter(str(folder / name))
    interpreter.allocate_tensors()
    answers = []
    for example in x:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], example[np.newaxis])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
    return np.array(answers)


loaded = tf.saved_model.load(str(folder / "saved_model"))
session = onnxruntime.InferenceSession(folder / "model.onnx")
answers = {
    "model.keras": keras.saving.load_model(folder / "model.keras").predict(x, verbose=0),
    "model.onnx": session.run(["probabilities"], {"input": x})[0],
    "saved_model": loaded.serve(x).numpy(),
    **{name: litert(name) for name in ("model.tflite", "model-int8.tflite", "model-float16.tflite")},
}
(opset,) = (each.version for each in onnx.load(folder / "model.onnx").opset_import if not each.domain)
told = {
    "answers": {name: np.asarray(found).tolist() for name, found in answers.items()},
    "batch": session.get_inputs()[0].shape[0],
    **session.get_modelmeta().custom_metadata_map,
    "opset": opset,
    "foreign": [name for name in sys.modules if name.startswith("cnnsearch")],
}
print(json.dumps(told))
