"""Settings that all tests share."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "cnnsearch", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("cnnsearch")

# A shell that starts the tests in the background has them ignore Ctrl-C, and so what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory):
    """What is known of picture files, and of finished studies, is kept apart from the user's."""
    os.environ["CNNSEARCH_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["CNNSEARCH_HISTORY"] = str(tmp_path_factory.mktemp("history"))
