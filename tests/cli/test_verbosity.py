"""`-v` and `-q`: before a command's name or after it."""

import json
import sys

import pytest

from cnnsearch.search.live import shown
from cnnsearch.study.events import Note
from tests.cli.conftest import run
from tests.data.check.drawings import two_classes
from tests.search.real import TINY
from tests.studies import make_study


@pytest.mark.parametrize("place", ["before", "after"])
def test_verbose_prints_versions_and_the_traceback_of_an_error(cli, tmp_path, place):
    command = ["predict", tmp_path / "none", "a.png"]
    outcome = cli("-v", *command) if place == "before" else cli(*command, "--verbose")
    assert outcome.status == 2
    lines = outcome.err.splitlines()
    assert lines[0].startswith("debug: versions: cnnsearch ") and "keras " in lines[0]
    assert "Traceback (most recent call last):" in lines
    assert any(line.startswith("cnnsearch: ") for line in lines)


def test_verbose_prints_the_processes_that_are_started(cli):
    outcome = cli("-v", "doctor", "--json")
    assert f"debug: process: {sys.executable} -P -m cnnsearch.rpc " in outcome.err
    assert json.loads(outcome.out)["cores"] >= 1


@pytest.mark.parametrize("arguments", [("-q", "status"), ("status",)])
def test_quiet_hides_the_progress_of_a_search(tmp_path, cli, capsys, arguments):
    study = make_study(tmp_path / "mine")
    cli(*arguments, study.path)
    with shown(study) as watcher:
        watcher(Note("some note"))
    assert capsys.readouterr().out == ("" if "-q" in arguments else "some note\n")


@pytest.mark.parametrize("arguments", [(), ("-q",)])
def test_quiet_hides_the_progress_of_a_check(tmp_path, cli, monkeypatch, arguments):
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("cnnsearch.cli.progress._PAUSE", 0.0)
    outcome = cli("data", "check", two_classes(tmp_path / "data"), *arguments)
    assert ("checking examples: " in outcome.err) == (not arguments)


def test_quiet_leaves_results_and_errors(cli):
    outcome = cli("-q", "validate", "plain")
    assert outcome.out.startswith("plain is valid") and outcome.err == ""


def test_both_are_refused(cli):
    outcome = cli("-v", "predict", "-q", "some", "a.png")
    assert outcome.status == 2
    assert outcome.err.endswith("cnnsearch: --verbose and --quiet: found both; expected one of them\n")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_quiet_search_prints_its_result_alone(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY)
    asked = ("search", "tiny.yaml", "--data", "digits", "--trials", 1, "--epochs", 1, "--finalists", 0)
    outcome = run("-q", *asked, "--workers", 1, cwd=tmp_path)
    assert outcome.status == 0 and outcome.err == ""
    assert outcome.out.splitlines()[0].split() == ["Finalists"]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_verbose_search_prints_its_log_its_settings_and_its_processes(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY)
    asked = ("search", "tiny.yaml", "--data", "digits", "--trials", 1, "--epochs", 1, "--finalists", 0)
    outcome = run(*asked, "--workers", 1, "-v", cwd=tmp_path)
    assert outcome.status == 0
    assert f"log: {(tmp_path / 'runs' / 'tiny-digits').resolve() / 'log.txt'}" in outcome.err
    assert 'debug: settings: {"space":"tiny.yaml"' in outcome.err
    assert "-m cnnsearch.worker" in outcome.err
