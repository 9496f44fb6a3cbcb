"""`cnnsearch ui`: serve the MLflow UI for the studies of a runs folder."""

import errno
import ipaddress
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
from cnnsearch.processes import module_command
from cnnsearch.search.interruption import Interruption, counting_ctrl_c, wait_for
from cnnsearch.training.backend import NO_PICKLES

NO_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
"""Turns off eight processes for evaluation jobs, which a search does not use."""
GRACE = 5.0
"""Seconds between asking the server to end and killing it."""
HOST = "127.0.0.1"
"""Reachable from this machine only: the MLflow UI has no authentication."""
WARNING = (
    "warning: --host {host}: other machines can read, change and delete the runs of all studies, since the "
    "MLflow UI has no authentication"
)


def run(
    port: Annotated[int, typer.Option(help="Port to serve on.", min=1, max=65535, metavar="PORT")] = 5000,
    host: Annotated[
        str, typer.Option(help="Address to serve on; 0.0.0.0: the whole network.", metavar="ADDRESS")
    ] = HOST,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Serve the MLflow UI for all studies.

    It runs at http://127.0.0.1:PORT, reachable from this machine only, until Ctrl-C.
    """
    store = runs.resolve() / "mlflow.db"
    if not store.exists():
        raise StudyError(f"{runs} has no mlflow.db yet; run a search first")
    check_free(host, port)
    if not is_own(host):
        typer.echo(WARNING.format(host=host), err=True)
    typer.echo(f"MLflow UI: http://{f'[{host}]' if ':' in host else host}:{port}  (Ctrl-C stops it)")
    command = module_command("mlflow", "ui", "--backend-store-uri", f"sqlite:///{store}")
    command += ["--default-artifact-root", str(store.parent / "artifacts")]
    command += ["--host", host, "--port", str(port), "--workers", "1"]
    interruption = Interruption()
    with counting_ctrl_c(interruption):  # not raised here, so that the server is always ended
        server = subprocess.Popen(command, env=os.environ | NO_PICKLES | NO_JOBS, start_new_session=True)
        code = wait_for(server, interruption)
        if code is not None:
            sys.exit(code)
        end(server)


def is_own(host: str) -> bool:
    """Return whether an address is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_free(host: str, port: int) -> None:
    """Check that a server can listen on a port of an address.

    Raises:
        SettingsError: The port is in use, or this machine does not have the address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(
                f"--port {port}: already in use; choose another, such as {port + 1}"
            ) from None
        raise SettingsError(f"--host {host} --port {port}: cannot listen there: {error.strerror}") from None


def end(server: "subprocess.Popen[bytes]") -> None:
    """End a server and the processes that it started; kill those that do not end by themselves."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        server.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
