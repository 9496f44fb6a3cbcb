"""Threads that read and decode image files in strips; the time of the files sets how many there are."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter, thread_time
from typing import TypeVar

from cnnsearch.data.pictures import hushed

Item = TypeVar("Item")
Result = TypeVar("Result")

_SHORT = 1.5e-4  # seconds of the processor per file; a short one mostly holds Python's lock
_LONG = 1e-3  # the same; one strip of such files is enough to know
_SLOW = 2e-4  # seconds per file, of which the processor has a part in `_WAITING`: the rest is storage
_WAITING = 4
_TRIED = 3  # strips, because the first one may import modules, and the machine may be busy


class StripThreads:
    """Threads that apply functions to strips of items; `strip_threads` provides and ends them."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._times: list[tuple[float, float]] = []

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item], strip: int
    ) -> Iterator[list[Result]]:
        """Yield the results of the items in order, a list for each strip.

        Short files are read in the calling thread, because threads would only wait for each other; others get
        a thread per core, or more if the storage is slow, once a few strips have been timed.

        Args:
            function: The function of one item.
            items: The items.
            strip: Number of items that a thread takes at a time.
        """

        def work(start: int) -> list[Result]:
            return list(map(function, items[start : start + strip]))

        starts = iter(range(0, len(items), strip))
        while self._pool is None and (start := next(starts, None)) is not None:
            began, busy = perf_counter(), thread_time()
            results = work(start)
            self._decide((perf_counter() - began) / len(results), (thread_time() - busy) / len(results))
            yield results
        if self._pool:
            yield from self._pool.map(work, starts)

    def _decide(self, seconds: float, busy: float) -> None:
        """Start threads if they pay, from the seconds per file by the clock and of the processor."""
        self._times = [*self._times, (seconds, busy)][-_TRIED:]
        if busy > _LONG or len(self._times) == _TRIED:
            seconds, least = (seconds, busy) if busy > _LONG else min(self._times)
            if seconds > max(_SLOW, _WAITING * least):
                self._pool = ThreadPoolExecutor()
            elif least > _SHORT:
                self._pool = ThreadPoolExecutor(os.cpu_count())

    def close(self) -> None:
        """End the threads; pending strips are cancelled."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)


@contextmanager
def strip_threads() -> Iterator[StripThreads]:
    """Provide threads for strips of files; on exit, pending strips are cancelled."""
    threads = StripThreads()
    with hushed():
        try:
            yield threads
        finally:
            threads.close()
