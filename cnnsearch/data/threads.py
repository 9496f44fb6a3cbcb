"""Threads that read and decode image files in strips; the time of the first files sets how many there are."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from time import perf_counter
from typing import TypeVar

from cnnsearch.data.pictures import hushed

Item = TypeVar("Item")
Result = TypeVar("Result")

_SHORT = 2e-4  # seconds per file; short ones mostly hold Python's lock, for which many threads would wait
_LONG = 1e-3  # seconds per file; one strip of such files is enough to know
_TRIED = 3  # strips, because the first one may import modules
_FEW = 2  # threads for short files: one reads while the other decodes


class StripThreads:
    """Threads that apply functions to strips of items; `strip_threads` provides and ends them."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item], strip: int
    ) -> Iterator[list[Result]]:
        """Yield the results of the items in order, a list for each strip.

        Until there are threads, the first strips are done and timed in the calling thread.

        Args:
            function: The function of one item.
            items: The items.
            strip: Number of items that a thread takes at a time.
        """

        def work(start: int) -> list[Result]:
            return list(map(function, items[start : start + strip]))

        starts = iter(range(0, len(items), strip))
        if self._pool is None:
            seconds = []
            for start in islice(starts, _TRIED):
                began = perf_counter()
                results = work(start)
                seconds.append((perf_counter() - began) / len(results))
                yield results
                if seconds[-1] > _LONG:
                    break
            self._pool = ThreadPoolExecutor(_FEW if min(seconds, default=0) < _SHORT else None)
        yield from self._pool.map(work, starts)

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


@contextmanager
def decoding_threads() -> Iterator[ThreadPoolExecutor]:
    """Provide threads for single files; on exit, pending ones are cancelled."""
    pool = ThreadPoolExecutor()
    with hushed():
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
