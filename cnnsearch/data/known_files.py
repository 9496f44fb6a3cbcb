"""What is known of picture files from earlier runs, by path, size and time, so that none is decoded twice.

One file of JSON lines for each data folder, in the user's cache; it holds figures and digests, no pixels.
"""

import hashlib
import json
import logging
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import PIL

from cnnsearch.caching import cache_folder
from cnnsearch.files import replacing

logger = logging.getLogger(__name__)

_VERSION = f"cnnsearch files 1, Pillow {PIL.__version__}"  # another Pillow may read what this one could not


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a picture file; what has not been looked at yet is empty.

    Args:
        width: Pixels of the upright picture; 0 where not even the header can be read.
        height: Pixels of the upright picture.
        mode: Pillow's.
        format: Pillow's.
        sha256: Of the file's bytes; empty while only the header was read.
        phash: The perceptual hash; None while it was not asked for.
        thumbnail: 16 x 16 grey values, row by row; empty while they were not asked for.
        problem: Why the file cannot be used; empty where it can, as far as it was read.
    """

    width: int = 0
    height: int = 0
    mode: str = ""
    format: str = ""
    sha256: str = ""
    phash: int | None = None
    thumbnail: bytes = b""
    problem: str = ""


_Stamp = tuple[int, int]  # size and time
_Lines = dict[str, tuple[_Stamp, Facts]]


class KnownFiles:
    """The facts of one folder's files; those of a file that has changed are not given any more."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self._root = root
        name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        self._path = (folder or cache_folder()) / f"files-{name}.jsonl"
        self._facts = _read(self._path)
        self._stamps: dict[str, _Stamp] = {}
        self._changed = False

    def get(self, path: Path) -> Facts:
        """What is known of a file, by its path relative to the root; empty facts where nothing is."""
        name, stamp = str(path), self._stamp(path)
        if stamp is None:
            return Facts()
        self._stamps[name] = stamp
        before, facts = self._facts.get(name, (None, Facts()))
        return facts if before == stamp else Facts()

    def put(self, path: Path, facts: Facts) -> None:
        """Takes down what was found of a file, as it was when it was asked for; nothing of one not there."""
        name = str(path)
        if stamp := self._stamps.get(name):
            self._facts[name] = stamp, facts
            self._changed = True

    def save(self) -> None:
        """Writes what is new; a cache that cannot be written is told of, and done without."""
        if self._changed:
            try:
                _write(self._path, self._facts)
                self._changed = False
            except OSError as error:
                logger.warning("%s: what was read is not kept for the next time (%s)", self._path, error)

    def _stamp(self, path: Path) -> _Stamp | None:
        try:
            found = (self._root / path).stat()
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns


def _read(path: Path) -> _Lines:
    """The lines of a cache; none where it is missing, of another version or damaged."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            if json.loads(file.readline()) != _VERSION:
                return {}
            lines = [json.loads(line) for line in file]
        return {name: ((size, time), _facts(*values)) for name, size, time, *values in lines}
    except (OSError, ValueError, TypeError):
        return {}


def _values(facts: Facts) -> list[Any]:
    header = facts.width, facts.height, facts.mode, facts.format
    return [*header, facts.sha256, facts.phash, b64encode(facts.thumbnail).decode(), facts.problem]


def _facts(*values: Any) -> Facts:
    width, height, mode, kind, sha256, phash, thumbnail, problem = values
    return Facts(width, height, mode, kind, sha256, phash, b64decode(thumbnail), problem)


def _write(path: Path, known: _Lines) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, durable=False) as file:
        for line in (_VERSION, *([name, *stamp, *_values(facts)] for name, (stamp, facts) in known.items())):
            file.write(json.dumps(line).encode() + b"\n")
