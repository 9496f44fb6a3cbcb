"""Starting and ending the processes of the package, which run the same Python."""

import logging
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

logger = logging.getLogger(__name__)

NO_REASON = "no reason given"
_NICE = 10


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs a module.

    The working directory is not on the module path (`-P`), since a `keras.py` there would be imported instead
    of Keras.
    """
    command = [sys.executable, "-P", "-m", module, *arguments]
    logger.debug("process: %s", shlex.join(command))
    return command


def ending(code: int) -> str:
    """Return how a process ended, in words."""
    if code >= 0:
        return f"exit status {code}"
    return f"signal {signal.Signals(-code).name if -code in signal.Signals._value2member_map_ else -code}"


def last_words(printed: str) -> str:
    """Return the last line of the output of a process that is not empty."""
    return next((line.strip() for line in reversed(printed.splitlines()) if line.strip()), NO_REASON)


def claim_stdout() -> TextIO:
    """Return standard output for the messages of this process; all other output goes to standard error from
    now on."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return output


def end_with_input() -> None:
    """End this process, and all processes it starts, when its standard input ends because its caller has
    ended. This process must be the leader of its process group."""

    def wait() -> None:
        while os.read(0, 1):  # holds no Python lock that could block the end of this process
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, name="input", daemon=True).start()


def give_way() -> None:
    """Lower the priority of this process, and of its group if the system schedules groups."""
    os.nice(_NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICE), encoding="ascii")


def control_group_files(name: str, controller: str, name_before: str) -> Iterator[Path]:
    """Yield the possible paths of a file of this process's control group: below the group's name, or at the
    root, as in containers.

    Args:
        name: The name of the file in control groups version 2.
        controller: The controller of the file in version 1.
        name_before: The name of the file in version 1.
    """
    root, groups = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
    lines = groups.read_text(encoding="utf-8").splitlines() if groups.exists() else []
    for _, controllers, group in (line.split(":", 2) for line in lines):
        for place in (group.lstrip("/"), ""):
            if not controllers:
                yield root / place / name
            elif controller in controllers.split(","):
                yield root / controller / place / name_before
