"""Detection of workers that ran out of memory: by their output, the kernel's count, and the prediction."""

import re
from collections.abc import Iterable

from cnnsearch.processes import control_group_files
from cnnsearch.space.costs import MEMORY
from cnnsearch.training.protocol import Member

MARGIN = 8.0
"""The largest factor by which a trial may exceed the prediction of `costs`: kernels have their own buffers (a
factor of 6 was observed, for a convolution on a CPU that expands one channel to 6000)."""
FIRST_PROGRAM = 200_000_000
"""Bytes that a worker allocates for its first training of any network: threads and their arenas, the traced
program (140 to 180 million were observed on CPUs)."""
SAID = re.compile(
    r"out of memory|\bOOM\b|RESOURCE_EXHAUSTED|ResourceExhausted|MemoryError|bad_alloc|"
    r"(unable|failed|cannot) to allocate|cannot allocate memory|Status: 1, message: could not",
    re.IGNORECASE,
)
"""Wording of Python, C++, TensorFlow, XLA, CUDA and oneDNN (status 1)."""
_COUNTED = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)


def is_out_of_memory(text: str) -> bool:
    """Return whether a message reports a failed memory allocation."""
    return SAID.search(text) is not None


def may_exceed(members: Iterable[Member], limit: int, at_rest: int) -> bool:
    """Return whether trials may have needed more memory than its worker may allocate.

    TensorFlow does not check every allocation: a failed one often ends it with a segmentation fault and
    without a message.

    Args:
        members: The trials, trained side by side.
        limit: Bytes that the worker may allocate.
        at_rest: Bytes that it had allocated before its first training.
    """
    needed = sum(member.candidate.costs().get(MEMORY, 0) for member in members)
    return needed > 0 and at_rest + FIRST_PROGRAM + MARGIN * needed > limit


def kernel_kills() -> int:
    """Return how many processes of this control group the kernel has killed because of memory; 0 if it does
    not count them."""
    for file in control_group_files("memory.events", "memory", "memory.oom_control"):
        if file.exists() and (match := _COUNTED.search(file.read_text(encoding="ascii"))):
            return int(match[1])
    return 0
