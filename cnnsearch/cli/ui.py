"""`cnnsearch ui`: MLflow's own pages on the studies of a runs folder."""

import subprocess
import sys
from typing import Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs
from cnnsearch.errors import StudyError


def run(
    port: Annotated[int, typer.Option(help="The port on this machine.", min=1, max=65535)] = 5000,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Open the MLflow UI on the studies, at http://127.0.0.1:PORT, until Ctrl-C."""
    store = runs.resolve() / "mlflow.db"
    if not store.exists():
        raise StudyError(f"{runs} has no mlflow.db yet; a search makes it")
    typer.echo(f"MLflow UI: http://127.0.0.1:{port}  (Ctrl-C ends it)")
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", f"sqlite:///{store}"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    try:
        sys.exit(subprocess.run(command, check=False).returncode)
    except KeyboardInterrupt:
        sys.exit(0)
