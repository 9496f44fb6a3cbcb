"""The process beside the driver that keeps MLflow and study.db as the records are.

`python -m cnnsearch.search.mirror runs/STUDY` reads the numbers of changed trials, a line each; at the
end of its input it brings everything up to date and ends. The driver never waits for it.

Like a worker it is no call of `cnnsearch.rpc`, whose process answers a request and ends with its caller: the
mirror answers nothing, may miss messages, and outlives a driver that is killed, to bring everything up to
date. To do that alone, for a study at rest, is a call: `sync`.
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
from cnnsearch.study.records import Records
from cnnsearch.training.backend import environment

if TYPE_CHECKING:
    from cnnsearch.tracking.mirror import Mirror

ROUND = 1.0
"""Seconds between two rounds of writing; what changes in between is written once."""
DATABASE_ROUND = 10.0
"""Seconds between two updates of study.db, which costs more."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds to wait after a failure; doubled with each."""
LAST_TRIES = 3.0
"""Seconds within which the last update of MLflow is tried again."""
AGAIN = "; it will be tried again"
OWN_RETRIES = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
"""MLflow's own retries are off, unless the user sets them: the mirror has its own."""
CLOSING = 60.0
"""Seconds that the last update may take before the driver goes on without it."""


class MirrorProcess:
    """The mirror, as the driver sees it.

    Args:
        study: The study's folder. What the process has to say goes to the study's log.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The number of the process, once it has started."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Starts the process, out of reach of the terminal's Ctrl-C."""
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
        """Says that a trial's record has changed; never waits, for the last update catches up anyway."""
        assert self._process is not None and self._process.stdin is not None
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(self._process.stdin.fileno(), f"{number}\n".encode())

    def close(self, timeout: float = CLOSING) -> None:
        """Lets the process bring everything up to date, and ends it where that takes too long."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            with self._study.log.open("a", encoding="utf-8") as log:
                log.write(f"mirror: ended after {duration(timeout)} with the last update unfinished\n")


class Projections:
    """Writes MLflow and study.db from the records; what fails is told once and tried again later.

    Args:
        study: The study's folder.
        mirror: Writes the runs.
        project: Writes study.db, given the records and whether the search goes on.
        tell: Told what goes wrong.
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
        self._told = set[str]()

    def update(self, changed: Iterable[int]) -> None:
        """Writes what has changed while the search goes on, unless a failure is too fresh."""
        self._pending.update(changed)
        now = time.monotonic()
        if self._pending and now >= self._not_before and self._tracked():
            self._pending.clear()
        if now >= self._database_due:
            self._attempt("study.db", lambda: self._project(self._records, True))
            self._database_due = time.monotonic() + DATABASE_ROUND

    def finish(self) -> bool:
        """Writes everything; a server that is away is given up soon, for somebody waits for the end.

        Returns:
            Whether all is written.
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
        """Whatever goes wrong here, the records are safe and the search goes on."""
        try:
            action()
        except Exception as error:
            if name not in self._told:
                self._tell(f"{name}: {error or type(error).__name__}{AGAIN}")
            self._told.add(name)
            return False
        if name in self._told:
            self._tell(f"{name}: up to date again")
        self._told.discard(name)
        return True


def serve(projections: Projections, changes: "queue.SimpleQueue[int | None]") -> bool:
    """Writes what changes until there is a None; returns whether all is written in the end."""
    while True:
        changed = _drained(changes)
        if None in changed:
            return projections.finish()
        projections.update(number for number in changed if number is not None)


def _drained(changes: "queue.SimpleQueue[int | None]") -> set[int | None]:
    """What has come in; waits a round for the first, and until the round is over for others."""
    end = time.monotonic() + ROUND
    found: set[int | None] = set()
    while None not in found and (left := end - time.monotonic()) > 0:
        try:
            found.add(changes.get(timeout=left))
        except queue.Empty:
            break
    return found


def _read(changes: "queue.SimpleQueue[int | None]") -> None:
    for line in sys.stdin:
        changes.put(int(line))
    changes.put(None)


def sync(study: Study) -> None:
    """Bring MLflow and study.db up to date with a study that is at rest, its champion in the registry too.

    Raises:
        SearchError: That was not possible; the message has the reason.
    """
    try:
        Call("cnnsearch.search.mirror:catch_up", study, NO_ANSWER, environment=_environment(study)).result()
        if study.is_bundled:
            settings = environment_for(study.settings.tracking_uri) | environment(study.settings.backend)
            Call("cnnsearch.finish.register:register_later", study, NO_ANSWER, environment=settings).result()
    except CnnsearchError as error:
        raise SearchError(f"{study.name} is not up to date: {error}") from None


def catch_up(study: Study) -> None:
    """Write all of a study's records to MLflow and study.db; called in a process of its own by `sync`.

    Raises:
        SearchError: Something could not be written.
    """
    faults = list[str]()
    with _projecting(study, faults.append) as projections:
        if not projections.finish():
            raise SearchError(faults[0].removesuffix(AGAIN))


def main(path: Path) -> int:
    """Mirrors one study until the input ends; 0 where all is written in the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_way()
    changes: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(changes,), daemon=True).start()
    with _projecting(Study(path.resolve()), _print) as projections:
        is_whole = serve(projections, changes)
    return 0 if is_whole else 1


@contextmanager
def _projecting(study: Study, tell: Callable[[str], None]) -> Iterator[Projections]:
    # Imported here: the driver imports this module for MirrorProcess, and is to stay light.
    from cnnsearch.search.optuna_study import project
    from cnnsearch.tracking.mirror import Mirror

    with FileLock(study.path / "mirror.lock"):  # an earlier driver's mirror may be at its last update yet
        yield Projections(
            study, Mirror(study), lambda records, live: project(study, records, live=live), tell
        )


def _print(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} mirror: {text}", file=sys.stderr)


def _environment(study: Study) -> dict[str, str]:
    return OWN_RETRIES | environment_for(study.settings.tracking_uri)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
