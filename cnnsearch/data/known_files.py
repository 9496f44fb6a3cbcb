"""Cache of facts about image files by path, size and modification time, so that none is decoded twice.

There is one JSON Lines file per data folder in the user's cache; it holds sizes and digests, and no image
data beyond 16 x 16 thumbnails.
"""

import hashlib
import json
import logging
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import PIL

from cnnsearch.caching import cache_folder
from cnnsearch.files import replacing

logger = logging.getLogger(__name__)

_VERSION = f"cnnsearch files 2, Pillow {PIL.__version__}"  # other Pillow versions may read other files


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about an image file; a field that has not been examined is empty.

    Args:
        width: Width in pixels after EXIF orientation; 0 if the header cannot be read.
        height: Height in pixels after EXIF orientation.
        mode: Pillow mode.
        format: Pillow format.
        sha256: SHA-256 digest of the file; empty if only the header was read.
        phash: Perceptual hash; None if not computed.
        thumbnail: 16 x 16 grey values in row-major order; empty if not computed.
        problem: Why the file cannot be used; empty if no problem was detected.
    """

    width: int = 0
    height: int = 0
    mode: str = ""
    format: str = ""
    sha256: str = ""
    phash: int | None = None
    thumbnail: bytes = b""
    problem: str = ""


_UNKNOWN = Facts()
_LINE = 1024  # files per line, because a call of the encoder takes longer than the values of a file; once 1
_Stamp = tuple[int, int]  # size and time
_Lines = dict[str, tuple[_Stamp, Facts]]


class KnownFiles:
    """Cached facts about the files of one folder; a changed file has none."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self._prefix = os.path.join(root, "")  # noqa: PTH118, pathlib takes longer than a look at the file
        name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        self._path = (folder or cache_folder()) / f"files-{name}.jsonl"
        self._facts = _read(self._path)
        self._stamps: dict[str, _Stamp] = {}
        self._changed = False

    def get(self, path: Path) -> Facts:
        """Return the facts of a file by its path relative to the root; empty if there are none."""
        name = str(path)
        stamp = self._stamp(name)
        if stamp is None:
            return _UNKNOWN
        self._stamps[name] = stamp
        before, facts = self._facts.get(name, (None, _UNKNOWN))
        return facts if before == stamp else _UNKNOWN

    def put(self, path: Path, facts: Facts) -> None:
        """Record the facts of a file as of the last `get`; ignored if the file did not exist then."""
        name = str(path)
        if stamp := self._stamps.get(name):
            self._facts[name] = stamp, facts
            self._changed = True

    def save(self) -> None:
        """Write new facts; log a warning if the cache cannot be written."""
        if self._changed:
            try:
                _write(self._path, self._facts)
                self._changed = False
            except OSError as error:
                logger.warning("%s: the cache of image files could not be written (%s)", self._path, error)

    def _stamp(self, name: str) -> _Stamp | None:
        try:
            status = os.stat(self._prefix + name)  # noqa: PTH116
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns


def _read(path: Path) -> _Lines:
    """Return the lines of a cache file; empty if it is missing, of another version or damaged."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            if json.loads(file.readline()) != _VERSION:
                return {}
            lines = [json.loads(line) for line in file]
        rows = chain.from_iterable(line if isinstance(line[0], list) else [line] for line in lines)
        return {name: ((size, time), _facts(*values)) for name, size, time, *values in rows}
    except (OSError, ValueError, TypeError, LookupError):
        return {}


def _row(name: str, stamp: _Stamp, facts: Facts) -> tuple[Any, ...]:
    thumbnail = b64encode(facts.thumbnail).decode() if facts.thumbnail else ""
    header = facts.width, facts.height, facts.mode, facts.format
    return name, *stamp, *header, facts.sha256, facts.phash, thumbnail, facts.problem


def _facts(*values: Any) -> Facts:
    width, height, mode, kind, sha256, phash, thumbnail, problem = values
    return Facts(width, height, mode, kind, sha256, phash, b64decode(thumbnail), problem)


def _write(path: Path, known: _Lines) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, durable=False) as file:
        file.write(json.dumps(_VERSION).encode() + b"\n")
        rows = (_row(name, stamp, facts) for name, (stamp, facts) in known.items())
        while line := list(islice(rows, _LINE)):
            file.write(json.dumps(line).encode() + b"\n")
