"""A study's folder: runs/STUDY/{study.yaml, space.yaml, trials/, study.db, log.txt, best/}."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from cnnsearch.errors import SpaceError, StudyError
from cnnsearch.space import Hypermodel, Space, load_space
from cnnsearch.space.hypermodels import hypermodel_space
from cnnsearch.study.records import Records
from cnnsearch.study.settings import GroupSize, Settings, load_settings
from cnnsearch.study.storage import (
    BEST,
    DATA,
    DATABASE,
    DATASETS,
    FINALISTS,
    LEDGER,
    LOG,
    METRICS,
    PROGRESS,
    REPORT,
    SETTINGS,
    SPACE,
    TRIALS,
    own_tracking_uri,
    read_as,
    write_json,
)
from cnnsearch.suggestions import did_you_mean
from cnnsearch.training.engine_use import EngineChoice


class _Data(BaseModel):
    folder: str
    summary: dict[str, Any]


class _Progress(BaseModel):
    seconds: float = 0.0
    workers: int = 1
    engine: EngineChoice = "auto"
    group_size: GroupSize = "auto"


_DATA, _PROGRESS = TypeAdapter(_Data), TypeAdapter(_Progress)


@dataclass(frozen=True)
class Study:
    """A study on disk.

    Attributes:
        path: `runs/STUDY`.
    """

    path: Path

    @property
    def name(self) -> str:
        """The study's name, which is the name of its folder."""
        return self.path.name

    @property
    def runs(self) -> Path:
        """The folder of all studies, which also holds mlflow.db and artifacts/."""
        return self.path.parent

    @cached_property
    def settings(self) -> Settings:
        """The settings of the search."""
        return load_settings(self.path / SETTINGS)

    @cached_property
    def space(self) -> Space:
        """The space at the start of the study; for a hypermodel, the parameters requested by its trials."""
        if isinstance(self.settings.space, Hypermodel):
            return hypermodel_space(self.settings.space, (r.trial.candidate for r in self.records()))
        try:
            return load_space(self.path / SPACE)
        except SpaceError as error:
            raise StudyError(f"{self.path}: the study's space cannot be read: {error}") from None

    @property
    def datasets(self) -> Path:
        """The folder of all stored datasets."""
        return self.runs / DATASETS

    @property
    def data_folder(self) -> Path:
        """The folder of the dataset's arrays, for `cnnsearch.data.open_stored`."""
        return self.datasets / self._data.folder

    @property
    def data_summary(self) -> dict[str, Any]:
        """The summary of the dataset at the start of the study."""
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
        """The log of all reads of the test split: by whom, when and why."""
        return self.path / LEDGER

    @property
    def best(self) -> Path:
        """The folder of the bundle."""
        return self.path / BEST

    @property
    def is_bundled(self) -> bool:
        """Whether the bundle exists."""
        return (self.best / METRICS).exists()

    @property
    def finalists(self) -> Path:
        """The folder of the finish: its plan and the retrainings of the finalists."""
        return self.path / FINALISTS

    @property
    def database(self) -> Path:
        """The SQLite file of the study for Optuna's own tools."""
        return self.path / DATABASE

    @property
    def report(self) -> Path:
        """The file of the report."""
        return self.path / REPORT

    def place_of(self, folder: Path) -> str:
        """Return the name of one of the study's folders in the store of a worker."""
        return folder.relative_to(self.path).as_posix()

    def trial_folder(self, number: int) -> Path:
        """Return the folder of a trial's files."""
        return Records(self.path / TRIALS).trial_folder(number)

    def records(self) -> Records:
        """Return the records that are on disk now."""
        return Records(self.path / TRIALS).load()

    @property
    def tracking_uri(self) -> str:
        """The tracking URI of its runs: that of the settings, else the runs folder's own database."""
        return self.settings.tracking_uri or own_tracking_uri(self.runs)

    @property
    def seconds(self) -> float:
        """Duration of the search so far, over all its runs."""
        return self._progress.seconds

    @property
    def settled(self) -> Settings:
        """The settings of the search, with what it has chosen for `auto` so far."""
        progress = self._progress.model_dump(exclude={"seconds"})
        open_ones = (name for name in progress if getattr(self.settings, name) == "auto")
        return self.settings.model_copy(update={name: progress[name] for name in open_ones})

    @property
    def _progress(self) -> _Progress:
        file = self.path / PROGRESS
        return read_as(file, _PROGRESS) if file.exists() else _Progress()

    def save_progress(self, seconds: float, settled: Settings) -> None:
        """Record the duration of the search so far, and what it has chosen for `auto`."""
        chosen = {"engine": settled.engine, "group_size": settled.group_size}
        progress = {"seconds": round(seconds, 3), "workers": settled.num_workers, **chosen}
        write_json(self.path / PROGRESS, progress, durable=False)


def valid_name(text: str) -> str:
    """Return a text as a name of a study or a space: letters, digits, _, - and . only."""
    return re.sub(r"[^\w.-]+", "-", text)


def all_studies(runs: Path) -> list[Study]:
    """Return the studies of a runs folder by name, without unfinished ones, whose names begin with a dot."""
    return [Study(file.parent.resolve()) for file in sorted(runs.glob(f"[!.]*/{SETTINGS}"))]


def find_study(name_or_path: str | Path, runs: Path) -> Study:
    """Return a study by its name within `runs`, or by its path.

    Raises:
        StudyError: There is no such study; the message suggests similar names.
    """
    for path in (runs / name_or_path, Path(name_or_path)):
        if (path / SETTINGS).is_file():
            return Study(path.resolve())
    names = [study.name for study in all_studies(runs)]
    hint = did_you_mean(str(name_or_path), names)
    raise StudyError(
        f"no study '{name_or_path}' in {runs} ({', '.join(sorted(names)) or 'it has none'}).{hint}"
    )
