import json

import pytest

from tests.studies import add_trial, every_state, make_study


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """`one` and `two` with trials, `none` without."""
    folder = tmp_path_factory.mktemp("runs")
    add_trial(make_study(folder / "one"), 2)
    every_state(make_study(folder / "two"))
    make_study(folder / "none")
    return folder


def test_the_command_prints_a_table(cli, runs):
    outcome = cli("compare", "one", "two", "--runs", runs)
    assert outcome.status == 0 and "Studies on digits" in outcome.out
    assert "59.67" in outcome.out and "the best of the weakest study" in outcome.out


def test_the_command_prints_json_for_scripts(cli, runs):
    told = json.loads(cli("compare", "one", "none", "--runs", runs, "--json").out)
    assert [study["study"] for study in told["studies"]] == ["one", "none"]
    assert told["objective"] == "validation_accuracy" and told["studies"][1]["best"] is None


def test_the_command_writes_a_page(cli, runs, tmp_path):
    outcome = cli("compare", "one", "two", "--runs", runs, "--html", tmp_path / "page.html")
    assert outcome.status == 0 and (tmp_path / "page.html").stat().st_size > 1e6


def test_an_unknown_study_is_wrong_input(cli, runs):
    outcome = cli("compare", "one", "onne", "--runs", runs)
    assert outcome.status == 2 and "no study 'onne'" in outcome.err
