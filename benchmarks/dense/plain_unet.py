"""A U-Net of base width 16, trained by plain Keras: `python -m dense.plain_unet FILE MINUTES SEED`.

Five levels of two convolutions with batch normalization, transposed convolutions, random flips, Adam with a
learning rate of 0.001, batches of 2. It trains until the time is over, and keeps the weights of the epoch
with the highest mean IoU on validation. Prints its score on the test split as JSON.
"""

import json
import sys
import time

import keras
import numpy as np
from keras import layers

WIDTH, LEVELS, BATCH = 16, 5, 2


def unet(shape: tuple[int, ...]) -> keras.Model:
    """Return the network."""
    inputs = keras.Input(shape)
    x, skips = layers.Rescaling(1 / 255)(inputs), []
    for level in range(LEVELS):
        x = two_convolutions(x, WIDTH * 2**level)
        if level < LEVELS - 1:
            skips.append(x)
            x = layers.MaxPooling2D()(x)
    for level, skip in reversed(list(enumerate(skips))):
        x = layers.Conv2DTranspose(WIDTH * 2**level, 2, strides=2)(x)
        x = two_convolutions(layers.Concatenate()([skip, x]), WIDTH * 2**level)
    return keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x))


def two_convolutions(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    """Return two convolutions with batch normalization."""
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    return x


def mean_iou(model: keras.Model, x: np.ndarray, y: np.ndarray) -> float:
    """Return the mean of the IoU of both classes over all positions."""
    found = model.predict(x, batch_size=BATCH, verbose=0)[..., 0] > 0.5
    pairs = ((found == kind, y == kind) for kind in (False, True))
    return float(np.mean([np.sum(one & other) / np.sum(one | other) for one, other in pairs]))


def flipped(x: np.ndarray, y: np.ndarray, draws: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return examples and masks, each flipped along either axis or not."""
    x, y = x.copy(), y.copy()
    for axis in (1, 2):
        chosen = draws.random(len(x)) < 0.5
        x[chosen], y[chosen] = np.flip(x[chosen], axis), np.flip(y[chosen], axis)
    return x, y


def main() -> None:
    file, minutes, seed = sys.argv[1:]
    begun, data, draws = time.monotonic(), np.load(file), np.random.default_rng(int(seed))
    keras.utils.set_random_seed(int(seed))
    model = unet(data["x_train"].shape[1:])
    model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")
    best, weights, epochs = -1.0, model.get_weights(), 0
    while time.monotonic() - begun < 60 * float(minutes):
        x, y = flipped(data["x_train"], data["y_train"], draws)
        model.fit(x, y[..., None], batch_size=BATCH, verbose=0)
        epochs += 1
        found = mean_iou(model, data["x_validation"], data["y_validation"])
        if found > best:
            best, weights = found, model.get_weights()
    model.set_weights(weights)
    test = mean_iou(model, data["x_test"], data["y_test"])
    print(json.dumps({"test": {"mean_iou": round(test, 4)}, "epochs": epochs}))


if __name__ == "__main__":
    main()
