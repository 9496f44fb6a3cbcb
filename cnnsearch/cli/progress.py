"""Progress on standard error: a bar on a terminal, else a line every few seconds; nothing with `--quiet`."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cnnsearch.verbosity import is_quiet

_PAUSE = 5.0  # seconds between two lines


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that takes how many are done, and of how many.

    Args:
        what: What is being done.
    """
    if is_quiet():
        yield lambda done, total: None
        return
    if not sys.stderr.isatty():
        yield _lines(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(what: str) -> Callable[[int, int], None]:
    last = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _PAUSE:
            last = time.monotonic()
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)

    return show
