"""Keras in the tests' own process, on TensorFlow and quiet; imported by conftest.py where it is needed."""

import os

from cnnsearch.training.backend import environment

os.environ.update(environment("tensorflow"))
