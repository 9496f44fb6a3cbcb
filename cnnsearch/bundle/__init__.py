"""The result of a study: a self-contained model with its files, and the checks of them.

`load_bundle` is imported on first use: it needs Keras.
"""

from importlib import import_module
from typing import Any

__all__ = ["load_bundle"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'cnnsearch.bundle' has no attribute {name!r}")
    return getattr(import_module("cnnsearch.bundle.bundle"), name)
