"""What several faults are compared with."""

import pytest

from cnnsearch.search.launch import run_study
from cnnsearch.study.folder import Study
from tests.faults.harm import study_of


@pytest.fixture(scope="session")
def unbroken(tmp_path_factory) -> Study:
    """A search of six trials that nothing disturbs; no test changes it."""
    study = study_of(tmp_path_factory.mktemp("unbroken"), trials=6)
    assert run_study(study)
    return study
