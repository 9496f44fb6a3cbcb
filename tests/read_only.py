"""Folders that a process really cannot write, also where the tests run as root, who ignores modes."""

import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ENTER = """
import ctypes, os, sys
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
if os.geteuid() == 0 and ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0):
    sys.exit("the privilege of root to write any file cannot be dropped")
os.execv(sys.argv[1], sys.argv[1:])
"""
OBEYING_MODES = (sys.executable, "-c", _ENTER)
"""What precedes a command, with the full path of its program, so that modes count for its processes: root
gives up its privilege (`capabilities(7)`), which an ordinary user does not have."""


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """Take the permission to write from a folder and all that it contains, and give it back at the end."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    for path, mode in modes.items():
        path.chmod(mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        yield folder
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
