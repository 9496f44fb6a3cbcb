"""The command line as its users have it: in this process where that is enough, else in one of its own."""

import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from cnnsearch.cli import main
from cnnsearch.verbosity import LOGGER
from tests.search.real import TINY


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit status and what it printed."""

    status: int
    out: str
    err: str


@pytest.fixture
def cli(monkeypatch, capsys):
    """Calls `cnnsearch ARGUMENTS` in this process."""

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["cnnsearch", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return Outcome(int(end.value.code or 0), *capsys.readouterr())

    yield call
    LOGGER.handlers.clear()
    LOGGER.setLevel(logging.NOTSET)


def run(*arguments: object, cwd: Path | None = None, **environment: str) -> Outcome:
    """Runs `cnnsearch ARGUMENTS` in a process of its own."""
    command = [sys.executable, "-c", "from cnnsearch.cli import main; main()", *map(str, arguments)]
    done = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, **environment},
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def searched(tmp_path_factory):
    """A real search of a tiny space on digits: what it printed, and its runs folder."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "tiny.yaml").write_text(TINY)
    arguments = ("search", "tiny.yaml", "--data", "digits", "--trials", 3, "--epochs", 2, "--pruner", "none")
    return run(*arguments, "--finalists", 0, "--workers", 1, cwd=folder), folder / "runs"
