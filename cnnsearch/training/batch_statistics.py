"""Removal of the initial values from batch normalization's moving statistics after the first epoch."""

import keras
from keras import ops


def forget_initial_values(model: keras.Model, steps: int) -> None:
    """Correct moving means and variances for their initialization at 0 and 1.

    After t steps with momentum m an initial value still has the weight m^t: 39% after an epoch of nine steps
    with the usual 0.9. Where a layer's variances are far from 1, such a network has validation scores at
    chance level although it trains well, and a search would prune it. The bias is corrected as Adam corrects
    its moments (Kingma and Ba, 2015, section 3): (moving - m^t initial) / (1 - m^t). One correction
    suffices, since every later step only adds to an average over batches.

    Args:
        model: Its statistics have been updated in `steps` steps since they were created.
        steps: At least one.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization) and 0.0 <= layer.momentum < 1.0:
            left = layer.momentum**steps
            layer.moving_mean.assign(layer.moving_mean / (1.0 - left))
            layer.moving_variance.assign(ops.maximum(layer.moving_variance - left, 0.0) / (1.0 - left))
