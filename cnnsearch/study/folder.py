"""A study's folder: runs/STUDY/{study.yaml, space.yaml, trials/, study.db, log.txt, best/}."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from cnnsearch.errors import SpaceError, StudyError
from cnnsearch.space import SearchSpace, load_space
from cnnsearch.space.hypermodels import hypermodel_space
from cnnsearch.study.records import Records
from cnnsearch.study.settings import Settings, load_settings
from cnnsearch.study.storage import (
    BEST,
    DATA,
    DATABASE,
    FINALISTS,
    LEDGER,
    LOG,
    METRICS,
    PROGRESS,
    REPORT,
    SETTINGS,
    SPACE,
    TRIALS,
    read_as,
    write_json,
)
from cnnsearch.suggestions import did_you_mean


class _Data(BaseModel):
    folder: str
    summary: dict[str, Any]


class _Progress(BaseModel):
    seconds: float = 0.0
    workers: int = 1


_DATA, _PROGRESS = TypeAdapter(_Data), TypeAdapter(_Progress)


@dataclass(frozen=True)
class Study:
    """A study on the disk.

    Attributes:
        path: `runs/STUDY`.
    """

    path: Path

    @property
    def name(self) -> str:
        """The study's name, which is its folder's."""
        return self.path.name

    @property
    def runs(self) -> Path:
        """The folder of all studies, which holds mlflow.db and artifacts/ too."""
        return self.path.parent

    @cached_property
    def settings(self) -> Settings:
        """What the search was told."""
        return load_settings(self.path / SETTINGS)

    @cached_property
    def space(self) -> SearchSpace:
        """The space, as it was when the study began; a hypermodel's, with what its trials have asked for."""
        if self.settings.hypermodel:
            return self._hypermodel_space()
        try:
            return load_space(self.path / SPACE)
        except SpaceError as error:
            raise StudyError(f"{self.path}: the study's space cannot be read: {error}") from None

    def _hypermodel_space(self) -> SearchSpace:
        recipes = (record.trial.candidate.architecture.recipe for record in self.records())
        settings = self.settings
        known = [recipe for recipe in recipes if recipe is not None]
        return hypermodel_space(settings.hypermodel, settings.hypermodel_folder, known)

    @property
    def data_folder(self) -> Path:
        """Where the dataset's arrays stand, for `cnnsearch.data.open_stored`."""
        return self.runs / ".data" / self._data.folder

    @property
    def data_summary(self) -> dict[str, Any]:
        """The dataset's summary, as it was when the study began."""
        return self._data.summary

    @property
    def _data(self) -> _Data:
        return read_as(self.path / DATA, _DATA)

    @property
    def log(self) -> Path:
        """The log file."""
        return self.path / LOG

    @property
    def ledger(self) -> Path:
        """Who read the test split, when and why."""
        return self.path / LEDGER

    @property
    def best(self) -> Path:
        """The bundle."""
        return self.path / BEST

    @property
    def is_bundled(self) -> bool:
        """Whether the bundle is there."""
        return (self.best / METRICS).exists()

    @property
    def finalists(self) -> Path:
        """The folder of the finish: its plan, and the finalists' retrainings."""
        return self.path / FINALISTS

    @property
    def database(self) -> Path:
        """The study for Optuna's own tools, an SQLite file."""
        return self.path / DATABASE

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / REPORT

    def trial_folder(self, number: int) -> Path:
        """Where everything of a trial stands."""
        return Records(self.path / TRIALS).trial_folder(number)

    def records(self) -> Records:
        """The records as they stand on the disk now."""
        return Records(self.path / TRIALS).load()

    @property
    def seconds(self) -> float:
        """How long the search has taken so far, over all its runs."""
        return self._progress.seconds

    @property
    def settled(self) -> Settings:
        """What the search was told, with as many workers as it has found to be right here."""
        if self.settings.workers != "auto":
            return self.settings
        return self.settings.model_copy(update={"workers": self._progress.workers})

    @property
    def _progress(self) -> _Progress:
        file = self.path / PROGRESS
        return read_as(file, _PROGRESS) if file.exists() else _Progress()

    def save_progress(self, seconds: float, workers: int) -> None:
        """Records how long the search has taken so far, and with how many workers."""
        progress = {"seconds": round(seconds, 3), "workers": workers}
        write_json(self.path / PROGRESS, progress, durable=False)


def all_studies(runs: Path) -> list[Study]:
    """The studies of a runs folder, by name. A folder whose name begins with a dot is an unfinished one."""
    return [Study(file.parent.resolve()) for file in sorted(runs.glob(f"[!.]*/{SETTINGS}"))]


def find_study(name_or_path: str | Path, runs: Path) -> Study:
    """A study by its name within `runs`, or by its path.

    Raises:
        StudyError: There is none; the message offers the near names.
    """
    for path in (runs / name_or_path, Path(name_or_path)):
        if (path / SETTINGS).is_file():
            return Study(path.resolve())
    known = [study.name for study in all_studies(runs)]
    hint = did_you_mean(str(name_or_path), known)
    raise StudyError(
        f"no study '{name_or_path}' in {runs} ({', '.join(sorted(known)) or 'it has none'}).{hint}"
    )
