"""Parallel examination of image files: headers only, or one decoding with hashes."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from cnnsearch.data.known_files import Facts, KnownFiles
from cnnsearch.data.pictures import PictureError, decoding_threads, read_content, read_header, read_look
from cnnsearch.data.reading import Tell

_STRIP = 8  # files per task of a thread


def examine_headers(root: Path, paths: Sequence[Path], known: KnownFiles) -> list[Facts]:
    """Return the facts of each file; the header is read if no facts are known."""

    def look(path: Path) -> Facts:
        return _header_facts(root / path)

    return _examined(paths, known, look, lambda facts: bool(facts.mode or facts.problem), None)


def examine_pictures(
    root: Path, paths: Sequence[Path], known: KnownFiles, tell: Tell | None = None
) -> list[Facts]:
    """Return the facts of each file; it is decoded and hashed unless its hashes are known."""

    def look(path: Path) -> Facts:
        return picture_facts(root / path)

    return _examined(paths, known, look, _is_complete, tell)


def picture_facts(path: Path) -> Facts:
    """Read, decode and hash a file; the SHA-256 digest is computed even if it is not an image."""
    facts = Facts()
    try:
        content = read_content(path)
        facts = Facts(sha256=hashlib.sha256(content).hexdigest())
        facts = replace(facts, **vars(read_header(path)))
        return replace(facts, **vars(read_look(path, content)))
    except PictureError as error:
        return replace(facts, problem=str(error))


def _header_facts(path: Path) -> Facts:
    try:
        header = read_header(path)
    except PictureError as error:
        return Facts(problem=str(error))
    return Facts(header.width, header.height, header.mode, header.format)


def _is_complete(facts: Facts) -> bool:
    return facts.phash is not None or bool(facts.problem and facts.sha256)


def _examined(
    paths: Sequence[Path],
    known: KnownFiles,
    look: Callable[[Path], Facts],
    is_enough: Callable[[Facts], bool],
    tell: Tell | None,
) -> list[Facts]:
    results = [known.get(path) for path in paths]
    left = [index for index, facts in enumerate(results) if not is_enough(facts)]
    done = len(paths) - len(left)
    try:
        with decoding_threads() as pool:
            strips = [left[start : start + _STRIP] for start in range(0, len(left), _STRIP)]
            looks = pool.map(lambda strip: [look(paths[index]) for index in strip], strips)
            for index, facts in zip(left, chain.from_iterable(looks), strict=True):
                results[index] = facts
                known.put(paths[index], facts)
                done += 1
                if tell:
                    tell(done, len(paths))
    finally:
        known.save()  # an interrupted pass resumes from here
    return results
