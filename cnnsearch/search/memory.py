"""Whether a worker ended for want of memory: by its words, the kernel's count, and what was predicted."""

import re

from cnnsearch.processes import control_group_files
from cnnsearch.space.costs import MEMORY
from cnnsearch.training.protocol import Train

MARGIN = 8.0
"""How many times what `costs` predicts a trial may take: kernels have buffers of their own (6 times was seen,
of a convolution on a CPU that widens one channel to 6000)."""
FIRST_PROGRAM = 200_000_000
"""Bytes that a worker allocates, whatever it trains, once it trains: threads and their arenas, the traced
program (140 to 180 million were seen on CPUs)."""
SAID = re.compile(
    r"out of memory|\bOOM\b|RESOURCE_EXHAUSTED|ResourceExhausted|MemoryError|bad_alloc|"
    r"(unable|failed|cannot) to allocate|cannot allocate memory|Status: 1, message: could not",
    re.IGNORECASE,
)
"""How Python, C++, TensorFlow, XLA, CUDA and oneDNN (whose status 1 it is) put it."""
_COUNTED = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)


def is_out_of_memory(text: str) -> bool:
    """Whether a message says that memory could not be had."""
    return SAID.search(text) is not None


def may_exceed(job: Train, limit: int, at_rest: int) -> bool:
    """Whether a trial may have needed more than its worker may allocate.

    TensorFlow does not check each allocation: refused one, it often dies of a segmentation fault, in silence.

    Args:
        job: The trial.
        limit: Bytes that the worker may allocate.
        at_rest: Bytes that it had allocated before it trained anything.
    """
    needed = job.candidate.costs().get(MEMORY)
    return needed is not None and at_rest + FIRST_PROGRAM + MARGIN * needed > limit


def kernel_kills() -> int:
    """How many processes of this one's control group the kernel has ended for want of memory so far; 0 where
    it does not count them."""
    for file in control_group_files("memory.events", "memory", "memory.oom_control"):
        if file.exists() and (found := _COUNTED.search(file.read_text(encoding="ascii"))):
            return int(found[1])
    return 0
