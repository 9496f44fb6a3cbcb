"""The processes started by the tests of finish."""

import json
import os
import subprocess
import sys
from pathlib import Path

from pydantic import TypeAdapter

from cnnsearch.rpc import Call
from cnnsearch.search.finish_plan import Conclusion
from cnnsearch.study.records import EpochRecord, Result, TrialState
from cnnsearch.training.backend import environment
from tests.studies import begin, make_study

HERE = Path(__file__).parent
TRAINED = 1
"""The trial of `trained_study` that has been trained."""


def run(*command):
    """Run Python in a separate process, and return its output."""
    settings = os.environ | environment("tensorflow") | {"CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, *map(str, command)], env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def finish(study):
    """Make a study's bundle in a process, as at the end of a search; return the printed text."""
    log = study.path / "finish.txt"
    log.unlink(missing_ok=True)
    settings = environment(study.settings.backend) | {"CUDA_VISIBLE_DEVICES": ""}
    answer = TypeAdapter(Conclusion)
    address = "cnnsearch.finish.champion:conclude"
    assert Call(address, study, answer, environment=settings, keras=True, log=log).result().is_made
    return log.read_text()


def trained_study(path, **settings):
    """A study whose best trial has no weights, and whose second best was trained."""
    study = make_study(path, **settings)
    records = study.records()
    for number in (0, TRAINED):
        begin(records, number)
    figures = json.loads(run(HERE / "train.py", study.path, TRAINED, 2).stdout.splitlines()[-1])
    complete(records, 0, {"validation_accuracy": 1.0, "validation_loss": 0.0})
    complete(records, TRAINED, figures)
    return study


def complete(records, number, metrics):
    """End a trial with given metrics."""
    started = records[number].trial.started
    records.add_epoch(number, EpochRecord(epoch=1, time=started + 1, metrics=metrics))
    records.end(
        number,
        Result(
            state=TrialState.COMPLETE,
            ended=started + 2,
            value=metrics["validation_accuracy"],
            best_epoch=1,
            metrics=metrics,
        ),
    )
