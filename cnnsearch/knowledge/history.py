"""The history: all experiences that count for a recommendation, from the package, the user's folder and a
runs folder. Of several versions of a study the most complete one counts."""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from cnnsearch.errors import CnnsearchError, KnowledgeError, StudyError
from cnnsearch.knowledge.experience import Experience, experience_of
from cnnsearch.knowledge.pack import SUFFIX, read_pack, write_pack
from cnnsearch.study.folder import Study, all_studies
from cnnsearch.study.storage import EXPERIENCE, SETTINGS

logger = logging.getLogger(__name__)

SHIPPED, ADDED = "shipped", "added"
"""The names of the sources other than runs folders."""
FAILURES = (CnnsearchError, OSError, ValueError, ArithmeticError, MemoryError)
"""What can go wrong with one study's experience; it is then left out, and nothing else fails."""


@dataclass(frozen=True)
class Source:
    """Where experiences are from.

    Attributes:
        name: The source in words, such as `shipped`.
        files: Its files.
    """

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class HistoryEntry:
    """An experience and its source."""

    experience: Experience
    source: str


def history_folder() -> Path:
    """Return the user's folder of added experiences: `CNNSEARCH_HISTORY`, by default `cnnsearch/history` in
    `XDG_DATA_HOME`."""
    if chosen := os.environ.get("CNNSEARCH_HISTORY"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "cnnsearch" / "history"


def shipped_folder() -> Path:
    """Return the folder of the shipped experiences."""
    return Path(str(resources.files("cnnsearch"))) / "knowledge" / "shipped"


def sources(runs: Path | None) -> list[Source]:
    """Return where experiences are looked for: shipped ones, added ones, and the studies of a runs folder."""
    found = [
        Source(SHIPPED, tuple(sorted(shipped_folder().glob(f"*{SUFFIX}")))),
        Source(ADDED, tuple(sorted(history_folder().glob(f"*{SUFFIX}")))),
    ]
    if runs is not None:
        found.append(Source(str(runs), tuple(sorted(runs.glob(f"[!.]*/{EXPERIENCE}")))))
    return found


def read_history(runs: Path | None) -> list[HistoryEntry]:
    """Return all experiences that count, the latest of each study.

    A file that cannot be read is left out, with a warning: a search does not fail because of it.
    """
    return latest(HistoryEntry(each, source.name) for source in sources(runs) for each in readable(source))


def readable(source: Source) -> Iterator[Experience]:
    """Yield the experiences of a source; a file that cannot be read is left out, with a warning."""
    for file in source.files:
        try:
            yield from read_pack(file)
        except KnowledgeError as error:
            logger.warning("%s; it is left out", error)


def latest(entries: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    """Return one experience for each study, the most complete one, in a fixed order.

    The data of a shipped study have its origin in all studies.
    """
    best: dict[str, HistoryEntry] = {}
    origins: dict[str, str] = {}
    for entry in entries:
        if entry.source == SHIPPED:
            origins[entry.experience.fingerprint] = entry.experience.origin
        other = best.get(entry.experience.study)
        if other is None or _rank(entry.experience) > _rank(other.experience):
            best[entry.experience.study] = entry
    return [_with_origin(best[study], origins) for study in sorted(best)]


def _with_origin(entry: HistoryEntry, origins: Mapping[str, str]) -> HistoryEntry:
    experience = entry.experience
    origin = origins.get(experience.fingerprint, experience.origin)
    if origin == experience.origin:
        return entry
    return replace(entry, experience=experience.model_copy(update={"origin": origin}))


def _rank(experience: Experience) -> tuple[int, int, str]:
    """Compare versions of a study: by trials, then by values of parameters, which exported ones can lack."""
    params = sum(len(each.params) for each in experience.configurations.values())
    return len(experience.trials), params, experience.digest


def record(study: Study) -> Path | None:
    """Write the experience of a study into its folder, for later recommendations; None if it has none.

    A failure is only a warning: the study itself is complete.
    """
    file = study.path / EXPERIENCE
    try:
        experience = experience_of(study)
        if experience is None:
            return None
        write_pack(file, [experience])
    except FAILURES as error:
        logger.warning("%s: the experience of the study is not written: %s", file, error)
        return None
    return file


def add(experiences: Iterable[Experience]) -> int:
    """Add experiences to the user's folder, a file for each; return how many were new.

    Raises:
        KnowledgeError: The folder cannot be written.
    """
    folder, count = history_folder(), 0
    for experience in experiences:
        file = folder / f"{experience.study}-{experience.digest}{SUFFIX}"
        if file.exists():
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_pack(file, [experience])
        except OSError as error:
            raise KnowledgeError(f"{folder}: cannot be written: {error.strerror or error}") from None
        count += 1
    return count


def experiences_in(folder: Path) -> list[Experience]:
    """Return the experiences of a study, or of all studies of a runs folder: from their records, or as they
    were written where the data are gone. A study that is damaged is left out, with a warning.

    Raises:
        StudyError: There is no study.
    """
    studies = [Study(folder.resolve())] if (folder / SETTINGS).is_file() else all_studies(folder)
    if not studies:
        raise StudyError(f"{folder}: found no study; expected a folder of studies, or the folder of one")
    return [experience for study in studies for experience in _of_study(study)]


def _of_study(study: Study) -> list[Experience]:
    written = study.path / EXPERIENCE
    try:
        if study.data_folder.is_dir() or not written.exists():
            found = experience_of(study)
            return [] if found is None else [found]
        return read_pack(written)
    except FAILURES as error:
        logger.warning("%s is left out: %s", study.path, error)
        return []
