"""`cnnsearch ui`: MLflow's own pages on the studies of a runs folder."""

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
"""Eight more processes, for evaluations that have no part in a search."""
GRACE = 5.0
"""Seconds that the server is given to end by itself."""
HOST = "127.0.0.1"
"""This machine alone: MLflow asks nobody for a password."""
WARNING = (
    "warning: --host {host}: other machines can read, change and delete the runs of all studies, for MLflow "
    "asks nobody for a password"
)


def run(
    port: Annotated[
        int, typer.Option(help="The port on this machine.", min=1, max=65535, metavar="PORT")
    ] = 5000,
    host: Annotated[
        str, typer.Option(help="The address to serve at; 0.0.0.0: to the whole network.", metavar="ADDRESS")
    ] = HOST,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Open MLflow's own pages on the studies.

    They are served at http://127.0.0.1:PORT, for this machine alone, until Ctrl-C.
    """
    store = runs.resolve() / "mlflow.db"
    if not store.exists():
        raise StudyError(f"{runs} has no mlflow.db yet; a search makes it")
    check_free(host, port)
    if not is_own(host):
        typer.echo(WARNING.format(host=host), err=True)
    typer.echo(f"MLflow UI: http://{f'[{host}]' if ':' in host else host}:{port}  (Ctrl-C ends it)")
    command = module_command("mlflow", "ui", "--backend-store-uri", f"sqlite:///{store}")
    command += ["--default-artifact-root", str(store.parent / "artifacts")]
    command += ["--host", host, "--port", str(port), "--workers", "1"]
    interruption = Interruption()
    with counting_ctrl_c(interruption):  # none is raised: the server is not left behind
        server = subprocess.Popen(command, env=os.environ | NO_PICKLES | NO_JOBS, start_new_session=True)
        code = wait_for(server, interruption)
        if code is not None:
            sys.exit(code)
        end(server)


def is_own(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_free(host: str, port: int) -> None:
    """Checks that a server can listen at a port of an address.

    Raises:
        SettingsError: Somebody listens there, or it is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(f"--port {port}: is in use; choose another, such as {port + 1}") from None
        raise SettingsError(f"--host {host} --port {port}: cannot be served at: {error.strerror}") from None


def end(server: "subprocess.Popen[bytes]") -> None:
    """Ends a server and the processes that it started; those that do not heed it are killed."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        server.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
