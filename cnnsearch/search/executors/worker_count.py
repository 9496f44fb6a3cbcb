"""The number of trials that share the machine's cores, from the training speed on parts of the cores."""

from collections.abc import Mapping

import psutil

from cnnsearch.cores import num_cores

WORTH = 0.95
"""The share of the best throughput at which fewer workers are preferred: sequential trials give the sampler
more information, and each is done sooner."""
HEADROOM = 1.5
"""The memory of a further worker relative to the first one's: networks differ."""


def workers_for(seconds: Mapping[int, float], most: int) -> int:
    """Return the number of workers with the highest throughput, or a smaller one that is nearly as fast.

    Args:
        seconds: Duration of a step by the number of cores of a worker; the largest number is all cores.
        most: The largest number of workers.
    """
    cores = max(seconds)
    steps = {cores // count: (cores // count) / each for count, each in seconds.items()}
    possible = {workers: speed for workers, speed in steps.items() if workers <= max(most, 1)}
    return min(workers for workers, speed in possible.items() if speed >= WORTH * max(possible.values()))


def most_in_memory(first: int) -> int:
    """Return the number of workers that fit into main memory, including the one that is running.

    Args:
        first: The memory of the running worker in bytes.
    """
    return 1 + int(psutil.virtual_memory().available // (HEADROOM * max(first, 1)))


def threads_of(workers: int) -> int | None:
    """Return the number of threads of each worker; None: as many as there are cores."""
    return None if workers == 1 else max(1, num_cores() // workers)


def workers_description(seconds: Mapping[int, float], workers: int) -> str:
    """Describe the choice and its reason."""
    cores = max(seconds)
    speedup = seconds[min(seconds)] / seconds[cores]
    reason = f"on {cores} cores a step is {speedup:.1f} times as fast as on one"
    if workers == 1:
        return f"one trial at a time uses all cores: {reason}"
    return f"{workers} trials at a time share the cores: {reason}"
