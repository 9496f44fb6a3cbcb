"""The process that updates MLflow and study.db from the records during a search.

`python -m cnnsearch.search.mirror runs/STUDY` reads the numbers of changed trials, one per line; at the end
of its input it writes the last changes and ends. The driver never waits for it.

It is not a call of `cnnsearch.rpc`, whose process answers a request and ends with its caller: the mirror does
not answer, may miss messages, and outlives a killed driver to write the last changes. For a study that is not
being searched there is a call: `sync`.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from cnnsearch.durations import duration
from cnnsearch.errors import CnnsearchError, SearchError
from cnnsearch.processes import give_way, module_command
from cnnsearch.rpc import NO_ANSWER, Call
from cnnsearch.study.credentials import environment_for
from cnnsearch.study.folder import Study
from cnnsearch.study.lock import driving
from cnnsearch.study.records import Records
from cnnsearch.study.storage import MLFLOW, check_writable
from cnnsearch.training.backend import environment

if TYPE_CHECKING:
    from cnnsearch.tracking.mirror import Mirror

ROUND = 1.0
"""Seconds between two rounds of writing; changes in between are written together."""
DATABASE_ROUND = 10.0
"""Seconds between two updates of study.db, which takes longer."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""The shortest and longest wait after a failure, in seconds; it doubles with each failure."""
LAST_TRIES = 3.0
"""Seconds for retries of the last update of MLflow."""
AGAIN = "; will retry"
OWN_RETRIES = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
"""Turns off MLflow's own retries, unless the user sets them, since the mirror retries."""
CLOSING = 60.0
"""The time limit of the last update, in seconds; afterwards the driver continues without it."""
LONGEST_CLOSING = 120
"""The time limit of the last update where no driver waits for it, in seconds."""


class MirrorProcess:
    """The driver's side of the mirror.

    Args:
        study: The study's folder. The output of the process goes to the study's log.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; requires a call of `start`."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process in a new session, so that Ctrl-C in the terminal does not reach it."""
        command = module_command("cnnsearch.search.mirror", str(self._study.path))
        with self._study.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=_environment(self._study),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)

    def changed(self, number: int) -> None:
        """Report a changed trial record; never blocks, since the last update writes all changes anyway."""
        assert self._process is not None and self._process.stdin is not None
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(self._process.stdin.fileno(), f"{number}\n".encode())

    def close(self, timeout: float = CLOSING) -> None:
        """Let the process write the last changes, and kill it if that takes too long."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            with self._study.log.open("a", encoding="utf-8") as log:
                log.write(f"mirror: killed after {duration(timeout)}, before the last update was complete\n")

    def leave(self) -> None:
        """Let the process write the last changes and end by itself, without waiting for it."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.close()
        threading.Thread(target=self._process.wait, name="mirror", daemon=True).start()  # no zombie


class Projections:
    """Writes MLflow and study.db from the records; a failure is reported once and retried later.

    Args:
        study: The study's folder.
        mirror: The writer of the runs.
        project: The writer of study.db; takes the records and whether the search is running.
        tell: The receiver of messages on failures.
    """

    def __init__(
        self,
        study: Study,
        mirror: "Mirror",
        project: Callable[[Records, bool], object],
        tell: Callable[[str], None],
    ) -> None:
        self._records = study.records()
        self._mirror, self._project, self._tell = mirror, project, tell
        self._pending = set[int]()
        self._pause, self._not_before = FIRST_PAUSE, 0.0
        self._database_due = time.monotonic() + DATABASE_ROUND
        self._failing = set[str]()

    def update(self, changed: Iterable[int]) -> None:
        """Write changes during the search, unless it is too early for a retry."""
        self._pending.update(changed)
        now = time.monotonic()
        if self._pending and now >= self._not_before and self._tracked():
            self._pending.clear()
        if now >= self._database_due:
            self._attempt("study.db", lambda: self._project(self._records, True))
            self._database_due = time.monotonic() + DATABASE_ROUND

    def finish(self) -> bool:
        """Write everything; an unreachable server is retried only briefly, since the user waits for the end.

        Returns:
            Whether everything is written.
        """
        self._records.load()
        is_projected = self._attempt("study.db", lambda: self._project(self._records, False))
        end = time.monotonic() + LAST_TRIES
        while not self._attempt("tracking", lambda: self._mirror.sync(self._records)):
            if time.monotonic() > end:
                return False
            time.sleep(ROUND)
        return is_projected

    def _tracked(self) -> bool:
        done = self._attempt("tracking", self._track)
        self._pause = FIRST_PAUSE if done else min(2 * self._pause, LONGEST_PAUSE)
        self._not_before = 0.0 if done else time.monotonic() + self._pause / 2
        return done

    def _track(self) -> None:
        for number in sorted(self._pending):
            record = self._records.reload(number)
            if record is not None:
                self._mirror.sync_trial(record)
        self._mirror.sync_study(self._records)

    def _attempt(self, name: str, action: Callable[[], object]) -> bool:
        """Run an action; on any failure the records are safe and the search continues."""
        try:
            action()
        except Exception as error:
            if name not in self._failing:
                self._tell(f"{name}: {error or type(error).__name__}{AGAIN}")
            self._failing.add(name)
            return False
        if name in self._failing:
            self._tell(f"{name}: up to date again")
        self._failing.discard(name)
        return True


