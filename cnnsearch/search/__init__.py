"""The search: driver, executors, samplers, pruners. Its public names load on first use.

`cnnsearch.search` is both this package and the function: once a package is imported, Python binds it to its
name in the parent, replacing any function of that name. The package is therefore callable.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["StudyResult", "resume", "search"]


class _CallablePackage(ModuleType):
    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        return self.search(*arguments, **settings)


sys.modules[__name__].__class__ = _CallablePackage


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'cnnsearch.search' has no attribute {name!r}")
    return getattr(import_module("cnnsearch.api"), name)
