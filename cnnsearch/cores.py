"""CPU cores: how many this process may use, and on which cores it runs."""

import math
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from cnnsearch.processes import control_group_files


def own_cores() -> set[int]:
    """Return the numbers of the cores on which this process may run."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def num_cores() -> int:
    """Return the number of cores this process may use, limited by the CPU quota of its container."""
    return max(1, math.ceil(min(len(own_cores()), _quota())))


def can_choose_cores() -> bool:
    """Return whether there are several cores and the system supports `use_cores`."""
    return num_cores() > 1 and hasattr(os, "sched_setaffinity") and Path("/proc/self/task").is_dir()


def use_cores(cores: Collection[int]) -> None:
    """Restrict all threads of this process to some cores."""
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # the thread has ended
            os.sched_setaffinity(int(thread.name), cores)


def _quota() -> float:
    """Return the CPU quota of the control group in cores; infinite if there is none."""
    quotas = [math.inf]
    for file in control_group_files("cpu.max", "cpu", "cpu.cfs_quota_us"):
        with suppress(OSError, ValueError):
            quotas.append(_cores_of(file))
    return min(quotas)


def _cores_of(file: Path) -> float:
    words = file.read_text(encoding="ascii").split()
    period = words[1] if len(words) > 1 else file.with_name("cpu.cfs_period_us").read_text(encoding="ascii")
    is_limited = words[0] != "max" and int(words[0]) > 0  # without a limit: `max`, or -1 in cgroup v1
    return int(words[0]) / int(period) if is_limited else math.inf
