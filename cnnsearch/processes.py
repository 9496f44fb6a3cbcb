"""How this package starts its own parts, processes of the same Python, and how a process ended."""

import signal
import subprocess
import sys
from collections.abc import Mapping


def module_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module.

    The folder that a user happens to stand in is kept off the module path (`-P`): a `keras.py` there would
    be imported in Keras's place.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


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
