"""The search for Python users: `search(space, data, ...)`, `resume(study)` and what they give back."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.bundle.metrics import Metrics, read_metrics
from cnnsearch.data import Dataset
from cnnsearch.errors import SearchError
from cnnsearch.finish.run import finish_again, finish_search
from cnnsearch.search.choice import ranked
from cnnsearch.search.events import Watcher
from cnnsearch.search.finish_plan import is_concluded, is_pending
from cnnsearch.search.instances import Instances, without_instances
from cnnsearch.search.interruption import Interruption, counting_ctrl_c
from cnnsearch.search.launch import check_data_unchanged, create_study, resume_settings, run_study
from cnnsearch.search.live import shown
from cnnsearch.search.planned_search import plan_search
from cnnsearch.search.planning import Plan
from cnnsearch.study.folder import Study, find_study
from cnnsearch.study.objectives import front
from cnnsearch.study.records import TrialRecord
from cnnsearch.study.settings import checked_settings

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

RUNS = Path("runs")


class StudyResult:
    """What a search has found so far.

    Args:
        study: The study's folder.
        is_finished: Whether the search came to its end, rather than to Ctrl-C.
    """

    def __init__(self, study: Study, is_finished: bool = True) -> None:
        self.study = study
        self.is_finished = is_finished
        self._records = study.records()

    @property
    def path(self) -> Path:
        """The study's folder."""
        return self.study.path

    @property
    def best(self) -> TrialRecord:
        """The best trial by the search's own figure and the rule `pick`; see `champion` for the bundle's.

        Raises:
            SearchError: No trial was trained to its end.
        """
        ranking = ranked(self.study, self._records)
        if not ranking:
            raise SearchError(f"no trial of {self.study.name} was trained to its end")
        return ranking[0]

    @property
    def champion(self) -> TrialRecord:
        """The trial whose network the bundle is.

        Raises:
            SearchError: The search has not been finished.
        """
        return self._records[self.metrics.trial]

    @property
    def front(self) -> list[TrialRecord]:
        """The Pareto front of the objectives, best by the first one first."""
        return front(self._records, self.study.settings.objectives)

    @property
    def trials(self) -> "pd.DataFrame":
        """All trials, one a row: number, state, value, epochs, times, reason, then the sampled values."""
        import pandas as pd  # not before: a search need not wait for it

        rows = [{**row(record), **record.params} for record in self._records]
        return pd.DataFrame(rows).drop(columns="params", errors="ignore")

    @property
    def metrics(self) -> Metrics:
        """The bundle's figures, the test split's among them: `metrics["test_accuracy"]`.

        Raises:
            SearchError: The search has not been finished.
            StudyError: The bundle's metrics.json is damaged.
        """
        if not self.study.is_bundled:
            raise SearchError(f"{self.study.name} has no bundle yet; `cnnsearch finish {self.study.name}`")
        return read_metrics(self.study.best)

    def load_model(self) -> Any:
        """The bundle's keras.Model: raw examples in, probabilities out.

        The study is taken for this machine's own: the file is checked, but no other process tries it first.

        Raises:
            StudyError: There is no bundle, or its model is refused.
        """
        from cnnsearch.bundle.model_files import load_model

        return load_model(self.study.best / "model.keras", trusted=True)


def row(record: TrialRecord) -> dict[str, Any]:
    """A trial as `trials --json` prints it; times in seconds since 1970.

    In a planned search there are also the examples that it has seen.
    """
    seen = {"examples": record.length} if record.trial.fidelity else {}
    return {
        "number": record.number,
        "state": record.state.value,
        "value": record.value,
        "epochs": len(record.curve),
        "started": record.trial.started,
        "ended": record.result.ended if record.result else None,
        "reason": record.reason,
        "params": record.params,
        **seen,
    }


def search(
    space: str | Path,
    data: str | Path | Dataset,
    *,
    study: str | None = None,
    runs: str | Path = RUNS,
    watchers: Sequence[Watcher] | None = None,
    **settings: Any,
) -> StudyResult:
    """Searches a space for the best network on a dataset.

    Args:
        space: A shipped space's name, or the path of a YAML file.
        data: A dataset, or the argument that names it (`digits`, a .npz file, a folder of pictures).
        study: The study's name; by default the space's and the dataset's.
        runs: The folder of all studies.
        watchers: Called with everything that happens; by default a live table where there is a screen.
        **settings: `trials` (20 where there is no timeout), `timeout` (seconds), `epochs`, `seed`,
            `sampler`, `pruner`, `objective`, `more_objectives`, `pick`, `finalists`, `final_seeds`,
            `workers`, `backend`, `precision`, `image_size`, `tracking_uri`, `baselines`, `overrides` and the
            other fields of `Settings`. `sampler` is a name or an instance of a subclass of
            `optuna.samplers.BaseSampler`; `pruner` is a name or an instance of a
            `cnnsearch.search.pruners.Pruner`. A study that has an instance is resumed by `resume` with one.

    Raises:
        InputError: The space, the data or a setting is not right; nothing has been written.
        SearchError: The search could not go on.
    """
    begun = time.monotonic()
    named = "<arrays>" if isinstance(data, Dataset) else str(data)
    values, instances = without_instances({"space": str(space), "data": named, **settings})
    created = create_study(checked_settings(values), Path(runs), study, data, instances)
    created.save_progress(time.monotonic() - begun, created.settings.num_workers)  # reading the data counts
    return _run(created, watchers, instances)


