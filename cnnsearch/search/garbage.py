"""What of the runs folder can go: weights and checkpoints of finished studies, what a kill left half-written,
and stored data that no study reads."""

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from cnnsearch.errors import StudyError
from cnnsearch.files import is_unfinished
from cnnsearch.search.finish_plan import is_pending
from cnnsearch.study.folder import Study, all_studies
from cnnsearch.study.lock import driving
from cnnsearch.training.protocol import CHECKPOINT, WEIGHTS

CREATION_SECONDS = 3600.0
"""Seconds after which a study that is still being made never will be."""


def collect(runs: Path, studies: Iterable[Study]) -> list[tuple[Path, int]]:
    """Deletes what can go.

    Args:
        runs: The folder of all studies.
        studies: Those to free; one that is being searched is left alone.

    Returns:
        What was deleted, with its size in bytes.
    """
    found = [path for study in studies for path in _of_study(study)]
    found += [*_unread_data(runs), *_half_made(runs)]
    freed = [(path, _size(path)) for path in found]
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return freed


def _of_study(study: Study) -> Iterator[Path]:
    """Files that a study can do without; none of one that is being searched."""
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
    stored = (runs / ".data").glob("*")
    return [folder for folder in stored if folder.is_dir() and folder.name not in read]


def _half_made(runs: Path) -> list[Path]:
    """Folders of studies whose creation was killed on the way; a creation takes seconds."""
    oldest = time.time() - CREATION_SECONDS
    folders = (path for path in runs.glob(".*") if is_unfinished(path) and path.is_dir())
    return [folder for folder in folders if folder.stat().st_mtime < oldest]


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
