"""The cache folder, shared by all studies of a user."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the user's cache folder: `CNNSEARCH_CACHE`, by default `cnnsearch` in `XDG_CACHE_HOME`."""
    if chosen := os.environ.get("CNNSEARCH_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cnnsearch"
