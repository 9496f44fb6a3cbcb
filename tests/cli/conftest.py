"""The command line as its users have it: in this process where that is enough, else in one of its own."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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


PROGRAM = (sys.executable, "-c", "from cnnsearch.cli import main; main()")


def run(
    *arguments: object, cwd: Path | None = None, within: Sequence[str] = (), **environment: str
) -> Outcome:
    """Runs `cnnsearch ARGUMENTS` in a process of its own, started by the command `within`."""
    done = subprocess.run(
        [*within, *PROGRAM, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, **environment},
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


EACH = """
import json, sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from cnnsearch.cli import main

def outcome(arguments):
    sys.argv, out, err = ["cnnsearch", *arguments], StringIO(), StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as end:
        return [end.code or 0, out.getvalue(), err.getvalue()]

print(json.dumps([outcome(arguments) for arguments in json.load(sys.stdin)]))
"""
"""Runs commands one after the other; importing the packages once takes a fraction of the time."""


def run_each(
    *commands: Sequence[object], cwd: Path | None = None, within: Sequence[str] = ()
) -> list[Outcome]:
    """Runs several commands of `cnnsearch` in one process of their own, started by the command `within`."""
    told = json.dumps([list(map(str, command)) for command in commands])
    command = [*within, sys.executable, "-c", EACH]
    done = subprocess.run(
        command, cwd=cwd, input=told, capture_output=True, text=True, timeout=200, check=True
    )
    return [Outcome(*values) for values in json.loads(done.stdout)]


@pytest.fixture(scope="session")
def searched(tmp_path_factory):
    """A real search of a tiny space on digits: what it printed, and its runs folder."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "tiny.yaml").write_text(TINY)
    arguments = ("search", "tiny.yaml", "--data", "digits", "--trials", 3, "--epochs", 2, "--pruner", "none")
    return run(*arguments, "--finalists", 0, "--workers", 1, cwd=folder), folder / "runs"


@pytest.fixture(scope="session")
def array(searched, tmp_path_factory):
    """Five digits of that search's data as an array."""
    (stored,) = (searched[1] / ".data").iterdir()
    file = tmp_path_factory.mktemp("array") / "some.npz"
    np.savez(file, x=np.load(stored / "x_validation.npy")[:5])
    return file
