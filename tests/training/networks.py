"""Small networks and data that the tests of training share."""

import numpy as np

from cnnsearch.data import Split
from cnnsearch.tasks.classification.task import Classification

CLASSES = 3
TASK = Classification.of(CLASSES)


def make_split(examples: int, seed: int) -> Split:
    """Noisy pictures whose class is the brightest of three columns: learnable, but not at once."""
    draws = np.random.default_rng(seed)
    y = draws.integers(CLASSES, size=examples)
    x = draws.integers(0, 200, size=(examples, 6, 6, 1))
    x[np.arange(examples), :, 2 * y, 0] += 55
    return Split(x.astype(np.uint8), y)


def make_model(seed: int = 0, dropout: float = 0.3):
    """Return a network with state and draws: normalization and dropout."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def make_engine_of(model, plan, train, validation, *, epochs, class_weights="none", fidelity=None, **chosen):
    """Return the training of a model with a plan."""
    from cnnsearch.training.engines.keras_fit import KerasFit
    from cnnsearch.training.program import compile_program

    examples = fidelity.round_examples if fidelity else len(train.x)
    training = TASK.training(plan, train.y, class_weights, ())
    program = compile_program(model, plan, training, examples=examples, epochs=epochs)
    return KerasFit(program, plan, TASK, training, train, validation, fidelity=fidelity, **chosen)
