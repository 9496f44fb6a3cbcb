"""What each command prints, for people and for scripts."""

import json
import re

import pytest

from cnnsearch.search.planned_search import make_budget
from cnnsearch.study.records import TrialState
from cnnsearch.training.fidelity import Fidelity
from tests.studies import add_trial, digits, every_state, make_study

COUNTS = {"complete", "pruned", "infeasible", "failed", "running"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A study with a trial in each state, called `mine`, and one without trials, called `empty`."""
    folder = tmp_path_factory.mktemp("runs")
    every_state(make_study(folder / "mine"))
    make_study(folder / "empty")
    return folder


def test_status_for_scripts(cli, runs):
    status = json.loads(cli("status", "mine", "--runs", runs, "--json").out)
    assert status["study"] == "mine"
    assert status["path"] == str(runs / "mine")
    assert status["counts"] == {"complete": 2, "pruned": 1, "infeasible": 1, "failed": 1, "running": 1}
    assert status["best"]["trial"] == 4
    assert status["best"]["value"] == pytest.approx(0.61)
    assert status["best"]["params"]["stages.repeat"] == 2
    assert status.keys() == {"study", "path", "counts", "best", "front", "compile_seconds"}
    assert (status["front"], status["compile_seconds"]) == ([], 0)


def test_status_of_a_study_without_trials_has_no_best(cli, runs):
    status = json.loads(cli("status", "empty", "--runs", runs, "--json").out)
    assert status["best"] is None
    assert status["counts"] == dict.fromkeys(COUNTS, 0)


def test_status_for_people(cli, runs):
    lines = cli("status", "mine", "--runs", runs).out.splitlines()
    assert lines[0] == f"mine  {runs / 'mine'}"
    assert lines[1] == "1 running, 2 complete, 1 pruned, 1 infeasible, 1 failed"
    assert lines[2] == "best: trial 4 complete 0.6100 after 3 epochs"
    assert "  stages.repeat: 2" in lines


def test_a_study_is_named_by_its_path_too(cli, runs):
    assert cli("status", runs / "mine").out.startswith("mine  ")


def test_trials_for_scripts(cli, runs):
    trials = json.loads(cli("trials", "mine", "--runs", runs, "--json").out)
    assert [trial["number"] for trial in trials] == [0, 1, 2, 3, 4, 5]
    assert [trial["state"] for trial in trials] == [
        "complete",
        "pruned",
        "infeasible",
        "failed",
        "complete",
        "running",
    ]
    keys = {"number", "state", "value", "epochs", "started", "ended", "reason", "params"}
    assert all(trial.keys() == keys for trial in trials)
    assert [trial["epochs"] for trial in trials] == [3, 1, 0, 0, 3, 2]
    assert trials[1]["ended"] - trials[1]["started"] == 50
    assert trials[5]["ended"] is None
    assert trials[3]["value"] is None
    assert trials[3]["reason"] == "why it is failed"


def test_trials_for_people_are_not_cut_off_where_they_are_piped(cli, runs):
    out = cli("trials", "mine", "--runs", runs).out
    assert "\x1b" not in out
    assert "…" not in out
    for state in TrialState:
        assert f" {state} " in out
    assert "why it is infeasible" in out
    assert "validation_accuracy" in out


def test_a_long_reason_stays_on_its_line(cli, tmp_path):
    study = make_study(tmp_path / "mine")
    reason = "a long reason " * 40 + "that ends"
    from tests.studies import add_trial, end

    records = add_trial(study, 0, TrialState.RUNNING)
    end(records, 0, TrialState.FAILED, reason)
    assert reason in cli("trials", "mine", "--runs", tmp_path).out


def test_validate_reports_what_was_found(cli):
    outcome = cli("validate", "plain")
    assert outcome.out == "plain is valid: 20 parameters, baselines: small, batch_normalized\n"
    assert outcome.status == 0


def test_validate_warns_of_many_parameters(cli, tmp_path):
    file = tmp_path / "many.yaml"
    file.write_text(
        "version: 1\narchitecture:\n  stages: {filters: 8, repeat: 61, blocks: {conv: {kernel_size: "
        "{per_stage: [1, 3]}}}}\n"
    )
    outcome = cli("validate", file)
    assert outcome.status == 0
    assert outcome.err.startswith(
        "warning: 61 parameters make the tpe sampler slow; the recommended maximum is 60."
    )


def test_spaces_lists_the_shipped_ones(cli):
    names = [line.split()[0] for line in cli("spaces").out.splitlines()]
    assert {"plain", "lenet5", "vgg"} <= set(names)


def test_schema_is_json(cli):
    assert json.loads(cli("schema").out)["type"] == "object"


def test_a_space_described_for_people(cli):
    out = cli("describe", "plain").out
    assert "stages.filters.first" in out
    assert "one of 16, 32, 64" in out
    assert "20 parameters, about " in out
    assert "constraint max_weights: 5,000,000" in out
    assert "baseline small: cnnsearch describe plain --baseline small" in out


def test_a_space_described_for_scripts(cli):
    described = json.loads(cli("describe", "plain", "--json").out)
    assert described.keys() == {"name", "description", "parameters", "points", "constraints", "baselines"}
    assert described["constraints"] == {"max_weights": 5_000_000, "max_macs": 500_000_000}
    assert described["baselines"]["small"]["stages.repeat"] == 2


def test_a_network_described_for_scripts(cli):
    network = json.loads(cli("describe", "plain", "--baseline", "small", "--json").out)
    promised = {"num_weights", "num_trainable_weights", "macs", "layers"}
    assert promised | {"activation_bytes", "params"} == network.keys()
    of_a_layer = {"name", "type", "output_shape", "num_weights", "macs"}
    assert all(of_a_layer | {"receptive_field"} == layer.keys() for layer in network["layers"])
    assert network["num_weights"] == sum(layer["num_weights"] for layer in network["layers"])
    assert network["layers"][-1]["output_shape"] == [10]


def test_a_network_described_for_people_is_not_cut_off_where_it_is_piped(cli):
    out = cli("describe", "vgg", "--sample", 3, "--input", "64x64x3", "--classes", 5).out
    assert "\x1b" not in out
    assert "…" not in out
    assert "receptive field" in out
    assert "num_weights" in out or "weights" in out


def test_the_same_sample_is_the_same_network(cli):
    one, other, third = (cli("describe", "plain", "--sample", n, "--json").out for n in (1, 1, 2))
    assert one == other != third


def test_doctor_for_scripts(cli):
    found = json.loads(cli("doctor", "--json").out)
    machine = {"python", "platform", "cores", "memory_bytes", "packages", "devices"}
    assert found.keys() == {*machine, "keras_json_ignored"}
    assert found["packages"]["keras"]
    assert found["devices"]["tensorflow"]
    assert found["cores"] >= 1


@pytest.mark.parametrize(
    "command",
    [
        "search",
        "resume",
        "status",
        "trials",
        "finish",
        "ui",
        "validate",
        "describe",
        "spaces",
        "schema",
        "doctor",
    ],
)
def test_every_command_has_help(cli, command):
    outcome = cli(command, "--help")
    assert outcome.status == 0
    assert f"cnnsearch {command}" in outcome.out


def test_the_front_of_several_objectives_is_shown(cli, tmp_path):
    study = every_state(make_study(tmp_path / "runs" / "both", more_objectives=["num_weights"]))
    shown = json.loads(cli("status", study.path, "--json").out)["front"]
    assert shown[0]["trial"] == 4
    assert all(point.keys() == {"trial", "validation_accuracy", "num_weights"} for point in shown)
    assert "Pareto front" in cli("status", study.path).out


@pytest.mark.parametrize(
    ("limit", "end"), [((), ""), (("--trials", 5), "; the search ends after 5 trials at the latest")]
)
def test_the_plan_of_a_search_without_the_search(cli, tmp_path, limit, end):
    asked = ("search", "plain", "--data", "digits", "--timeout", "2m", "--plan", "--runs", tmp_path / "r")
    outcome = cli(*asked, *limit)
    assert outcome.status == 0
    assert re.fullmatch(rf"\d+ s of training: about .* networks on .* passes\){end}\n", outcome.out)
    assert not list(tmp_path.glob("r/*/study.yaml"))


def test_a_plan_without_a_time_limit_is_an_error(cli, tmp_path):
    outcome = cli("search", "plain", "--data", "digits", "--trials", 3, "--plan", "--runs", tmp_path / "r")
    assert outcome.status == 2
    assert "--plan: this search has no plan, because its trials" in outcome.err
    assert not (tmp_path / "r").exists()


def test_a_network_described_for_people_ends_with_its_seconds_on_this_machine(cli):
    last = cli("describe", "plain", "--baseline", "small").out.splitlines()[-1]
    assert re.fullmatch(
        r"training time +about [\d.]+ \w+ for 10,000 training examples \(.* on this machine.*\)", last
    )


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A planned study with a trial that saw 12,000 examples."""
    study = make_study(tmp_path_factory.mktemp("planned") / "mine", epochs=None, timeout=600)
    make_budget(study.settings, study.space, digits().summary, 0.0, study.records(), study.path / "plan.json")
    records = add_trial(study, 4)
    fidelity = Fidelity(rounds=3, round_examples=4_000, subset=1_079, validation=359, checked=359)
    records.change(records[4].trial.model_copy(update={"fidelity": fidelity}))
    return study


def test_a_planned_study_shows_its_plan_and_the_examples_seen(cli, planned):
    status = cli("status", planned.path).out.splitlines()
    assert status[1].startswith("plan: 10 min of training: about ")
    assert "plan" in json.loads(cli("status", planned.path, "--json").out)
    assert json.loads(cli("trials", planned.path, "--json").out)[0]["examples"] == 12_000
    table = cli("trials", planned.path).out
    assert " examples " in table and " 12,000 " in table
