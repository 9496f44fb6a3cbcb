"""How this package starts its own parts, processes of the same Python, and how a process ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TextIO

NO_REASON = "no reason given"
_NICE = 10


def python_command(*arguments: str) -> list[str]:
    """The command line that runs Python.

    The folder that a user happens to stand in is kept off the module path (`-P`): a `keras.py` there would
    be imported in Keras's place.
    """
    return [sys.executable, "-P", *arguments]


def module_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module."""
    return python_command("-m", module, *arguments)


def run_module(module: str, *arguments: str, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Runs a module to its end, whatever that is, and keeps what it prints."""
    return subprocess.run(
        module_command(module, *arguments),
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


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


def give_way() -> None:
    """Lets other processes go first: this one's group too, where the system shares time among such groups."""
    os.nice(_NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICE), encoding="ascii")


def own_cores() -> set[int]:
    """The cores that this process may use, by their numbers."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def can_choose_cores() -> bool:
    """Whether there are several, and the system lets `use_cores` choose among them."""
    return len(own_cores()) > 1 and hasattr(os, "sched_setaffinity") and Path("/proc/self/task").is_dir()


def use_cores(cores: Collection[int]) -> None:
    """Has all threads of this process run on these cores alone."""
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has ended by now
            os.sched_setaffinity(int(thread.name), cores)
