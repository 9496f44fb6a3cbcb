"""`cnnsearch ui`: MLflow's own pages on the studies of a runs folder."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs
from cnnsearch.errors import SettingsError, StudyError

HOST = "127.0.0.1"
"""This machine alone: MLflow asks nobody for a password."""


def run(
    port: Annotated[
        int, typer.Option(help="The port on this machine.", min=1, max=65535, metavar="PORT")
    ] = 5000,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Open MLflow's own pages on the studies.

    They are served at http://127.0.0.1:PORT until Ctrl-C.
    """
    store = runs.resolve() / "mlflow.db"
    if not store.exists():
        raise StudyError(f"{runs} has no mlflow.db yet; a search makes it")
    check_free(port)
    typer.echo(f"MLflow UI: http://{HOST}:{port}  (Ctrl-C ends it)")
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", f"sqlite:///{store}"]
    command += ["--default-artifact-root", str(store.parent / "artifacts")]
    command += ["--host", HOST, "--port", str(port), "--workers", "1"]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the server is not left behind
    server = subprocess.Popen(command, start_new_session=True)
    with suppress(KeyboardInterrupt):
        sys.exit(server.wait())
    end(server)


def check_free(port: int) -> None:
    """Checks that nobody listens at a port.

    Raises:
        SettingsError: Somebody does.
    """
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise SettingsError(f"--port {port}: is in use; choose another, such as {port + 1}")


def end(server: "subprocess.Popen[bytes]") -> None:
    """Ends a server and the processes that it started."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    server.wait()
