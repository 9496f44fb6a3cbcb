"""A real search, whose files and words the tests look through."""

import pytest

from tests.cli.conftest import Outcome, run
from tests.search.real import TINY

BUDGET = ("--data", "digits", "--trials", 2, "--epochs", 1, "--pruner", "none", "--finalists", 0)


def search(folder, *options) -> Outcome:
    """`cnnsearch search` of the tiny space, to its end, into `runs` of a folder."""
    (folder / "tiny.yaml").write_text(TINY)
    return run("search", "tiny.yaml", *BUDGET, *options, cwd=folder)


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """The runs folder of a whole search."""
    folder = tmp_path_factory.mktemp("searched")
    outcome = search(folder)
    assert outcome.status == 0, outcome
    return folder / "runs"
