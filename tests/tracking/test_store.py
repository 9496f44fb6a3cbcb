"""Concurrent creation of MLflow's database, when several searches start together."""

import subprocess
import sys

import pytest
from mlflow import MlflowClient

from cnnsearch.tracking.store import make_database
from tests.tracking.readback import NOLOAD

pytestmark = pytest.mark.filterwarnings(NOLOAD)


def test_processes_that_make_the_database_at_once_do_not_break_it(tmp_path):
    code = (
        "import sys; from pathlib import Path; from cnnsearch.tracking.store import make_database;"
        "make_database(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "mlflow.db")]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}").search_experiments()


def test_a_database_that_is_there_stays(tmp_path):
    (tmp_path / "mlflow.db").write_text("as it was")
    make_database(tmp_path / "mlflow.db")
    assert (tmp_path / "mlflow.db").read_text() == "as it was"
