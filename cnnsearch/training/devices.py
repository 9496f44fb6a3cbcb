"""What Keras computes on; called in a process of its own by whoever has no Keras."""

import keras


def list_devices(_: None) -> tuple[str, ...]:
    """Return the devices as Keras names them, such as `cpu:0`."""
    return tuple(keras.distribution.list_devices())
