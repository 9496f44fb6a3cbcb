"""The search: records, driver, executors, samplers, pruning. Its public names load on first use.

`cnnsearch.search` is this package and the function in one: once a package is imported, Python binds it
to its name in the parent, whatever stood there. So the package can be called.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnsearch.search.api import StudyResult, resume, search

__all__ = ["StudyResult", "resume", "search"]


class _CallablePackage(ModuleType):
    def __call__(self, *arguments: Any, **settings: Any) -> "StudyResult":
        result: StudyResult = self.search(*arguments, **settings)
        return result


sys.modules[__name__].__class__ = _CallablePackage


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'cnnsearch.search' has no attribute {name!r}")
    return getattr(import_module("cnnsearch.search.api"), name)
