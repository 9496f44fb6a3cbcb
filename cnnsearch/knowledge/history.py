"""The history: all experiences that count for a recommendation, from the package, the user's folder and a
runs folder. Nothing in it is ever changed; a later experience of the same study takes the place of an earlier
one."""

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from cnnsearch.errors import KnowledgeError, StudyError
from cnnsearch.knowledge.experience import Experience, Finding, experience_of
from cnnsearch.knowledge.pack import SUFFIX, read_pack, write_pack
from cnnsearch.study.folder import Study, all_studies
from cnnsearch.study.storage import EXPERIENCE, SETTINGS

logger = logging.getLogger(__name__)
SHIPPED, ADDED = "shipped", "added"
"""The names of the sources other than runs folders."""


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
class Known:
    """An experience and its source."""

    finding: Finding
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


def read_history(runs: Path | None) -> list[Known]:
    """Return all experiences that count, the latest of each study.

    A file that cannot be read is left out, with a warning: a search does not fail because of it.
    """
    known = (Known(finding, source.name) for source in sources(runs) for finding in _read(source))
    return latest(known)


def _read(source: Source) -> Iterator[Finding]:
    for file in source.files:
        try:
            yield from read_pack(file)
        except KnowledgeError as error:
            logger.warning("%s; it is left out", error)


def latest(known: Iterable[Known]) -> list[Known]:
    """Return one experience for each study, that with the most trials, in a fixed order."""
    best: dict[str, Known] = {}
    for each in known:
        experience = each.finding.experience
        other = best.get(experience.study)
        if other is None or _rank(experience) > _rank(other.finding.experience):
            best[experience.study] = each
    return [best[study] for study in sorted(best)]


def _rank(experience: Experience) -> tuple[int, str]:
    return len(experience.trials), experience.digest


def record(study: Study) -> Path | None:
    """Write the experience of a study into its folder, for later recommendations; None if it has none.

    A failure is only a warning: the study itself is complete.
    """
    file = study.path / EXPERIENCE
    try:
        finding = experience_of(study)
        if finding is None:
            return None
        write_pack(file, [finding])
    except OSError as error:
        logger.warning("%s: cannot be written: %s", file, error.strerror or error)
        return None
    return file


def add(findings: Iterable[Finding]) -> int:
    """Add experiences to the user's folder, a file for each; return how many were new."""
    folder, count = history_folder(), 0
    for finding in findings:
        experience = finding.experience
        file = folder / f"{experience.study}-{experience.digest}{SUFFIX}"
        if file.exists():
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_pack(file, [finding])
        except OSError as error:
            raise KnowledgeError(f"{folder}: cannot be written: {error.strerror or error}") from None
        count += 1
    return count


def findings_in(folder: Path) -> list[Finding]:
    """Return the experiences of a study, or of all studies of a runs folder, from their records.

    Raises:
        StudyError: There is no study, or its records are damaged.
    """
    studies = [Study(folder.resolve())] if (folder / SETTINGS).is_file() else all_studies(folder)
    if not studies:
        raise StudyError(f"{folder}: found no study; expected a folder of studies, or the folder of one")
    return [finding for study in studies if (finding := experience_of(study)) is not None]
