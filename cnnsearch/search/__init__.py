"""The search: records, driver, executors, samplers, pruning. Its public names load on first use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnsearch.search.api import StudyResult, resume, search

__all__ = ["StudyResult", "resume", "search"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'cnnsearch.search' has no attribute {name!r}")
    return getattr(import_module("cnnsearch.search.api"), name)
