"""Atomic writing of files: under a hidden temporary name beside the target, then renamed; and whether that is
possible."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Replace a file atomically by the content written within the context; an exception keeps the old file.

    Args:
        path: The file; its folder must exist.
        durable: Whether to wait until the content is on disk, so that it survives a power cut.
    """
    temporary = unfinished(path)
    try:
        with temporary.open("wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Replace a file atomically by a text in UTF-8.

    Args:
        path: The file; its folder must exist.
        text: The new content.
        durable: Whether to wait until the content is on disk.
    """
    with replacing(path, durable=durable) as file:
        file.write(text.encode())


def is_writable(path: Path) -> bool:
    """Return whether a file or folder can be written, or created in the nearest folder that exists."""
    existing = next(place for place in (path, *path.absolute().parents) if place.exists())
    return os.access(existing, os.W_OK)


def unfinished(path: Path) -> Path:
    """Return a hidden name beside a file or a folder, used while it is written."""
    return path.with_name(f".{path.name}-{uuid4().hex}")


def is_unfinished(path: Path) -> bool:
    """Return whether a file or a folder has a name given by `unfinished`."""
    return re.fullmatch(r"\..+-[0-9a-f]{32}", path.name) is not None
