"""Fixtures of the tests of searches."""

import pytest


@pytest.fixture
def unmeasured(tmp_path, monkeypatch):
    """A machine without measurements."""
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path / "cache"))
