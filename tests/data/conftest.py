"""Tests write what they cache to a folder of their own."""

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("CNNSEARCH_CACHE", str(folder))
    return folder
