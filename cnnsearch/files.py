"""Files that are whole or absent: written under a hidden name beside their place, then moved into it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Replace a file in one step by what is written within the context; an exception keeps the older file.

    Args:
        path: The file; its folder has to exist.
        durable: Whether to wait until the disk has the content, so that a power cut cannot take it back.
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
    """Replace a file in one step by a text in UTF-8.

    Args:
        path: The file; its folder has to exist.
        text: The content.
        durable: Whether to wait until the disk has the content.
    """
    with replacing(path, durable=durable) as file:
        file.write(text.encode())


def unfinished(path: Path) -> Path:
    """Return a hidden name beside a file or a folder, under which it is written until it is whole."""
    return path.with_name(f".{path.name}-{uuid4().hex}")


def is_unfinished(path: Path) -> bool:
    """Return whether a file or a folder has such a name."""
    return re.fullmatch(r"\..+-[0-9a-f]{32}", path.name) is not None
