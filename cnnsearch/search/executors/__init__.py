"""The executors, which run trials, by name. To add one, write a class in a module here and add its name to
the registry below."""

from collections.abc import Callable
from pathlib import Path

from cnnsearch.search.executors.base import Died, Event, Executor, Shared
from cnnsearch.search.executors.local import LocalExecutor
from cnnsearch.study.settings import Settings

__all__ = ["EXECUTORS", "Died", "Event", "Executor", "Shared", "make_executor"]

MakeExecutor = Callable[[Settings, Path], Executor]
"""Takes the study's settings, and the file for the output of the workers."""

EXECUTORS: dict[str, MakeExecutor] = {
    "local": LocalExecutor,
}


def make_executor(settings: Settings, log: Path, name: str = "local") -> Executor:
    """Make an executor by its name.

    Args:
        settings: The backend, the precision, the number of workers, and their limits.
        log: The file for the output of the workers.
        name: The executor.
    """
    return EXECUTORS[name](settings, log)
