"""Whether a worker ended for want of memory: by what it said, and by what the kernel counts."""

import re
from pathlib import Path

SAID = re.compile(
    r"out of memory|\bOOM\b|RESOURCE_EXHAUSTED|ResourceExhausted|MemoryError|bad_alloc|"
    r"(unable|failed|cannot) to allocate|cannot allocate memory",
    re.IGNORECASE,
)
"""How Python, C++, TensorFlow, XLA and CUDA put it."""
_EVENTS = Path("/sys/fs/cgroup/memory.events")


def is_out_of_memory(text: str) -> bool:
    """Whether a message says that memory could not be had."""
    return SAID.search(text) is not None


def kernel_kills() -> int:
    """How many processes of this group the kernel has ended for want of memory so far (control groups,
    version 2; 0 where they are not in use)."""
    try:
        lines = _EVENTS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
