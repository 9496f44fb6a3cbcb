"""The public names: exactly these, and each is there."""

import subprocess
import sys

import pytest

import cnnsearch

NAMES = {
    "Analysis",
    "Architecture",
    "Candidate",
    "Dataset",
    "SearchSpace",
    "StudyResult",
    "analyze",
    "build_model",
    "load_data",
    "load_space",
    "recommend",
    "search",
}


def test_the_public_names_are_these():
    assert set(cnnsearch.__all__) == NAMES
    assert len(cnnsearch.__all__) == len(NAMES)


def test_they_are_listed_with_the_version():
    assert set(dir(cnnsearch)) == NAMES | {"__version__"}


@pytest.mark.parametrize("name", sorted(NAMES - {"build_model"}))
def test_a_public_name_can_be_imported(name):
    value = getattr(cnnsearch, name)
    assert callable(value)
    assert value.__doc__


def test_build_model_can_be_imported():
    code = "from cnnsearch import build_model; assert callable(build_model)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True)


def test_search_can_be_called_however_often_it_is_looked_up():
    code = "import cnnsearch; cnnsearch.search; import cnnsearch.api; cnnsearch.search('plian', 'digits')"
    done = subprocess.run(
        [sys.executable, "-c", code], timeout=60, capture_output=True, text=True, check=False
    )
    assert "SpaceError: plian: no such file" in done.stderr


def test_another_name_is_refused():
    with pytest.raises(AttributeError, match="module 'cnnsearch' has no attribute 'serach'"):
        _ = cnnsearch.serach


def test_the_version_is_the_packages():
    from importlib.metadata import version

    assert cnnsearch.__version__ == version("cnnsearch")


def test_what_is_left_out_when_a_star_is_imported():
    names: dict[str, object] = {}
    exec("from cnnsearch.search import *", names)
    assert {"StudyResult", "resume", "search"} <= names.keys()
