"""Batch normalization's moving statistics after the first epoch, freed of the values they began with."""

import keras
import numpy as np


def forget_initial_values(model: keras.Model, steps: int) -> None:
    """Makes moving means and variances what they would be had they not begun at 0 and 1.

    After t steps with momentum m an initial value still counts m^t, in an epoch of nine steps with the usual
    0.9 as much as 39%: where a layer's variances are far from 1 such a network validates like chance while it
    trains well, and a search would end it. What is left is taken out as Adam corrects its moments (Kingma and
    Ba, 2015, section 3): (moving - m^t initial) / (1 - m^t). Done once it holds for good, as every later step
    only adds to an average of batches.

    Args:
        model: Its statistics have been updated in so many steps since they were made.
        steps: At least one.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization) and 0.0 <= layer.momentum < 1.0:
            left = layer.momentum**steps
            mean, variance = np.asarray(layer.moving_mean.value), np.asarray(layer.moving_variance.value)
            layer.moving_mean.assign(mean / (1.0 - left))
            layer.moving_variance.assign(np.maximum(variance - left, 0.0) / (1.0 - left))
