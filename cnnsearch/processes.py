"""How this package starts its own parts, processes of the same Python, and how a process ended."""

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

    The folder that a user happens to stand in is kept off the module path (`-P`): a `keras.py` there would
    be imported in Keras's place.
    """
    command = [sys.executable, "-P", "-m", module, *arguments]
    logger.debug("process: %s", shlex.join(command))
    return command


def ending(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"exit status {code}"
    return f"signal {signal.Signals(-code).name if -code in signal.Signals._value2member_map_ else -code}"


def last_words(printed: str) -> str:
    """The last line of what a process printed that says something."""
    return next((line.strip() for line in reversed(printed.splitlines()) if line.strip()), NO_REASON)


def claim_stdout() -> TextIO:
    """Keeps standard output for this process's own words: what libraries print there goes to standard error
    from here on."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return output


def end_with_input() -> None:
    """End this process, and whatever it starts, when its standard input ends: the process that holds the
    other end is gone. This one has to be the first of its group."""

    def wait() -> None:
        while os.read(0, 1):  # no lock of Python's is held, for the end of this process to wait on
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, name="input", daemon=True).start()


def give_way() -> None:
    """Lets other processes go first: this one's group too, where the system shares time among such groups."""
    os.nice(_NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICE), encoding="ascii")


def control_group_files(name: str, controller: str, name_before: str) -> Iterator[Path]:
    """Where the kernel may tell something of this process's control group: below the group's name, or at the
    root, where containers see theirs.

    Args:
        name: The file, of control groups version 2.
        controller: Which one's file it is in version 1.
        name_before: What it is called there.
    """
    root, groups = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
    lines = groups.read_text(encoding="utf-8").splitlines() if groups.exists() else []
    for _, controllers, group in (line.split(":", 2) for line in lines):
        for place in (group.lstrip("/"), ""):
            if not controllers:
                yield root / place / name
            elif controller in controllers.split(","):
                yield root / controller / place / name_before
