"""Where what would otherwise be done again is kept, for all studies of a user."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache of this package: CNNSEARCH_CACHE, or cnnsearch below the usual folder of caches."""
    if chosen := os.environ.get("CNNSEARCH_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cnnsearch"
