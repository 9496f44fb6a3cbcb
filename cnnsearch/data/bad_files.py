"""Image files that cannot be decoded: all listed in one error, or skipped up to a limit."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cnnsearch.data.known_files import Facts
from cnnsearch.data.listing import named
from cnnsearch.data.reading import Reading
from cnnsearch.errors import DataError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BadFiles:
    """The unreadable files of a source.

    Args:
        place: The source, for messages.
        root: The folder to which paths are relative.
        reading: Whether unreadable files are an error, and the maximum fraction to skip.
        total: Number of files in the source.
        problems: Reason for each unreadable file.
    """

    place: str
    root: Path
    reading: Reading
    total: int
    problems: Mapping[Path, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.problems)

    @property
    def is_error(self) -> bool:
        """Whether there are unreadable files and they are an error."""
        return bool(self.problems) and self.reading.on_bad == "error"

    def with_problems(self, paths: Iterable[Path], facts: Iterable[Facts]) -> "BadFiles":
        """Return the bad files including those of `paths` that have a problem."""
        problems = {path: fact.problem for path, fact in zip(paths, facts, strict=True) if fact.problem}
        return replace(self, problems={**self.problems, **problems})

    def with_headers(self, paths: Iterable[Path], facts: Iterable[Facts]) -> "BadFiles":
        """Return the bad files including those of `paths` whose header cannot be read."""
        pairs = [(path, fact) for path, fact in zip(paths, facts, strict=True) if not fact.width]
        return self.with_problems([path for path, _ in pairs], [fact for _, fact in pairs])

    def check(self) -> None:
        """Check that the unreadable files may be skipped.

        Raises:
            DataError: There are unreadable files and they are an error, or more than the allowed fraction.
        """
        if not self.problems:
            return
        lines = [f"{path}: {problem}" for path, problem in sorted(self.problems.items())]
        what = f"{self.place}: {len(lines)} of {self.total} files cannot be read as images"
        if self.reading.on_bad == "error":
            raise DataError(f"{what}:{named(lines)}\nFix or remove them, or skip them with --on-bad skip.")
        if len(lines) > self.reading.most_bad * self.total:
            raise DataError(
                f"{what}, more than the {self.reading.most_bad:.0%} that may be skipped:{named(lines)}\n"
                f"Fix or remove them; `cnnsearch data check` lists all of them."
            )

    def tell(self) -> None:
        """Log a warning for each skipped file."""
        for path, problem in sorted(self.problems.items()):
            logger.warning("%s: skipped: %s", self.root / path, problem)
