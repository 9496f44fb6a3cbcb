"""Settings that all tests share."""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "cnnsearch", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("cnnsearch")


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory):
    """What is known of picture files is kept apart from the user's."""
    os.environ["CNNSEARCH_CACHE"] = str(tmp_path_factory.mktemp("cache"))
