"""A file of experiences: JSON Lines, compressed with gzip. The first line names the format and its version;
each other line holds one recipe or one experience, which names its recipes by their digests.

The same experiences give the same file, byte by byte. A file is never changed: more experience is another
file.
"""

import gzip
import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cnnsearch.errors import KnowledgeError
from cnnsearch.files import replacing
from cnnsearch.knowledge.experience import Experience, Finding, Recipe

FORMAT, VERSION = "cnnsearch history", 1
SUFFIX = ".jsonl.gz"
MOST_BYTES = 200_000_000
"""Bytes of a file's content above which it is refused."""


def write_pack(path: Path, findings: Iterable[Finding]) -> None:
    """Write a file of experiences atomically; its folder must exist."""
    with replacing(path) as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(pack_text(findings).encode())


def pack_text(findings: Iterable[Finding]) -> str:
    """Return the lines of a file of experiences, in the order of their digests."""
    known = list(findings)
    recipes = {digest: recipe for finding in known for digest, recipe in finding.recipes.items()}
    experiences = {finding.experience.digest: finding.experience for finding in known}
    lines: list[dict[str, Any]] = [{"format": FORMAT, "version": VERSION}]
    lines += [{"recipe": recipes[digest].model_dump(mode="json")} for digest in sorted(recipes)]
    lines += [{"experience": experiences[digest].model_dump(mode="json")} for digest in sorted(experiences)]
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def read_pack(path: Path) -> list[Finding]:
    """Read a file of experiences.

    Raises:
        KnowledgeError: The file cannot be read, is damaged, has another format, or a newer version.
    """
    try:
        with gzip.open(path) as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "it is not a file that `history --export` wrote"
        raise KnowledgeError(f"{path}: cannot be read: {reason}") from None
    if len(content) > MOST_BYTES:
        raise KnowledgeError(f"{path}: cannot be read: it has more than {MOST_BYTES:,} bytes")
    return _parsed(content, path)


def _parsed(content: bytes, path: Path) -> list[Finding]:
    first, *others = content.splitlines() or [b""]
    _check_header(first, path)
    recipes: dict[str, Recipe] = {}
    findings = []
    for number, line in enumerate(others, start=2):
        try:
            match json.loads(line):
                case {"recipe": recipe}:
                    found = Recipe.model_validate(recipe)
                    recipes[found.digest] = found
                case {"experience": experience}:
                    findings.append(_finding(Experience.model_validate(experience), recipes))
                case _:
                    raise ValueError("neither a recipe nor an experience")
        except (ValueError, KeyError) as error:
            raise KnowledgeError(f"{path}, line {number}: is damaged: {_reason(error)}") from None
    return findings


def _check_header(line: bytes, path: Path) -> None:
    try:
        header = json.loads(line)
        name, version = header["format"], header["version"]
    except (ValueError, KeyError, TypeError):
        name, version = None, 0
    if name != FORMAT or not isinstance(version, int):
        raise KnowledgeError(f"{path}: is not a file that `cnnsearch history --export` wrote")
    if version > VERSION:
        raise KnowledgeError(
            f"{path}: has version {version} of the format; this cnnsearch reads versions up to {VERSION}. "
            "Use a newer cnnsearch"
        )


def _finding(experience: Experience, recipes: dict[str, Recipe]) -> Finding:
    own = {trial.recipe: recipes[trial.recipe] for trial in experience.trials}
    return Finding(experience=experience, recipes=own)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors()[0]
        return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
    return f"recipe {error} is missing" if isinstance(error, KeyError) else str(error).partition("\n")[0]
