"""A study with a bundle and its report, made once."""

import pytest

import tests.keras_here  # noqa: F401
from cnnsearch.report.writing import write
from tests.report.bundled import bundled_study


@pytest.fixture(scope="package")
def bundled(tmp_path_factory):
    """A study with a bundle; no test changes it."""
    return bundled_study(tmp_path_factory.mktemp("runs") / "some")


@pytest.fixture(scope="package")
def page(bundled):
    """The text of its report."""
    return write(bundled).read_text()
