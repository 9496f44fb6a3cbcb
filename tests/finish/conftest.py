"""Keras in the process of these tests, and fixtures of the study that a module finishes."""

import pytest

import tests.keras_here  # noqa: F401
from cnnsearch.study.storage import read_json


@pytest.fixture(scope="module")
def study(finished):
    """The study of the module's `finished`; no test changes it."""
    return finished[0]


@pytest.fixture(scope="module")
def metrics(study):
    """The content of its bundle's metrics.json."""
    return read_json(study.best / "metrics.json")