def planned(
    space: str | Path, data: str | Path | Dataset, *, runs: str | Path = RUNS, **settings: Any
) -> Plan:
    """What `search` would do with its time limit, by predicted costs; nothing is trained.

    Args:
        space: As for `search`.
        data: As for `search`.
        runs: The folder of all studies, which keeps decoded pictures.
        **settings: As for `search`; `timeout` has to be among them.

    Raises:
        InputError: The space, the data or a setting is not right, or there is nothing to plan.
    """
    named = "<arrays>" if isinstance(data, Dataset) else str(data)
    values, _ = without_instances({"space": str(space), "data": named, **settings})
    return plan_search(checked_settings(values), Path(runs), data)


def resume(
    study: str | Path,
    *,
    runs: str | Path = RUNS,
    space: str | Path | None = None,
    watchers: Sequence[Watcher] | None = None,
    **settings: Any,
) -> StudyResult:
    """Goes on with a study that was interrupted, or gives a finished one a larger budget.

    Args:
        study: Its name within `runs`, or its path.
        runs: The folder of all studies.
        space: A space in place of the study's, such as one that has grown; its trials so far stay, and count.
        watchers: As for `search`.
        **settings: New values: `trials` (in all, those done already included), `timeout` (seconds in all),
            `sampler`, `pruner`, `workers` and other settings of `search`; None leaves one as it is. A sampler
            or a pruner that was given as an instance has to be given again: that of the same class and
            arguments, another one, or a name.

    Raises:
        StudyError: There is no such study, or its data have changed.
        SettingsError: A setting is out of its range, or an instance has to be given again.
        SearchError: The search could not go on.
    """
    found = find_study(study, Path(runs))
    check_data_unchanged(found)
    given = {name: value for name, value in settings.items() if value is not None}
    if is_pending(found) and not given and space is None:
        return _run(found, watchers, is_searched=True)
    changes, instances = without_instances(given)
    return _run(resume_settings(found, changes, space, instances), watchers, instances)


def finish(
    study: str | Path,
    *,
    runs: str | Path = RUNS,
    watchers: Sequence[Watcher] | None = None,
    **settings: Any,
) -> StudyResult:
    """Makes a study's bundle anew: trains the finalists again, chooses the champion, reads the test split.

    Args:
        study: Its name within `runs`, or its path.
        runs: The folder of all studies.
        watchers: As for `search`.
        **settings: Of this finish, in place of the study's: `finalists`, `final_seeds`, `pick`, `max_latency`
            (seconds), `refit`; None leaves one as it is.

    Raises:
        StudyError: There is no such study, or it is being searched.
        SettingsError: A setting is out of its range.
        SearchError: No trial can be the best, or no finalist is fast enough.
    """
    found = find_study(study, Path(runs))
    changes = {name: value for name, value in settings.items() if value is not None}
    with _watched(found, watchers) as heard:
        return StudyResult(found, finish_again(found, changes, heard))


def _run(
    study: Study,
    watchers: Sequence[Watcher] | None,
    instances: Instances | None = None,
    *,
    is_searched: bool = False,
) -> StudyResult:
    interruption = Interruption()
    logger.debug("study: %s; log: %s", study.path, study.log)
    logger.debug("settings: %s", study.settings.model_dump_json(exclude_defaults=True))
    with _watched(study, watchers) as heard, counting_ctrl_c(interruption):
        is_finished = is_searched or run_study(study, heard, interruption, instances or Instances())
        if is_finished and ranked(study, study.records()) and not is_concluded(study):
            is_finished = finish_search(study, heard, interruption)
    return StudyResult(study, is_finished)


@contextmanager
def _watched(study: Study, watchers: Sequence[Watcher] | None) -> Iterator[Sequence[Watcher]]:
    """The watchers; where none are given, one that shows what happens."""
    if watchers is not None:
        yield watchers
        return
    with shown(study) as view:
        yield [view]
