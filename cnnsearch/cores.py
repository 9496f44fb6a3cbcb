"""The processor's cores: how many this process may use, and on which of them it runs."""

import math
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from cnnsearch.processes import control_group_files


def own_cores() -> set[int]:
    """The cores on which this process may run, by their numbers."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def num_cores() -> int:
    """How many cores' time this process may take: a container may run on more than it has the time of."""
    return max(1, math.ceil(min(len(own_cores()), _quota())))


def can_choose_cores() -> bool:
    """Whether there are several, and the system lets `use_cores` choose among them."""
    return num_cores() > 1 and hasattr(os, "sched_setaffinity") and Path("/proc/self/task").is_dir()


def use_cores(cores: Collection[int]) -> None:
    """Has all threads of this process run on these cores alone."""
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has ended by now
            os.sched_setaffinity(int(thread.name), cores)


def _quota() -> float:
    """How many cores' time the control group has; infinite where nothing limits it."""
    found = [math.inf]
    for file in control_group_files("cpu.max", "cpu", "cpu.cfs_quota_us"):
        with suppress(OSError, ValueError):
            found.append(_cores_of(file))
    return min(found)


def _cores_of(file: Path) -> float:
    words = file.read_text(encoding="ascii").split()
    period = words[1] if len(words) > 1 else file.with_name("cpu.cfs_period_us").read_text(encoding="ascii")
    is_limited = words[0] != "max" and int(words[0]) > 0  # version 1 says -1
    return int(words[0]) / int(period) if is_limited else math.inf
