"""`python -m knowledge.cli ORIGIN ...` is `cnnsearch ...` without the shipped experience of an origin."""

import shutil
import sys
import tempfile
from pathlib import Path

from cnnsearch.cli import main as cnnsearch
from cnnsearch.knowledge import history
from cnnsearch.knowledge.pack import SUFFIX, write_pack
from knowledge.points import history_without

ORIGINS = {
    "digits": "digits",
    "mnist10k": "mnist",
    "fashion": "fashion",
    "cifar10": "cifar10",
    "cifar2000": "cifar10",
    "cifar2000x64": "cifar10",
    "cells": "bccd",
    "emoji": "emoji",
}
"""The origin of each dataset of the other benchmarks."""


def command_without(dataset: str) -> list[str]:
    """Return the beginning of a command line that knows nothing of a dataset's origin."""
    return [sys.executable, "-m", "knowledge.cli", ORIGINS[dataset]]


def main() -> None:
    """Run cnnsearch with a copy of the shipped experience that lacks the origin."""
    origin = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for file in history.shipped_folder().glob("*.json"):
            shutil.copy(file, folder)
        write_pack(folder / f"studies{SUFFIX}", [entry.experience for entry in history_without(origin)])
        history.shipped_folder = lambda: folder
        cnnsearch()


if __name__ == "__main__":
    main()
