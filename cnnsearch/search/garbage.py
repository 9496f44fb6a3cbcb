"""Deletion of what is not needed in the runs folder: weights and checkpoints of finished studies, incomplete
files of killed processes, and stored data that no study uses."""

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from cnnsearch.errors import StudyError
from cnnsearch.files import is_unfinished
from cnnsearch.search.finish_plan import is_pending
from cnnsearch.study.folder import Study, all_studies
from cnnsearch.study.lock import driving
from cnnsearch.study.storage import DATASETS, check_writable
from cnnsearch.training.store import CHECKPOINT, WEIGHTS

CREATION_SECONDS = 3600.0
"""Seconds after which the creation of a study counts as abandoned."""


def collect(runs: Path, studies: Iterable[Study]) -> list[tuple[Path, int]]:
    """Delete what is not needed.

    Args:
        runs: The folder of all studies.
        studies: The studies to clean; one that is being searched is skipped.

    Returns:
        The deleted paths, with their sizes in bytes.

    Raises:
        StudyError: A folder cannot be written; nothing has been deleted.
    """
    studies = list(studies)
    check_writable(*filter(Path.exists, [runs, *(study.path for study in studies)]))
    deletable = [path for study in studies for path in _of_study(study)]
    deletable += [*_unread_data(runs), *_half_made(runs)]
    freed = [(path, _size(path)) for path in deletable]
    for path in deletable:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return freed


def _of_study(study: Study) -> Iterator[Path]:
    """Yield the files that a study does not need; none if it is being searched."""
    try:
        with driving(study.path):
            yield from filter(is_unfinished, study.path.rglob(".*"))
            is_concluded = study.is_bundled and not is_pending(study)
            ended = [record.number for record in study.records() if record.result is not None]
            for number in ended:
                folder = study.trial_folder(number)
                yield from folder.glob(CHECKPOINT)
                if is_concluded:
                    yield from folder.glob(WEIGHTS)
            if is_concluded:
                for name in (CHECKPOINT, WEIGHTS):
                    yield from study.finalists.glob(f"*/*/{name}")
    except StudyError:
        return


def _unread_data(runs: Path) -> list[Path]:
    read = {study.data_folder.name for study in all_studies(runs)}
    stored = (runs / DATASETS).glob("*")
    return [folder for folder in stored if folder.is_dir() and folder.name not in read]


def _half_made(runs: Path) -> list[Path]:
    """Return the folders of studies whose creation was interrupted; a creation takes seconds."""
    oldest = time.time() - CREATION_SECONDS
    folders = (path for path in runs.glob(".*") if is_unfinished(path) and path.is_dir())
    return [folder for folder in folders if folder.stat().st_mtime < oldest]


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
