"""Parallel examination of image files: headers only, or one decoding with hashes."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from cnnsearch.data.header import Header
from cnnsearch.data.known_files import Facts, KnownFiles
from cnnsearch.data.pictures import (
    PictureError,
    StrPath,
    full_paths,
    read_content,
    read_header,
    read_look,
)
from cnnsearch.data.reading import Tell
from cnnsearch.data.threads import strip_threads

_STRIP = 8  # files per task of a thread
_HEADER_STRIP = 64  # a header takes less time than the scheduling of a task


def examine_headers(root: Path, paths: Sequence[Path], known: KnownFiles) -> list[Facts]:
    """Return the facts of each file; the header is read if no facts are known."""

    def is_enough(facts: Facts) -> bool:
        return bool(facts.mode or facts.problem)

    return _examined(root, paths, known, _header_facts, is_enough, _HEADER_STRIP)


def examine_pictures(
    root: Path, paths: Sequence[Path], known: KnownFiles, tell: Tell | None = None
) -> list[Facts]:
    """Return the facts of each file; it is decoded and hashed unless its hashes are known."""
    return _examined(root, paths, known, picture_facts, _is_complete, _STRIP, tell)


def picture_facts(path: StrPath) -> Facts:
    """Read, decode and hash a file; the SHA-256 digest is computed even if it is not an image."""
    facts = Facts()
    try:
        content = read_content(path)
        facts = Facts(sha256=hashlib.sha256(content).hexdigest())
        facts = replace(_facts(read_header(path)), sha256=facts.sha256)
        return replace(facts, **vars(read_look(path, content)))
    except PictureError as error:
        return replace(facts, problem=str(error))


def _header_facts(path: StrPath) -> Facts:
    try:
        return _facts(read_header(path))
    except PictureError as error:
        return Facts(problem=str(error))


def _facts(header: Header) -> Facts:
    return Facts(header.width, header.height, header.mode, header.format)


def _is_complete(facts: Facts) -> bool:
    return facts.phash is not None or bool(facts.problem and facts.sha256)


def _examined(
    root: Path,
    paths: Sequence[Path],
    known: KnownFiles,
    look: Callable[[str], Facts],
    is_enough: Callable[[Facts], bool],
    strip: int,
    tell: Tell | None = None,
) -> list[Facts]:
    results = [known.get(path) for path in paths]
    left = [index for index, facts in enumerate(results) if not is_enough(facts)]
    done = len(paths) - len(left)
    try:
        with strip_threads() as threads:
            files = full_paths(root, [paths[index] for index in left])
            looks = chain.from_iterable(threads.map(look, files, strip))
            for index, facts in zip(left, looks, strict=True):
                results[index] = facts
                known.put(paths[index], facts)
                done += 1
                if tell:
                    tell(done, len(paths))
    finally:
        known.save()  # an interrupted pass resumes from here
    return results
