"""`cnnsearch ui`: serve the MLflow UI for the studies of a runs folder, and open it where the trials are."""

import errno
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs
from cnnsearch.errors import CnnsearchError, SearchError, SettingsError, StudyError
from cnnsearch.files import is_writable
from cnnsearch.processes import ending, last_words, module_command
from cnnsearch.search.interruption import GLANCE, Interruption, counting_ctrl_c, wait_for
from cnnsearch.training.backend import NO_PICKLES

if TYPE_CHECKING:
    from cnnsearch.study.folder import Study
    from cnnsearch.tracking.opening import Opening
    from cnnsearch.tracking.site import Site

NO_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
"""Turns off eight processes for evaluation jobs, which a search does not use."""
GRACE = 5.0
"""Seconds between asking the server to end and killing it."""
HOST = "127.0.0.1"
"""Reachable from this machine only: the MLflow UI has no authentication."""
EVERYWHERE = {"0.0.0.0": HOST, "::": "::1"}
"""Addresses that stand for all of this machine, with the one by which it reaches itself."""
LOG = "mlflow-ui.log"
DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
WARNING = (
    "warning: --host {host}: other machines can read, change and delete the runs of all studies, since the "
    "MLflow UI has no authentication"
)
COPIED = (
    "note: {runs} was moved and cannot be written, so MLflow shows a copy of its database; changes in the "
    "pages are not kept"
)


def run(
    studies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STUDY",
            help="Name of a study in --runs, or path of its folder; several are compared.",
            show_default="the study with the latest trial",
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port to serve on.", min=1, max=65535, metavar="PORT")] = 5000,
    host: Annotated[
        str, typer.Option(help="Address to serve on; 0.0.0.0: the whole network.", metavar="ADDRESS")
    ] = HOST,
    runs: Runs = DEFAULT_RUNS,
    is_opened: Annotated[
        bool, typer.Option("--open/--no-open", help="Open a browser, if this is a terminal on a desktop.")
    ] = True,
) -> None:
    """Serve the MLflow UI, and open it at the trials of a study.

    It runs at http://127.0.0.1:PORT, reachable from this machine only, until Ctrl-C. For a study that is
    tracked on a server, its page there is opened instead.
    """
    from cnnsearch.study.folder import find_study

    found = [find_study(name, runs) for name in studies or ()]
    uri = tracked_at(found, runs)
    if uri.startswith(("http:", "https:")):
        from cnnsearch.tracking.opening import page_for

        show(f"MLflow: {uri.rstrip('/')}/{page_for(found, uri).page}", is_opened=is_opened)
        return
    check_free(host, port)
    if not is_own(host):
        typer.echo(WARNING.format(host=host), err=True)
    serve(found, uri, runs, host, port, is_opened=is_opened)


def tracked_at(studies: Sequence["Study"], runs: Path) -> str:
    """Return the tracking URI of studies; without studies, that of the runs folder.

    Raises:
        StudyError: They are tracked in different places, there is no database, or it cannot be served.
    """
    from cnnsearch.study.storage import MLFLOW, own_tracking_uri, sqlite_file

    own = own_tracking_uri(runs)
    uris = {study.name: study.tracking_uri for study in studies}
    if len(set(uris.values())) > 1:
        places = ", ".join(f"{name} at {uri}" for name, uri in uris.items())
        raise StudyError(f"the studies are tracked in different places: {places}; name those of one place")
    uri = next(iter(uris.values()), own)
    file = sqlite_file(uri)
    if file is not None and not file.exists():
        place = runs if uri == own else file.parent
        raise StudyError(f"{place} has no {MLFLOW} yet; run a search first{_elsewhere(runs)}")
    if not uri.startswith(("http:", "https:", *DATABASES)):
        raise StudyError(f"the studies are tracked at {uri}, which cannot be served here; open it there")
    return uri


