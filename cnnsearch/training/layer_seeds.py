"""The seeds of the layers that draw during training, such as dropout."""

import keras
import numpy as np
from numpy.typing import NDArray

_LAYERS = 1  # separates the layers' draws from those of the examples' order and of the augmentation


def seed_layers(model: keras.Model, seed: tuple[int, int]) -> None:
    """Set the random state of every layer that draws, from a trial's seed and the number of the epoch."""
    variables = [variable for variable in model.variables if is_seed(variable)]
    for variable, value in zip(variables, layer_seeds(seed, len(variables)), strict=True):
        variable.assign(value)


def is_seed(variable: keras.Variable) -> bool:
    """Return whether a variable is the state of a layer's draws."""
    return bool(variable.name == "seed_generator_state")


def layer_seeds(seed: tuple[int, int], layers: int) -> NDArray[np.int64]:
    """Return the state of each layer, `(layers, 2)`."""
    draws = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_LAYERS,)))
    return draws.integers(2**31, size=(layers, 2))
