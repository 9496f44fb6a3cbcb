"""Absolute paths of artifacts in MLflow's database, updated after the runs folder was moved or copied."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock

from cnnsearch.errors import StudyError
from cnnsearch.study.storage import ARTIFACTS, sqlite_file, sqlite_uri

_COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""The columns of MLflow's database that hold addresses of artifacts."""


def artifacts_of(runs: Path, experiment: str) -> str:
    """Return the address of an experiment's artifacts in a runs folder."""
    return (runs.resolve() / ARTIFACTS / experiment).as_uri()


def lock_for(database: Path) -> FileLock:
    """Return the lock for changes of MLflow's database that MLflow does not make itself."""
    return FileLock(database.with_name(f".{database.name}.lock"))


def update_places(uri: str) -> None:
    """Replace the addresses of artifacts that were beside the database before both were moved or copied.

    Only experiments whose artifacts are beside the database now are changed. If nothing changes, nothing is
    written.

    Args:
        uri: A tracking URI; only that of an existing SQLite file has places to update.

    Raises:
        StudyError: The database cannot be changed.
    """
    database = sqlite_file(uri)
    if database is not None and _moved(database, database.parent):
        _update(database, database.parent)


@contextmanager
def present_places(uri: str) -> Iterator[str]:
    """Yield the URI of a store whose addresses of artifacts are those of today, for reading.

    It is the same URI, unless the database was moved and cannot be changed, as on a read-only mount: then it
    is that of a temporary copy.

    Args:
        uri: A tracking URI, as for `update_places`.

    Raises:
        StudyError: The addresses cannot be updated in a copy either.
    """
    try:
        update_places(uri)
    except StudyError:
        database = sqlite_file(uri)
        assert database is not None
        with tempfile.TemporaryDirectory(prefix="cnnsearch-") as folder:
            copy = Path(shutil.copyfile(database, Path(folder, database.name)))
            _update(copy, database.parent)
            yield sqlite_uri(copy)
    else:
        yield uri


def _update(database: Path, runs: Path) -> None:
    """Replace addresses in a database by those in a runs folder.

    Raises:
        StudyError: The database cannot be changed.
    """
    try:
        with lock_for(database), closing(sqlite3.connect(database)) as connection, connection:
            for old, new in _moved(database, runs):
                for table, column in _COLUMNS:
                    connection.execute(
                        f"UPDATE {table} SET {column} = ? || substr({column}, ?) "
                        f"WHERE {column} = ? OR substr({column}, 1, ?) = ?",
                        (new, len(old) + 1, old, len(old) + 1, f"{old}/"),
                    )
    except (OSError, sqlite3.Error) as error:
        raise StudyError(
            f"{database}: holds the former place of the runs folder, and cannot be changed ({error}); make "
            "it writable once"
        ) from None


def _moved(database: Path, runs: Path) -> list[tuple[str, str]]:
    """Return the recorded and the present address of the artifacts of each experiment that was moved."""
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            experiments = connection.execute("SELECT name, artifact_location FROM experiments").fetchall()
    except sqlite3.Error:
        return []  # not a database, or a damaged one: MLflow gives the reason
    return list(_changes(runs, experiments))


def _changes(runs: Path, experiments: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, recorded in experiments:
        present = artifacts_of(runs, name)
        ending = present.removeprefix(runs.resolve().as_uri())  # the name with its special characters as %XX
        is_own = recorded.startswith("file:") and recorded.endswith(ending)
        if is_own and recorded != present and (runs / ARTIFACTS / name).is_dir():
            yield recorded, present
