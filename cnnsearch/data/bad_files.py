"""The files of a source that cannot be decoded: all named in one error, or left out up to a limit."""

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
    """The bad files found so far.

    Args:
        place: The source, for messages.
        root: The folder that paths are relative to.
        reading: Whether they are an error, or up to which share they are left out.
        total: How many files the source has.
        problems: What is wrong with each bad file.
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
        """Whether there are bad files, and none may be left out."""
        return bool(self.problems) and self.reading.on_bad == "error"

    def with_problems(self, paths: Iterable[Path], facts: Iterable[Facts]) -> "BadFiles":
        """With the files that have a problem."""
        found = {path: fact.problem for path, fact in zip(paths, facts, strict=True) if fact.problem}
        return replace(self, problems={**self.problems, **found})

    def with_headers(self, paths: Iterable[Path], facts: Iterable[Facts]) -> "BadFiles":
        """With the files whose header cannot be read."""
        pairs = [(path, fact) for path, fact in zip(paths, facts, strict=True) if not fact.width]
        return self.with_problems([path for path, _ in pairs], [fact for _, fact in pairs])

    def check(self) -> None:
        """Refuses the bad files.

        Raises:
            DataError: There are any, or more than may be left out.
        """
        if not self.problems:
            return
        lines = [f"{path}: {problem}" for path, problem in sorted(self.problems.items())]
        what = f"{self.place}: {len(lines)} of {self.total} files cannot be read as pictures"
        if self.reading.on_bad == "error":
            raise DataError(
                f"{what}:{named(lines)}\nMend or remove them, or leave them out with --on-bad skip."
            )
        if len(lines) > self.reading.most_bad * self.total:
            raise DataError(
                f"{what}, more than the {self.reading.most_bad:.0%} that may be left out:{named(lines)}\n"
                f"Mend or remove them; `cnnsearch data check` lists them all."
            )

    def tell(self) -> None:
        """Warns of each file that is left out."""
        for path, problem in sorted(self.problems.items()):
            logger.warning("%s: left out: %s", self.root / path, problem)
