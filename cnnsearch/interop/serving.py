"""The network of a hypermodel -> the network of its bundle, whose outputs are those of the task.

A hypermodel may end in logits, if its loss takes them, or in one probability for two classes.
"""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from cnnsearch.architecture.outputs import Output
from cnnsearch.errors import SearchError

TRIED = 8
"""Training examples on which the outputs are checked."""
_TOLERANCE = 0.01  # of a sum of probabilities, also in half precision
_WANTED = {
    "softmax": "probabilities that sum to 1: end the network in a softmax",
    "sigmoid": "probabilities from 0 to 1: end the network in a sigmoid",
}


def served(model: keras.Model, output: Output, source: str) -> keras.Model:
    """Return the network with the outputs of a task: with the activation of its logits, and with the
    probabilities of both classes if it has that of the second one.

    Raises:
        SearchError: The network has another number of outputs than the task.
    """
    if len(model.outputs) != 1:
        raise SearchError(f"{source} returned a network with {len(model.outputs)} outputs; expected one")
    result, size = model.outputs[0], tuple(model.outputs[0].shape[1:])
    has_two_classes = output.activation == "softmax" and output.channels == 2
    is_one_of_two = has_two_classes and size == (1,)
    if size != (output.channels,) and not is_one_of_two:
        also = ", or 1" if has_two_classes else ""
        raise SearchError(
            f"{source} returned a network with outputs of shape {size}; expected ({output.channels},){also}, "
            "as the dataset has"
        )
    if output.activation != "linear" and _takes_logits(model.loss):
        activation = "sigmoid" if is_one_of_two else output.activation
        result = keras.layers.Activation(activation, dtype="float32", name="probabilities")(result)
    if is_one_of_two:
        result = ops.concatenate([1.0 - result, result], axis=-1)
    return keras.Model(model.inputs, result, name="cnn")


def check_outputs(network: keras.Model, output: Output, x: NDArray[Any], source: str) -> None:
    """Check the outputs of a served network for examples.

    Raises:
        SearchError: They are not what the task requires.
    """
    if output.activation == "linear":
        return
    found = np.asarray(network.predict_on_batch(x[:TRIED].astype(np.float32)))
    is_probable = bool((found >= -_TOLERANCE).all() and (found <= 1 + _TOLERANCE).all())
    if output.activation == "softmax":
        is_probable &= bool(np.allclose(found.sum(axis=-1), 1, atol=_TOLERANCE))
    if not is_probable:
        raise SearchError(
            f"{source} returned a network with outputs from {found.min():.3g} to {found.max():.3g}; expected "
            f"{_WANTED[output.activation]}, or compile it with a loss that has from_logits=True"
        )


def _takes_logits(loss: Any) -> bool:
    """Whether a compiled loss applies the activation itself."""
    while isinstance(loss, list | tuple | dict) and len(loss) == 1:  # of the one output
        loss = next(iter(loss.values())) if isinstance(loss, dict) else loss[0]
    return bool(getattr(loss, "from_logits", False))
