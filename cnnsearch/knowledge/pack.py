"""A file of experiences: JSON Lines, compressed with gzip. The first line names the format and its version;
each other line holds a configuration with its key, or an experience, which names its configurations by their
keys.

The same experiences give the same file, byte by byte.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cnnsearch.errors import KnowledgeError
from cnnsearch.files import replacing
from cnnsearch.knowledge.experience import Configuration, Experience
from cnnsearch.version import __version__

FORMAT, VERSION = "cnnsearch history", 1
SUFFIX = ".jsonl.gz"
MOST_BYTES, MOST_LINES = 200_000_000, 1_000_000
"""The size of a file's content above which it is refused."""


def write_pack(path: Path, experiences: Iterable[Experience]) -> None:
    """Write a file of experiences atomically; its folder must exist."""
    with replacing(path) as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(pack_text(experiences).encode())


def pack_text(experiences: Iterable[Experience]) -> str:
    """Return the lines of a file of experiences, in the order of their digests."""
    by_digest = {experience.digest: experience for experience in experiences}
    ordered = [by_digest[digest] for digest in sorted(by_digest)]
    configurations = {key: value for each in ordered for key, value in each.configurations.items()}
    lines: list[dict[str, Any]] = [{"format": FORMAT, "version": VERSION}]
    lines += [
        {"key": key, "configuration": configurations[key].model_dump(mode="json")}
        for key in sorted(configurations)
    ]
    lines += [{"experience": each.model_dump(mode="json", exclude={"configurations"})} for each in ordered]
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def read_pack(path: Path) -> list[Experience]:
    """Read a file of experiences.

    Raises:
        KnowledgeError: The file cannot be read, is damaged, has another format, or a newer version.
    """
    try:
        with gzip.open(path) as file:
            return list(_experiences(file, path))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "it is not a file that `history --export` wrote"
        raise KnowledgeError(f"{path}: cannot be read: {reason}") from None


def _experiences(file: gzip.GzipFile, path: Path) -> Iterator[Experience]:
    lines = _lines(file, path)
    _check_header(next(lines, b""), path)
    configurations: dict[str, Configuration] = {}
    for number, line in enumerate(lines, start=2):
        try:
            match json.loads(line):
                case {"configuration": configuration, "key": str() as key}:
                    configurations[key] = Configuration.model_validate(configuration)
                case {"experience": {"trials": list() as trials} as experience}:
                    keys = {trial["configuration"] for trial in trials}
                    own = {key: configurations[key] for key in sorted(keys)}
                    yield Experience.model_validate({**experience, "configurations": own})
                case _:
                    raise ValueError("neither a configuration nor an experience")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise KnowledgeError(
                f"{path}, line {number}: is damaged, or written by a cnnsearch after {__version__}: "
                f"{_reason(error)}"
            ) from None


def _lines(file: gzip.GzipFile, path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, up to its largest size."""
    left = MOST_BYTES
    for number in range(MOST_LINES + 1):
        line = file.readline(left + 1)
        left -= len(line)
        if left < 0 or number == MOST_LINES:
            raise KnowledgeError(
                f"{path}: cannot be read: it has more than {MOST_BYTES:,} bytes or {MOST_LINES:,} lines"
            )
        if not line:
            return
        yield line


def _check_header(line: bytes, path: Path) -> None:
    try:
        header = json.loads(line)
        name, version = header["format"], header["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        name, version = None, 0
    if name != FORMAT or not isinstance(version, int):
        raise KnowledgeError(f"{path}: is not a file that `cnnsearch history --export` wrote")
    if version > VERSION:
        raise KnowledgeError(
            f"{path}: has version {version} of the format; this cnnsearch reads versions up to {VERSION}. "
            "Use a newer cnnsearch"
        )


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors()[0]
        return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
    return f"configuration {error} is missing" if isinstance(error, KeyError) else str(error)[:200]
