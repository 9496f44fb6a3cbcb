"""Starts the finishing process: it alone loads Keras and the test split, the driver never does."""

import subprocess
import sys

from cnnsearch.errors import SearchError
from cnnsearch.search.credentials import environment_for
from cnnsearch.search.study import Study


def finish_apart(study: Study) -> None:
    """Makes the study's bundle in a process of its own; what that prints goes to the study's log.

    Raises:
        SearchError: The bundle could not be made; the message has the process's last words.
    """
    command = [sys.executable, "-m", "cnnsearch.results.finish", str(study.path)]
    with study.log.open("ab") as log:
        start = log.tell()
        environment = environment_for(study.settings.tracking_uri)
        done = subprocess.run(command, env=environment, stdout=log, stderr=log, check=False)
    if done.returncode:
        words = study.log.read_bytes()[start:].decode(errors="replace").strip().splitlines()
        raise SearchError(
            f"the bundle could not be made: {words[-1] if words else 'no reason given'} ({study.log})"
        )
