"""How many trials share the machine's cores: from how fast a network trains on some of them."""

from collections.abc import Mapping

import psutil

from cnnsearch.cores import num_cores

WORTH = 0.95
"""Share of the best throughput from which on fewer workers are preferred: trials that come one after another
learn more from each other, and each is done sooner."""
HEADROOM = 1.5
"""How many times the first worker's memory another may need: networks differ."""


def workers_for(seconds: Mapping[int, float], most: int) -> int:
    """How many workers train the most steps in a time, or nearly so.

    Args:
        seconds: Of a step, by the number of cores that a worker has; the largest number is all of them.
        most: The most workers that there may be.
    """
    cores = max(seconds)
    steps = {cores // count: (cores // count) / each for count, each in seconds.items()}
    possible = {workers: speed for workers, speed in steps.items() if workers <= max(most, 1)}
    return min(workers for workers, speed in possible.items() if speed >= WORTH * max(possible.values()))


def most_in_memory(first: int) -> int:
    """How many workers main memory holds, one of them being there already.

    Args:
        first: The bytes that it has.
    """
    return 1 + int(psutil.virtual_memory().available // (HEADROOM * max(first, 1)))


def threads_of(workers: int) -> int | None:
    """How many threads each of so many workers computes with; None: as many as there are cores."""
    return None if workers == 1 else max(1, num_cores() // workers)


def workers_description(seconds: Mapping[int, float], workers: int) -> str:
    """The choice and its reason, in words."""
    cores = max(seconds)
    sped_up = seconds[min(seconds)] / seconds[cores]
    found = f"on {cores} cores a step is {sped_up:.1f} times as fast as on one"
    if workers == 1:
        return f"one trial at a time has them all: {found}"
    return f"{workers} trials at a time share the cores: {found}"
