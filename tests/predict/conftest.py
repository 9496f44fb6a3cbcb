"""Keras in the tests' own process: TensorFlow, quiet."""

import os

from cnnsearch.training.backend import environment

os.environ.update(environment("tensorflow"))
