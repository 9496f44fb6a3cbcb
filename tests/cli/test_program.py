"""The program itself: how it is started, and what it says of itself."""

import os
import subprocess
import sys
from pathlib import Path

import cnnsearch


def test_it_prints_its_version(cli):
    assert cli("--version").out == f"cnnsearch {cnnsearch.__version__}\n"


def test_it_can_be_run_as_a_module():
    command = [sys.executable, "-m", "cnnsearch", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("cnnsearch ")


def test_it_completes_commands_for_a_shell():
    asked = {"_CNNSEARCH_COMPLETE": "complete_bash", "COMP_WORDS": "cnnsearch desc", "COMP_CWORD": "1"}
    program = Path(sys.executable).with_name("cnnsearch")
    done = subprocess.run([program], capture_output=True, text=True, env={**os.environ, **asked}, check=False)
    assert done.stdout.split() == ["describe"]