def serve(studies: Sequence["Study"], uri: str, runs: Path, host: str, port: int, *, is_opened: bool) -> None:
    """Serve the pages of studies until Ctrl-C.

    Raises:
        SearchError: The server does not start, or ends by itself.
    """
    from cnnsearch.study.storage import ARTIFACTS
    from cnnsearch.tracking.opening import refresh
    from cnnsearch.tracking.places import present_places
    from cnnsearch.tracking.site import Site

    with present_places(uri) as served:
        opening, shown = opened(studies, uri, runs)
        if served == uri:
            refresh(opening, uri)
        else:
            typer.echo(COPIED.format(runs=runs), err=True)
        artifacts = str(runs.resolve() / ARTIFACTS)
        site = Site(served, artifacts, host, port, opening.page, opening.experiments)
        serve_site(site, runs, shown, is_opened=is_opened)


def serve_site(site: "Site", runs: Path, shown: str, *, is_opened: bool) -> None:
    """Serve a site until Ctrl-C, and print the link to it.

    Raises:
        SearchError: The server does not start, or ends by itself.
    """
    interruption, host, port = Interruption(), site.host, site.port
    with counting_ctrl_c(interruption), started(site, runs) as (server, log):
        while not interruption.count and not answers(host, port):
            if (code := server.poll()) is not None:
                raise SearchError(f"the MLflow UI has not started: {_said(code, log)}")
            time.sleep(GLANCE)
        if not interruption.count:
            to = EVERYWHERE.get(host, host)
            link = f"http://{f'[{to}]' if ':' in to else to}:{port}/{site.home}"
            show(f"MLflow UI: {link}", f"  ({shown}; Ctrl-C stops it)", is_opened=is_opened)
        code = wait_for(server, interruption)
        if code is not None:
            raise SearchError(f"the MLflow UI has ended: {_said(code, log)}")


def opened(studies: Sequence["Study"], uri: str, runs: Path) -> "tuple[Opening, str]":
    """Return the page to open, and which studies it shows, in words."""
    from cnnsearch.study.folder import all_studies
    from cnnsearch.tracking.opening import page_for, page_of_latest

    if studies:
        opening = page_for(studies, uri)
        return opening, ", ".join(study.name for study in opening.studies)
    own = [study for study in all_studies(runs) if _tracking_uri(study) == ""]
    opening = page_of_latest(own, uri)
    if not opening.studies:
        return opening, "all experiments"
    name = opening.studies[0].name
    return opening, name if len(own) == 1 else f"{name}, the latest of {len(own)} studies"


@contextmanager
def started(site: "Site", runs: Path) -> "Iterator[tuple[subprocess.Popen[bytes], Path]]":
    """Start the server, and end it with the context. Its output goes to a log file."""
    log = runs.resolve() / LOG
    if not is_writable(log):
        log = Path(tempfile.mkdtemp(prefix="cnnsearch-"), LOG)
    command = module_command("cnnsearch.tracking.site", site.to_json())
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            env=os.environ | NO_PICKLES | NO_JOBS,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is not raised in it, so that it always ends in order
        )
    try:
        yield server, log
    finally:
        end(server)


def show(link: str, remark: str = "", *, is_opened: bool) -> None:
    """Print a link, whose last word is the address, and open it in a browser where there is a desktop."""
    typer.echo(link + remark)
    if is_opened and has_desktop():
        webbrowser.open(link.split()[-1])


def has_desktop() -> bool:
    """Return whether a person at a desktop reads the output."""
    if not sys.stdout.isatty() or os.environ.get("CI"):
        return False
    return sys.platform in ("darwin", "win32") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())


def answers(host: str, port: int) -> bool:
    """Return whether a server listens on a port of an address."""
    with suppress(OSError), socket.create_connection((EVERYWHERE.get(host, host), port), timeout=1):
        return True
    return False


def _tracking_uri(study: "Study") -> str | None:
    """Return the tracking URI of a study, or None if its settings cannot be read."""
    try:
        return study.settings.tracking_uri
    except CnnsearchError:
        return None


def _elsewhere(runs: Path) -> str:
    """Return a hint at the studies of a runs folder that are tracked elsewhere."""
    from cnnsearch.study.folder import all_studies

    names = [study.name for study in all_studies(runs) if _tracking_uri(study)]
    return f", or name a study that is tracked elsewhere: {', '.join(names)}" if names else ""


def _said(code: int, log: Path) -> str:
    return f"{ending(code)}: {last_words(log.read_text(encoding='utf-8', errors='replace'))} ({log})"


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
