"""A searched study that was moved, copied, or moved to where it cannot be written, runs every command."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from cnnsearch.study.storage import own_tracking_uri
from cnnsearch.tracking.places import update_places
from tests.cli.conftest import PROGRAM, run, run_each
from tests.read_only import OBEYING_MODES, read_only
from tests.security.test_servers import free_port
from tests.tracking.readback import NOLOAD, artifacts_of, runs_of

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(NOLOAD)]

STUDY = "tiny-digits"
READING = {
    "status": ["status", STUDY],
    "trials": ["trials", STUDY],
    "compare": ["compare", STUDY],
    "bundle": ["predict", STUDY, "some.npz"],
    "registry": ["predict", f"models:/{STUDY}@champion", "some.npz"],
}
WRITING = (
    "sync --rebuild",
    "resume --trials 4 --no-report",
    "finish --no-report",
    "report",
    "export --format keras",
    "gc",
)


@dataclass(frozen=True)
class Place:
    """A runs folder, the folder where commands are called, and the command that starts them."""

    runs: Path
    folder: Path
    within: Sequence[str] = ()

    def run(self, command, *arguments):
        return run(command, STUDY, *arguments, "--runs", self.runs, cwd=self.folder, within=self.within)

    def readings(self):
        """What the commands that only read print for scripts, without the place."""
        commands = ([*command, "--json", "--runs", self.runs] for command in READING.values())
        done = run_each(*commands, cwd=self.folder, within=self.within)
        assert [(outcome.status, outcome.err) for outcome in done] == [(0, "")] * len(done)
        printed = (outcome.out.replace(str(self.runs), "RUNS") for outcome in done)
        return dict(zip(READING, map(json.loads, printed), strict=True))


@pytest.fixture(scope="module")
def read(searched, array):
    """What is read of the study where it was searched."""
    return Place(searched[1], array.parent).readings()


@pytest.fixture(scope="module", params=["moved", pytest.param("copied", marks=pytest.mark.long), "read-only"])
def place(request, searched, array, tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    former, runs = folder / "former" / "runs", folder / "new place" / "runs"
    shutil.copytree(searched[1], former)
    update_places(own_tracking_uri(former))
    if request.param == "copied":
        shutil.copytree(former, runs)
        shutil.rmtree(former)  # so that nothing is read there
    else:
        runs.parent.mkdir()
        former.rename(runs)
    if request.param != "read-only":
        yield Place(runs, array.parent)
        return
    with read_only(runs):
        yield Place(runs, array.parent, OBEYING_MODES)


def test_it_is_read_as_before(place, read):
    assert place.readings() == read


def test_it_is_exported_and_reported_elsewhere(place, tmp_path):
    exported = place.run("export", "--format", "keras", "--output", tmp_path, "--json")
    assert (exported.status, exported.err) == (0, "")
    assert json.loads(exported.out)["files"][0]["largest_difference"] == 0.0
    assert (tmp_path / "model.keras").stat().st_size > 1000
    reported = place.run("report", "--output", tmp_path / "report")
    assert (reported.status, reported.err) == (0, "")
    assert "Grad-CAM" in (tmp_path / "report" / "report.html").read_text()
    assert (tmp_path / "report" / "figures" / "history.png").stat().st_size > 1000


def test_its_trials_and_their_files_are_in_the_pages_of_mlflow(place):
    uri = f"http://127.0.0.1:{(port := free_port())}"
    command = [*place.within, *PROGRAM, "ui", "--runs", str(place.runs), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline().startswith(f"MLflow UI: {uri}/#/experiments/")
            trial = runs_of(uri, STUDY)[-1].info.run_id
            with urlopen(f"{uri}/api/2.0/mlflow/artifacts/list?run_id={trial}", timeout=30) as answer:
                listed = {file["path"] for file in json.load(answer)["files"]}
        finally:
            process.terminate()
        note = process.stderr.read()
    assert "architecture.json" in listed
    assert ("shows a copy of its database" in note) == bool(place.within)


@pytest.mark.timeout(600)
def test_commands_that_write_work_or_name_what_cannot_be_written(place):
    outcomes = {command: place.run(*command.split()) for command in WRITING}
    states = json.loads(place.run("status", "--json").out)["counts"]
    if place.within:
        assert {command: o.status for command, o in outcomes.items()} == dict.fromkeys(WRITING, 2)
        assert [o.err.count(": cannot be written; ") for o in outcomes.values()] == [1] * len(WRITING)
        assert [o.err.count("\n") for o in outcomes.values()] == [1] * len(WRITING)
        assert states["complete"] == 3
        return
    assert {command: o.status for command, o in outcomes.items()} == dict.fromkeys(WRITING, 0), outcomes
    assert states["complete"] == 4
    assert "read 2 times" in outcomes["resume --trials 4 --no-report"].out
    assert "read 3 times" in outcomes["finish --no-report"].out
    study, uri = place.runs / STUDY, own_tracking_uri(place.runs)
    assert (study / "exports" / "model.keras").exists()
    assert not list((study / "trials").rglob("*weights*"))
    own, *trials = runs_of(uri, STUDY)
    assert [trial.data.tags["cnnsearch.trial"] for trial in trials] == ["0", "1", "2", "3"]
    assert "report.html" in artifacts_of(uri, own)
    assert all(trial.info.artifact_uri.startswith(place.runs.as_uri()) for trial in (own, *trials))
