"""`cnnsearch finish`, and what a search prints of its finalists."""

import json
import shutil

import pytest

from cnnsearch.cli.outcome import format_spread
from cnnsearch.tasks.classification.metrics import ACCURACY
from cnnsearch.tasks.scores import Spread
from tests.cli.conftest import run

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def finished(searched, tmp_path_factory):
    """A searched study, finished again with finalists: what was printed, and its folder."""
    runs = shutil.copytree(searched[1], tmp_path_factory.mktemp("finished") / "runs")
    numbers = ("--finalists", 2, "--final-seeds", 1, "--pick", "fastest", "--max-latency", "5s")
    return run("finish", "tiny-digits", *numbers, "--runs", runs), runs / "tiny-digits"


def test_it_reports_progress_and_ends_with_the_champion(finished):
    outcome, _ = finished
    assert outcome.status == 0, outcome
    lines = outcome.out.splitlines()
    assert lines[0].startswith("the search is done; retraining 2 finalists with 1 seed, about ")
    assert [line.split()[2] for line in lines if line.startswith("trial ")] == ["again,", "again,"]
    assert "with a latency of at most 5 s (median)" in outcome.out
    assert ["bundle", str(finished[1] / "best")] in [line.split() for line in lines]


def test_the_finalists_are_a_table(finished):
    outcome, study = finished
    metrics = json.loads((study / "best" / "metrics.json").read_text())
    for finalist in metrics["finalists"]:
        [row] = [line for line in outcome.out.splitlines() if line.startswith(f"│     {finalist['trial']} │")]
        assert f"{finalist['test']['accuracy']['value']:.4f} (" in row
        assert f"{finalist['retrained']['accuracy']['value']:.4f} (1)" in row


def test_another_reading_of_the_test_split_shows(finished):
    assert "examples, read 2 times)" in finished[0].out


@pytest.mark.slow
def test_another_finish_finds_its_trainings_done(finished):
    outcome = run("finish", "tiny-digits", "--finalists", 2, "--final-seeds", 1, "--runs", finished[1].parent)
    assert outcome.status == 0, outcome
    assert "worker ready" not in outcome.out
    assert "\n  picked         the highest mean validation_accuracy over seeds" in outcome.out


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], "-"),
        ([0.9], "0.9000 (1)"),
        ([0.89, 0.9, 0.91], "0.9000 ± 0.0100 (3)"),
    ],
)
def test_a_spread_is_shown_with_its_number(values, told):
    assert format_spread(Spread.of(values) if values else None, ACCURACY) == told


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--finalists", "-1"), "--finalists: found -1; input should be greater than or equal to 0"),
        (("--pick", "quickest"), "--pick: found quickest; expected one of best, smallest, fastest."),
        (("--max-latency", "5"), "--max-latency: found 5; expected one above zero, such as 5ms or 0.2s"),
        (("--max-latency", "0ms"), "--max-latency: found 0ms; expected one above zero, such as 5ms or 0.2s"),
    ],
)
def test_wrong_numbers_are_refused(cli, searched, option, told):
    outcome = cli("finish", "tiny-digits", "--runs", searched[1], *option)
    assert outcome.status == 2 and told in outcome.err


def test_a_study_without_a_trained_trial_has_nothing_to_finish(cli, searched, tmp_path):
    runs = shutil.copytree(searched[1], tmp_path / "runs")
    shutil.rmtree(runs / "tiny-digits" / "trials")
    outcome = cli("finish", "tiny-digits", "--runs", runs)
    assert outcome.status == 1
    assert outcome.err.startswith("cnnsearch: tiny-digits has no trial eligible as the champion")


def test_the_best_trials_latencies_are_measured_on_request(cli, searched):
    rows = json.loads(cli("trials", "tiny-digits", "--runs", searched[1], "--latency", "--json").out)
    assert [row["latency"]["batch"] for row in rows] == [1, 1, 1]


@pytest.mark.slow
def test_latencies_are_two_columns_of_the_table(cli, searched):
    lines = cli("trials", "tiny-digits", "--runs", searched[1], "--latency").out.splitlines()
    assert [word for word in lines[1].split("┃") if "latency" in word or "95%" in word]
    assert lines[-1].startswith("latency at batch size 1 on ")
