"""The files of a listing are looked at in parallel: their headers, or each decoded once with its hashes."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from cnnsearch.data.known_files import Facts, KnownFiles
from cnnsearch.data.pictures import PictureError, decoding_threads, read_content, read_header, read_look
from cnnsearch.data.reading import Tell

_STRIP = 8  # files that a thread looks at in a row


def examine_headers(root: Path, paths: Sequence[Path], known: KnownFiles) -> list[Facts]:
    """What is known of each file, with its header read where nothing was."""

    def look(path: Path) -> Facts:
        return _header_facts(root / path)

    return _examined(paths, known, look, lambda facts: bool(facts.mode or facts.problem), None)


def examine_pictures(
    root: Path, paths: Sequence[Path], known: KnownFiles, tell: Tell | None = None
) -> list[Facts]:
    """What is known of each file, decoded and hashed where that was not done before."""

    def look(path: Path) -> Facts:
        return picture_facts(root / path)

    return _examined(paths, known, look, _is_whole, tell)


def picture_facts(path: Path) -> Facts:
    """Reads a file, decodes it and hashes it; the digest of what is no picture is taken too."""
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


def _is_whole(facts: Facts) -> bool:
    return facts.phash is not None or bool(facts.problem and facts.sha256)


def _examined(
    paths: Sequence[Path],
    known: KnownFiles,
    look: Callable[[Path], Facts],
    is_enough: Callable[[Facts], bool],
    tell: Tell | None,
) -> list[Facts]:
    found = [known.get(path) for path in paths]
    left = [index for index, facts in enumerate(found) if not is_enough(facts)]
    done = len(paths) - len(left)
    try:
        with decoding_threads() as pool:
            strips = [left[start : start + _STRIP] for start in range(0, len(left), _STRIP)]
            looks = pool.map(lambda strip: [look(paths[index]) for index in strip], strips)
            for index, facts in zip(left, chain.from_iterable(looks), strict=True):
                found[index] = facts
                known.put(paths[index], facts)
                done += 1
                if tell:
                    tell(done, len(paths))
    finally:
        known.save()  # an interrupted pass goes on from here
    return found
