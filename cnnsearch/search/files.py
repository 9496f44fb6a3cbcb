"""Files that are whole or not there: written beside, flushed to the disk, then moved into place."""

import json
import os
from pathlib import Path
from typing import Any


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Replaces a file in one step.

    Args:
        path: The file; its folder has to exist.
        text: What it will hold.
        durable: Whether to wait until the disk has it, so that a power cut cannot take it back.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Replaces a JSON file in one step."""
    write_text(path, json.dumps(value, indent=1), durable=durable)


def read_json(path: Path) -> Any:
    """What a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))
