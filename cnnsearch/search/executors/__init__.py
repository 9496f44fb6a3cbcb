"""The executors, which run jobs, by name. To add one, write a class in a module here and add its name to
the registry below."""

from collections.abc import Callable

from cnnsearch.search.executors.base import Died, Event, Executor, Shared
from cnnsearch.search.executors.local import LocalExecutor
from cnnsearch.study.folder import Study
from cnnsearch.study.settings import Settings

__all__ = ["EXECUTORS", "Died", "Event", "Executor", "Shared", "make_executor"]

MakeExecutor = Callable[[Settings, Study], Executor]
"""Takes the settings of the workers, and the study with its folders."""

EXECUTORS: dict[str, MakeExecutor] = {
    "local": LocalExecutor,
}


def make_executor(settings: Settings, study: Study, name: str = "local") -> Executor:
    """Make an executor by its name.

    Args:
        settings: The backend, the precision, the number of workers, and their limits.
        study: The folders that the workers use.
        name: The executor.
    """
    return EXECUTORS[name](settings, study)
