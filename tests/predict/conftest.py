"""Keras in the process of these tests."""

import tests.keras_here  # noqa: F401
