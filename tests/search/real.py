"""Real searches, as small as they can be: workers train."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from cnnsearch.search.instances import Instances
from cnnsearch.search.launch import BY_NAME, create_study
from cnnsearch.study.folder import Study
from cnnsearch.study.settings import checked_settings
from tests.space.helpers import text_of

TINY = text_of(
    "stages: {filters: [4, 8], strides: 2, blocks: conv}",
    "optimizer: {adam: {learning_rate: {low: 0.001, high: 0.01}}}",
    "name: tiny\n",
)


def tiny_study(
    folder: Path, data: str | Path = "digits", instances: Instances = BY_NAME, **settings: object
) -> Study:
    """A study of the tiny space: three trials of two epochs, one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    space = folder / "tiny.yaml"
    space.write_text(TINY)
    budget = {"trials": 3, "epochs": 2, "pruner": "none", "finalists": 0, "workers": 1}
    chosen = {"space": str(space), "data": str(data), **budget, **settings}
    return create_study(checked_settings(chosen), folder / "runs", None, data, instances)


def stopping_in(trial: int, fold: int = 0) -> list[str]:
    """What calls the command line, to stop (SIGSTOP) once it has recorded an epoch of a trial's fold: for
    `wait_until_stopped`, and to be killed there."""
    code = f"""
import os, signal
from cnnsearch.cli import main
from cnnsearch.study.records import Records

def add_and_stop(records, number, epoch, add=Records.add_epoch):
    record = add(records, number, epoch)
    if (number, epoch.fold) == {(trial, fold)}:
        os.kill(os.getpid(), signal.SIGSTOP)
    return record

Records.add_epoch = add_and_stop
main()
"""
    return [sys.executable, "-c", code]


def wait_until_stopped(process: "subprocess.Popen[Any]") -> None:
    while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.02)


def table(study: Study) -> list[tuple[object, ...]]:
    """Return what two searches of one seed have in common: everything except times."""
    return [
        (r.number, r.state, r.trial.seed, r.params, [epoch.metrics for epoch in r.curve], r.value)
        for r in study.records()
    ]