def serve(projections: Projections, changes: "queue.SimpleQueue[int | None]") -> bool:
    """Write changes until the queue gives None; return whether everything is written at the end."""
    while True:
        changed = _drained(changes)
        if None in changed:
            signal.alarm(LONGEST_CLOSING)
            return projections.finish()
        projections.update(number for number in changed if number is not None)


def _drained(changes: "queue.SimpleQueue[int | None]") -> set[int | None]:
    """Return the received items of one round; wait for the first, then until the end of the round."""
    end = time.monotonic() + ROUND
    items: set[int | None] = set()
    while None not in items and (left := end - time.monotonic()) > 0:
        try:
            items.add(changes.get(timeout=left))
        except queue.Empty:
            break
    return items


def _read(changes: "queue.SimpleQueue[int | None]") -> None:
    for line in sys.stdin:
        changes.put(int(line))
    changes.put(None)


def sync(study: Study, *, is_anew: bool = False) -> None:
    """Update MLflow, its registry and study.db for a study that is not being searched.

    Args:
        study: The study's folder.
        is_anew: Whether to delete the study's runs and study.db first.

    Raises:
        StudyError: The study or a database cannot be written.
        SearchError: The update failed; the message has the reason.
    """
    own = () if study.settings.tracking_uri else (study.runs, study.runs / MLFLOW)
    check_writable(study.path, study.database, *own)
    function = f"cnnsearch.search.mirror:{'rebuild' if is_anew else 'catch_up'}"
    try:
        Call(function, study, NO_ANSWER, environment=_environment(study)).result()
        if study.is_bundled:
            settings = environment_for(study.settings.tracking_uri) | environment(study.settings.backend)
            Call("cnnsearch.finish.register:register_later", study, NO_ANSWER, environment=settings).result()
    except CnnsearchError as error:
        raise SearchError(f"{study.name} could not be updated: {error}") from None


def catch_up(study: Study) -> None:
    """Write all records of a study to MLflow and study.db; `sync` calls it in a separate process.

    Raises:
        SearchError: Something could not be written.
    """
    faults = list[str]()
    with _projecting(study, faults.append) as projections:
        if not projections.finish():
            raise SearchError(faults[0].removesuffix(AGAIN))


def rebuild(study: Study) -> None:
    """Delete a study's runs in MLflow and its study.db, and write them anew.

    Raises:
        StudyError: The study is being searched.
        SearchError: Something could not be deleted or written.
    """
    from cnnsearch.tracking.store import RunStore

    with driving(study.path):
        with _writing(study):
            study.database.unlink(missing_ok=True)
            RunStore(study).delete_runs()
        catch_up(study)


def main(path: Path) -> int:
    """Mirror one study until the input ends; return 0 if everything is written at the end, else 1."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_way()
    changes: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(changes,), daemon=True).start()
    with _projecting(Study(path.resolve()), _print) as projections:
        is_complete = serve(projections, changes)
    return 0 if is_complete else 1


@contextmanager
def _projecting(study: Study, tell: Callable[[str], None]) -> Iterator[Projections]:
    # Imported here, since the driver imports this module for MirrorProcess and must stay small.
    from cnnsearch.search.optuna_study import project
    from cnnsearch.tracking.mirror import Mirror

    with _writing(study):
        yield Projections(
            study, Mirror(study), lambda records, live: project(study, records, live=live), tell
        )


def _writing(study: Study) -> FileLock:
    """Return the lock of the process that writes; an earlier driver's mirror may still be writing."""
    return FileLock(study.path / "mirror.lock")


def _print(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} mirror: {text}", file=sys.stderr)


def _environment(study: Study) -> dict[str, str]:
    return OWN_RETRIES | environment_for(study.settings.tracking_uri)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
