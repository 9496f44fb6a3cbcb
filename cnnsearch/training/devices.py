"""The devices of Keras; called in a separate process by programs that do not import Keras."""

import keras


def list_devices(_: None) -> tuple[str, ...]:
    """Return the devices in Keras's notation, such as `cpu:0`."""
    return tuple(keras.distribution.list_devices())
