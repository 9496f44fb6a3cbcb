"""A study that cannot be written: what does not need to write works, the rest says what cannot be written."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Outcome, run_each
from tests.read_only import OBEYING_MODES, read_only
from tests.studies import every_state, make_study

COPY = "cannot be written; copy the runs folder to a place that can be written, and use the copy"
OUTPUT = "cannot be written; give another folder with --output"
FILE = "expected a file in a folder that can be written"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mounted") / "runs"
    every_state(make_study(folder / "mine"))
    with read_only(folder):
        yield folder


def files(folder: Path):
    """The size and time of everything in a folder."""
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def called(runs, *commands):
    """The outcomes of commands, which must leave the runs folder as it is."""
    before = files(runs)
    outcomes = run_each(*([*command, "--runs", runs] for command in commands), within=OBEYING_MODES)
    assert files(runs) == before
    return outcomes


REFUSED = {
    "resume mine": f"{{runs}}/mine: {COPY}",
    "resume mine --trials 9": f"{{runs}}/mine: {COPY}",
    "finish mine": f"{{runs}}/mine: {COPY}",
    "sync mine": f"{{runs}}/mine: {COPY}",
    "sync mine --rebuild": f"{{runs}}/mine: {COPY}",
    "gc": f"{{runs}}: {COPY}",
    "report mine": f"{{runs}}/mine: {OUTPUT}",
    "report mine --output {runs}/new/er": f"{{runs}}/new/er: {OUTPUT}",
    "compare mine --html {runs}/some.html": f"--html: found {{runs}}/some.html; {FILE}",
    "predict mine some.png --csv {runs}/some.csv": f"--csv: found {{runs}}/some.csv; {FILE}",
    "search plain --data digits": "--runs {runs}: cannot be written: Permission denied",
}
"""Commands, and what they say."""


def test_a_command_that_must_write_names_what_cannot_be_written(runs):
    outcomes = called(runs, *(command.format(runs=runs).split() for command in REFUSED))
    expected = {c: (2, f"cnnsearch: {text.format(runs=runs)}\n") for c, text in REFUSED.items()}
    assert {c: (o.status, o.err) for c, o in zip(REFUSED, outcomes, strict=True)} == expected


def test_a_study_is_read_and_its_report_is_written_elsewhere(runs, tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "own.png").write_bytes(b"a file of the user's")
    *read, report = called(
        runs,
        ["status", "mine", "--json"],
        ["trials", "mine", "--json"],
        ["compare", "mine", "--json"],
        ["report", "mine", "--output", tmp_path],
    )
    status, trials, compared = (json.loads(outcome.out) for outcome in read)
    assert status["counts"] == {"complete": 2, "pruned": 1, "infeasible": 1, "failed": 1, "running": 1}
    assert [trial["number"] for trial in trials] == [0, 1, 2, 3, 4, 5]
    assert compared["studies"][0]["best"] == pytest.approx(0.61)
    lines = f"report    {tmp_path}/report.html\nfigures   {tmp_path}/figures\n"
    assert report == Outcome(0, lines, "")
    assert "61.00" in (tmp_path / "report.html").read_text()
    assert {"own.png", "history.png"} <= {file.name for file in (tmp_path / "figures").iterdir()}
