"""Searches CNN architectures and hyperparameters: a space in YAML and a dataset in, the best Keras CNN out.

The public names load on first use, so that importing cnnsearch imports neither Keras nor Optuna.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnsearch.version import __version__ as __version__

if TYPE_CHECKING:
    from cnnsearch.api import StudyResult, recommend, search
    from cnnsearch.architecture import Analysis, Architecture, analyze
    from cnnsearch.data import Dataset, load_data
    from cnnsearch.models.build import build_model
    from cnnsearch.space import Candidate, SearchSpace, load_space

_HOMES = {
    "Analysis": "cnnsearch.architecture",
    "Architecture": "cnnsearch.architecture",
    "Candidate": "cnnsearch.space",
    "Dataset": "cnnsearch.data",
    "SearchSpace": "cnnsearch.space",
    "StudyResult": "cnnsearch.api",
    "analyze": "cnnsearch.architecture",
    "build_model": "cnnsearch.models.build",
    "load_data": "cnnsearch.data",
    "load_space": "cnnsearch.space",
    "recommend": "cnnsearch.api",
    "search": "cnnsearch.api",
}

__all__ = [
    "Analysis",
    "Architecture",
    "Candidate",
    "Dataset",
    "SearchSpace",
    "StudyResult",
    "analyze",
    "build_model",
    "load_data",
    "load_space",
    "recommend",
    "search",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cnnsearch' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
