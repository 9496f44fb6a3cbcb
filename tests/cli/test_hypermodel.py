"""`cnnsearch search --hypermodel`: what is wrong with it is said before anything is written."""

import pytest

WRONG = {
    "neither": ([], "found neither SPACE nor --hypermodel; expected one"),
    "both": (["plain", "--hypermodel", "cnnsearch:build"], "found plain and --hypermodel cnnsearch:build"),
    "no name": (["--hypermodel", "cnnsearch"], "expected package.module:name"),
    "no module": (["--hypermodel", "no_such_module:build"], "no module no_such_module in"),
    "no submodule": (["--hypermodel", "cnnsearch.no_such:build"], "no module cnnsearch.no_such in"),
    "no such name": (
        ["--hypermodel", "cnnsearch.errors:SearchErorr"],
        "errors.py has no SearchErorr. Did you mean 'SearchError'?",
    ),
    "grid": (["--hypermodel", "cnnsearch:build", "--sampler", "grid"], "remove --sampler grid"),
    "folds": (["--hypermodel", "cnnsearch:build", "--folds", "3"], "remove --folds 3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_hypermodels_are_reported_with_the_reason(name, cli, tmp_path):
    words, said = WRONG[name]
    outcome = cli("search", *words, "--data", "digits", "--runs", tmp_path / "runs")
    assert outcome.status == 2 and said in outcome.err
    assert not (tmp_path / "runs").exists()
