"""`cnnsearch recommend` and `cnnsearch history`, with the shipped experience and with own studies."""

import gzip
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from cnnsearch.report.provenance import search_command
from cnnsearch.study.folder import find_study
from cnnsearch.study.records import TrialState
from cnnsearch.study.warm_start import WarmStart, write_warm_start
from tests.cli.conftest import run
from tests.search.real import TINY
from tests.studies import add_trial, make_study
from tests.tracking.readback import NOLOAD

pytestmark = [pytest.mark.timeout(240), pytest.mark.filterwarnings(NOLOAD)]


@pytest.fixture(autouse=True)
def nothing_added(tmp_path, monkeypatch):
    """The user has added no studies yet, and stands in an empty folder."""
    monkeypatch.setenv("CNNSEARCH_HISTORY", str(tmp_path / "history"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def studied(tmp_path):
    """A runs folder, whose path and study have names of their own, with six trials."""
    study = make_study(tmp_path / "canary place" / "canary-study")
    for number in range(6):
        add_trial(study, number)
    return study.runs


def test_networks_are_ranked_with_what_they_cost_and_why(cli):
    outcome = cli("recommend", "digits")
    assert outcome.status == 0, outcome
    first, *_ = outcome.out.splitlines()
    assert first.startswith("8x8x1, 10 outputs, 1,079 examples: networks from ")
    for column in ("network and training", "expected", "weights", "MACs", "20 epochs", "why"):
        assert column in outcome.out
    assert "global_average" in outcome.out
    assert "batch" in outcome.out


def test_scripts_get_json(cli):
    found = json.loads(cli("recommend", "digits", "--top", 4, "--json").out)
    assert set(found) == {"dataset", "nearest", "is_far", "is_of_other_task", "studies", "networks"}
    assert len(found["networks"]) == 4
    for network in found["networks"]:
        assert network["num_weights"] > 0
        assert network["architecture"]["input"]["shape"] == [8, 8, 1]
        assert network["architecture"]["outputs"][0]["channels"] == 10
        assert network["training"]["batch_size"] > 0
        assert network["latency"] is None


def test_the_order_is_the_same_however_often_it_is_asked_for(cli):
    answers = [json.loads(cli("recommend", "digits", "--json").out)["networks"] for _ in range(2)]
    first, second = ([{**each, "epoch_seconds": 0} for each in networks] for networks in answers)
    assert first == second


def test_limits_are_kept(cli):
    found = json.loads(cli("recommend", "digits", "--max-weights", "60k", "--max-macs", "1M", "--json").out)
    assert found["networks"]
    assert all(each["num_weights"] <= 60_000 and each["macs"] <= 1_000_000 for each in found["networks"])
    refused = cli("recommend", "digits", "--max-weights", 20)
    assert refused.status == 2
    assert "fits these data and the limits; raise the limits" in refused.err


def test_a_space_is_written_that_can_be_validated_and_described(cli, tmp_path):
    outcome = cli("recommend", "digits", "--top", 3, "--write", "around.yaml")
    assert "around.yaml: a part of auto, with 3 of the 3 networks as baselines" in outcome.out
    assert cli("validate", "around.yaml").status == 0
    assert cli("describe", "around.yaml", "--baseline", "recommended1", "--input", "8x8x1").status == 0
    refused = cli("recommend", "digits", "--write", tmp_path / "missing" / "around.yaml")
    assert refused.status == 2
    assert "expected a file in an existing folder" in refused.err


def test_of_volumes_nothing_is_known(cli, tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (30, 6, 6, 6, 1), np.uint8)
    np.savez(tmp_path / "volumes.npz", x=x, y=np.arange(30) % 2)
    outcome = cli("recommend", "volumes.npz")
    assert outcome.status == 2
    assert "no study of data with 3 spatial dimensions is known" in outcome.err


def test_numbers_are_predicted_by_ranks_of_classes(cli, tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (60, 12, 12, 1), np.uint8)
    np.savez(tmp_path / "numbers.npz", x=x, y=x.mean((1, 2, 3)))
    outcome = cli("recommend", "numbers.npz", "--task", "regression")
    assert outcome.status == 0, outcome
    assert "no study of regression is known: ranked by studies of classification" in outcome.out


def test_neither_keras_nor_mlflow_is_needed_to_recommend(tmp_path):
    code = (
        "import sys\nfrom cnnsearch.cli import main\nsys.argv = ['cnnsearch', 'recommend', 'digits']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "loaded = {'keras', 'tensorflow', 'mlflow'} & set(sys.modules)\nassert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, timeout=120, capture_output=True)


@pytest.mark.slow
def test_latencies_are_measured_where_there_is_a_limit(cli):
    found = json.loads(cli("recommend", "digits", "--top", 2, "--max-latency", "2s", "--json").out)
    assert len(found["networks"]) == 2
    assert all(0 < each["latency"] <= 2 for each in found["networks"])
    refused = cli("recommend", "digits", "--top", 1, "--max-latency", "0.00001ms")
    assert refused.status == 2
    assert "--max-latency: none of the" in refused.err


def test_too_few_networks_are_not_tried(cli, tmp_path):
    outcome = cli("recommend", "digits", "--try", "5m", "--max-weights", 3_000)
    assert outcome.status == 2
    assert re.search(r"only \d networks? can be tried, too few to rank again; raise the limits", outcome.err)
    assert not (tmp_path / "runs" / "tried-digits").exists()


@pytest.mark.slow
def test_the_first_networks_are_tried_and_all_are_ranked_again(cli, tmp_path):
    before = json.loads(cli("recommend", "digits", "--top", 500, "--json").out)["networks"]
    outcome = cli("recommend", "digits", "--try", "5m", "--top", 500, "--json")
    assert outcome.status == 0, outcome
    study = find_study("tried-digits", tmp_path / "runs")
    tried = [record for record in study.records() if record.state == TrialState.COMPLETE]
    assert len(tried) >= 5
    assert tried[0].trial.baseline == "recommended1"
    assert not study.is_bundled
    assert not study.ledger.exists()
    after = json.loads(outcome.out)
    assert after["studies"]["runs"] == 1
    known, ranked = (
        {json.dumps(each["params"], sort_keys=True) for each in networks}
        for networks in (before, after["networks"])
    )
    assert known <= ranked


def test_the_history_lists_what_is_shipped_and_the_runs(cli, studied):
    shipped = json.loads(cli("history", "--json", "--runs", studied).out)
    assert {row["source"] for row in shipped} == {"shipped"}
    assert "trials" in cli("history").out
    assert cli("history", "--add", studied).out.startswith(f"{studied}: 1 study, 1 of them new; added to ")
    assert cli("history", "--add", studied / "canary-study").out.startswith(
        f"{studied / 'canary-study'}: 1 study, 0 of them new"
    )
    both = json.loads(cli("history", "--json", "--runs", studied).out)
    assert [row["trials"] for row in both if row["source"] == "added"] == [6]
    assert len(both) == len(shipped) + 1


def test_what_is_exported_can_be_imported_and_has_nothing_private(cli, studied, tmp_path, monkeypatch):
    cli("history", "--add", studied)
    assert cli("history", "--export", "some.gz").out.startswith("some.gz: 1 study; no data, names or paths")
    content = gzip.decompress((tmp_path / "some.gz").read_bytes())
    for private in (b"canary", b"digits", str(tmp_path).encode(), b"\\u"):
        assert private not in content
    monkeypatch.setenv("CNNSEARCH_HISTORY", str(tmp_path / "other"))
    assert "1 study, 1 of them new" in cli("history", "--import", "some.gz").out
    assert "1 study, 0 of them new" in cli("history", "--import", "some.gz").out
    rows = json.loads(cli("history", "--json").out)
    assert sum(row["source"] == "added" for row in rows) == 1
    cli("history", "--export", "again.gz")
    assert (tmp_path / "again.gz").read_bytes() == (tmp_path / "some.gz").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--import", "missing.gz"), 2, "missing.gz: cannot be read: No such file"),
        (("--import", "text.gz"), 2, "text.gz: cannot be read"),
        (("--add", "empty"), 2, "empty: found no study"),
        (("--export", "missing/some.gz"), 2, "expected a file in an existing folder"),
        (("--add", "sqlite:///missing.db"), 2, "sqlite:///missing.db: no such file"),
    ],
)
def test_wrong_input_is_refused(cli, tmp_path, arguments, status, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.gz").write_text("text")
    outcome = cli("history", *arguments)
    assert (outcome.status, outcome.out) == (status, "")
    assert message in outcome.err


@pytest.mark.slow
def test_a_search_of_the_same_data_begins_with_the_best_of_the_last_one(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY)
    common = ("search", "tiny.yaml", "--data", "digits", "--epochs", 3, "--finalists", 0, "--workers", 1)
    first = run(
        *common, "--trials", 8, "--sampler", "random", "--pruner", "none", "--study", "first", cwd=tmp_path
    )
    assert first.status == 0, first
    again = run(*common, "--trials", 3, "--study", "again", "--warm-start", "recommended", cwd=tmp_path)
    assert again.status == 0, again
    before, now = (find_study(name, tmp_path / "runs").records() for name in ("first", "again"))
    best = max(before, key=lambda record: record.value or 0.0)
    tried = [record.params for record in now if record.trial.baseline.startswith("recommended")]
    rounded = {
        name: pytest.approx(value, rel=1e-4) if isinstance(value, float) else value
        for name, value in best.params.items()
    }
    assert rounded in tried
    assert "warm start: 8 recommended networks from " in again.out
    added = run("history", "--add", f"sqlite:///{tmp_path / 'runs' / 'mlflow.db'}", cwd=tmp_path)
    assert "2 studies, 2 of them new" in added.out, added


def test_a_warm_start_names_its_choices(cli, tmp_path):
    outcome = cli("search", "plain", "--data", "digits", "--warm-start", "recomended")
    assert outcome.status == 2
    assert "--warm-start: expected auto, recommended, none or a study; no study 'recomended'" in outcome.err
    make_study(tmp_path / "runs" / "cold")
    outcome = cli("search", "plain", "--data", "digits", "--warm-start", "cold")
    assert outcome.status == 2
    assert "--warm-start: the study cold began without recommended networks" in outcome.err


def test_a_study_that_began_with_recommended_networks_can_be_repeated(tmp_path):
    study = make_study(tmp_path / "runs" / "warm", warm_start="recommended")
    add_trial(study, 0)
    write_warm_start(
        study.path, WarmStart(points={"recommended 1": {}}, text="from here", with_baselines=False)
    )
    assert f"--warm-start {study.path}" in search_command(study)
    add_trial(cold := make_study(tmp_path / "runs" / "cold"), 0)
    assert "--warm-start" not in search_command(cold)


def test_a_warm_start_that_is_asked_for_is_never_left_out_silently(cli, tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY.replace("{low: 0.001, high: 0.01}", "[0.001, 0.01]"))
    common = ("search", "tiny.yaml", "--data", "digits", "--warm-start", "recommended")
    for start in ("recommended", "some-study"):
        outcome = cli(*common[:-1], start, "--sampler", "grid")
        assert outcome.status == 2
        assert f"--warm-start {start}: not supported with a hypermodel or --sampler grid" in outcome.err
    outcome = cli(*common)
    assert outcome.status == 2
    assert "known networks fits these data and the limits" in outcome.err
    assert not (tmp_path / "runs" / "tiny-digits").exists()


def test_names_with_other_characters_can_be_written(cli, tmp_path):
    assert cli("recommend", "digits", "--write", "my space.yaml").status == 0
    assert cli("validate", "my space.yaml").status == 0
