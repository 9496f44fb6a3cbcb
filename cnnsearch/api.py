"""The Python API of a search: `search(space, data, ...)`, `resume(study)`, `finish(study)`."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cnnsearch.bundle.metrics import Metrics, read_metrics
from cnnsearch.data import DataArgument
from cnnsearch.data.sources.memory import IN_MEMORY
from cnnsearch.durations import duration
from cnnsearch.errors import CnnsearchError, KnowledgeError, SearchError
from cnnsearch.files import write_text
from cnnsearch.finish.run import finish_again, finish_search
from cnnsearch.knowledge.history import record
from cnnsearch.knowledge.recommend import TOP, Recommended, recommended
from cnnsearch.knowledge.space_around import around_recommended
from cnnsearch.knowledge.tables import FEWEST
from cnnsearch.knowledge.warm_start import warm_start_for
from cnnsearch.page.formatting import plural
from cnnsearch.search.choice import ranked
from cnnsearch.search.finish_plan import is_concluded, is_pending
from cnnsearch.search.instances import Instances, without_instances
from cnnsearch.search.interruption import Interruption, counting_ctrl_c
from cnnsearch.search.launch import check_data_unchanged, create_study, resume_settings, run_study
from cnnsearch.search.live import shown
from cnnsearch.search.mirror import sync
from cnnsearch.search.planned_search import plan_search
from cnnsearch.search.planning import Costs
from cnnsearch.space import Hypermodel
from cnnsearch.study.credentials import TRACKING_URI
from cnnsearch.study.events import Watcher
from cnnsearch.study.folder import Study, find_study
from cnnsearch.study.objectives import front
from cnnsearch.study.plan import Plan
from cnnsearch.study.records import TrialRecord, TrialState
from cnnsearch.study.settings import DEFAULT_EPOCHS, checked_settings
from cnnsearch.study.storage import check_writable

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

RUNS = Path("runs")
TRIED, TRIED_SHARE = 8, 0.8
"""The number of recommended networks that are tried, and the share of the time for their epochs."""


class StudyResult:
    """The result of a search so far.

    Args:
        study: The study's folder.
        is_finished: True if the search ended, False if Ctrl-C interrupted it.
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
        """The best trial by its value in the search and the rule `pick`; see `champion` for the bundle's.

        Raises:
            SearchError: No trial was trained to its end.
        """
        ranking = ranked(self.study, self._records)
        if not ranking:
            raise SearchError(f"no trial of {self.study.name} was trained to its end")
        return ranking[0]

    @property
    def champion(self) -> TrialRecord:
        """The trial of the bundle.

        Raises:
            SearchError: The search has not been finished.
        """
        return self._records[self.metrics.trial]

    @property
    def front(self) -> list[TrialRecord]:
        """The Pareto front of the objectives, ordered by the first one."""
        return front(self._records, self.study.settings.objectives)

    @property
    def trials(self) -> "pd.DataFrame":
        """All trials, one per row: number, state, value, epochs, times, reason, then the sampled values."""
        import pandas as pd  # imported late, so that a search need not load it

        rows = [{**row(record), **record.params} for record in self._records]
        return pd.DataFrame(rows).drop(columns="params", errors="ignore")

    @property
    def metrics(self) -> Metrics:
        """The metrics of the bundle, including those on the test split: `metrics["test_accuracy"]`.

        Raises:
            SearchError: The search has not been finished.
            StudyError: The bundle's metrics.json is damaged.
        """
        if not self.study.is_bundled:
            name = self.study.name
            raise SearchError(f"{name} has no bundle yet; run `cnnsearch finish {name}` to make it")
        return read_metrics(self.study.best)

    def load_model(self) -> Any:
        """Load the bundle's keras.Model, which maps raw examples to predictions.

        The study is assumed to come from this machine: the file is checked, but without a trial load.

        Raises:
            StudyError: There is no bundle, or its model is refused.
        """
        from cnnsearch.bundle.model_files import load_model

        return load_model(self.study.best / "model.keras", trusted=True)


def row(record: TrialRecord) -> dict[str, Any]:
    """Return a trial as printed by `trials --json`; times in seconds since 1970.

    In a planned search it includes the number of examples seen.
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
    space: str | Path | Hypermodel,
    data: DataArgument,
    *,
    study: str | None = None,
    runs: str | Path = RUNS,
    watchers: Sequence[Watcher] | None = None,
    **settings: Any,
) -> StudyResult:
    """Search a space for the best network on a dataset.

    Args:
        space: A shipped space's name, the path of a YAML file, or a KerasTuner hypermodel.
        data: A dataset, the argument that names it (`digits`, a .npz file, a folder of images), or examples
            in memory, such as `(x, y)`: see `load_data`.
        study: The study's name; by default composed of the names of space and dataset.
        runs: The folder of all studies.
        watchers: Functions called with each event; by default a live table if there is a terminal.
        **settings: `trials` (20 without a timeout), `timeout` (seconds), `epochs`, `seed`,
            `sampler`, `pruner`, `objective`, `more_objectives`, `pick`, `finalists`, `final_seeds`,
            `workers`, `backend`, `precision`, `image_size`, `tracking_uri`, `baselines`, `overrides` and the
            other fields of `Settings`. `sampler` is a name or an instance of a subclass of
            `optuna.samplers.BaseSampler`; `pruner` is a name or an instance of a
            `cnnsearch.search.pruners.Pruner`. To resume a study with an instance, pass one to `resume`.

    Raises:
        InputError: The space, the data or a setting is invalid; nothing has been written.
        SearchError: The search could not continue.
    """
    begun = time.monotonic()
    values, instances = without_instances(_values(space, data, settings))
    created = create_study(checked_settings(values), Path(runs), study, data, instances, warm_start_for)
    created.save_progress(time.monotonic() - begun, created.settings)  # includes reading the data
    return _run(created, watchers, instances)


def planned(
    space: str | Path | Hypermodel, data: DataArgument, *, runs: str | Path = RUNS, **settings: Any
) -> Plan:
    """Return the plan of `search` for its time limit, by predicted costs; nothing is trained.

    Args:
        space: As for `search`.
        data: As for `search`.
        runs: The folder of all studies, where decoded images are stored.
        **settings: As for `search`; `timeout` is required.

    Raises:
        InputError: The space, the data or a setting is invalid, or there is nothing to plan.
    """
    values, _ = without_instances(_values(space, data, settings))
    return plan_search(checked_settings(values), Path(runs), data)


def _values(
    space: str | Path | Hypermodel, data: DataArgument, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return settings including those that `search` takes by position."""
    searched = space if isinstance(space, Hypermodel) else str(space)
    named = str(data) if isinstance(data, str | Path) else IN_MEMORY
    tracking = os.environ.get(TRACKING_URI, "")
    return {"space": searched, "data": named, "tracking_uri": tracking, **settings}


def recommend(
    data: DataArgument,
    *,
    runs: str | Path = RUNS,
    top: int = TOP,
    timeout: float | None = None,
    watchers: Sequence[Watcher] | None = None,
    **settings: Any,
) -> Recommended:
    """Return networks for a dataset, from what finished studies say about similar ones.

    Args:
        data: As for `search`.
        runs: The folder of all studies, whose experiences count too.
        top: The number of networks, at most.
        timeout: Seconds for which the first networks are trained, before all are ranked again. The trainings
            are a study in `runs`. None: nothing is trained.
        watchers: As for `search`, for these trainings.
        **settings: As for `search`: `max_weights`, `max_macs`, `max_memory`, `max_latency` (seconds),
            `image_size`, `backend` and the others that concern the data or the machine.

    Raises:
        InputError: The data or a setting is invalid, or nothing is known of such data.
        SearchError: The latencies could not be measured, or no network could be trained.
    """
    if timeout is None:
        return recommended(data, Path(runs), top, settings)
    found = recommended(data, Path(runs), max(top, TRIED), settings)
    _try(found, Path(runs), timeout, watchers, settings)
    return recommended(found.dataset, Path(runs), top, settings)


def _try(
    found: Recommended,
    runs: Path,
    timeout: float,
    watchers: Sequence[Watcher] | None,
    settings: Mapping[str, Any],
) -> None:
    """Train the first recommended networks, each for as many epochs as the time allows for all.

    Raises:
        KnowledgeError: Too few networks fit.
        SearchError: Too few of them could be trained.
    """
    summary = found.dataset.summary
    around = around_recommended(found.networks[:TRIED], summary, "tried")
    count = len(around.configurations)
    if count < FEWEST:
        raise KnowledgeError(
            f"only {plural(count, 'network')} can be tried, too few to rank again; raise the limits, or go "
            "without a trial"
        )
    spare = TRIED_SHARE * timeout - count * Costs.start
    epochs = int(spare / sum(each.epoch_seconds for each in found.networks[:TRIED]))
    budget = {"epochs": max(1, min(epochs, DEFAULT_EPOCHS)), "trials": count, "timeout": timeout}
    fixed = {"pruner": "none", "finalists": 0, "warm_start": "none"}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "tried.yaml"
        write_text(file, around.text)
        values, _ = without_instances(_values(file, found.dataset, {**settings, **budget, **fixed}))
        study = create_study(checked_settings(values), runs, None, found.dataset)
    with _watched(study, watchers) as watching:
        is_ended = run_study(study, watching)
    experience = record(study)
    if not is_ended:
        raise KeyboardInterrupt
    if experience is not None:
        try:
            sync(study)
        except CnnsearchError as error:
            logger.warning("tracking: %s", error)
    complete = sum(each.state == TrialState.COMPLETE for each in study.records())
    if complete < FEWEST:
        raise SearchError(
            f"only {complete} of {count} networks could be trained in {duration(timeout)}, too few to rank "
            "again; give more time"
        )


def resume(
    study: str | Path,
    *,
    runs: str | Path = RUNS,
    space: str | Path | None = None,
    data: DataArgument | None = None,
    data_root: str | Path | None = None,
    watchers: Sequence[Watcher] | None = None,
    **settings: Any,
) -> StudyResult:
    """Continue an interrupted study, or a finished one with a larger budget.

    Args:
        study: The study's name within `runs`, or its path.
        runs: The folder of all studies.
        space: A space that replaces the study's, such as a larger one; the trials so far remain valid.
        data: The study's dataset, if it is in another place now; its content must be the same.
        data_root: The folder of a manifest's files, if it is in another place now.
        watchers: As for `search`.
        **settings: New values: `trials` (in total, including those done), `timeout` (seconds in total),
            `sampler`, `pruner`, `workers` and other settings of `search`; None leaves a setting unchanged. A
            sampler or a pruner that was given as an instance must be given again: an instance, or a name.

    Raises:
        StudyError: There is no such study, it cannot be written, or its data have changed.
        SettingsError: A setting is out of range, or an instance must be given again.
        SearchError: The search could not continue.
    """
    found = find_study(study, Path(runs))
    check_writable(found.path)
    is_moved = data is not None or data_root is not None
    given = {name: value for name, value in settings.items() if value is not None}
    is_changed, is_searched = bool(given) or space is not None, is_pending(found)
    is_checked = is_moved or is_changed or is_searched or not found.data_folder.is_dir()
    if is_checked:
        found = check_data_unchanged(found, data, None if data_root is None else str(data_root))
    if is_searched and not is_changed:
        return _run(found, watchers, is_searched=True)
    changes, instances = without_instances(given)
    resumed = resume_settings(found, changes, space, instances)
    check = None if is_checked else partial(check_data_unchanged, found)  # while a worker starts
    return _run(resumed, watchers, instances, check=check)


def finish(
    study: str | Path,
    *,
    runs: str | Path = RUNS,
    watchers: Sequence[Watcher] | None = None,
    **settings: Any,
) -> StudyResult:
    """Make a study's bundle again: retrain the finalists, choose the champion, read the test split.

    Args:
        study: The study's name within `runs`, or its path.
        runs: The folder of all studies.
        watchers: As for `search`.
        **settings: Settings that replace the study's for this finish: `finalists`, `final_seeds`, `pick`,
            `max_latency` (seconds), `refit`; None leaves a setting unchanged.

    Raises:
        StudyError: There is no such study, it cannot be written, or it is being searched.
        SettingsError: A setting is out of range.
        SearchError: No trial is eligible as the champion, or no finalist is fast enough.
    """
    found = find_study(study, Path(runs))
    check_writable(found.path)
    changes = {name: value for name, value in settings.items() if value is not None}
    with _watched(found, watchers) as watching:
        return StudyResult(found, finish_again(found, changes, watching))


def _run(
    study: Study,
    watchers: Sequence[Watcher] | None,
    instances: Instances | None = None,
    *,
    is_searched: bool = False,
    check: Callable[[], object] | None = None,
) -> StudyResult:
    interruption = Interruption()
    logger.debug("study: %s; log: %s", study.path, study.log)
    logger.debug("settings: %s", study.settings.model_dump_json(exclude_defaults=True))
    with _watched(study, watchers) as watching, counting_ctrl_c(interruption):
        is_finished = is_searched or run_study(study, watching, interruption, instances or Instances(), check)
        if is_finished:
            record(study)
        if is_finished and ranked(study, study.records()) and not is_concluded(study):
            is_finished = finish_search(study, watching, interruption)
    return StudyResult(study, is_finished)


@contextmanager
def _watched(study: Study, watchers: Sequence[Watcher] | None) -> Iterator[Sequence[Watcher]]:
    """Yield the watchers, or by default one that shows the progress."""
    if watchers is not None:
        yield watchers
        return
    with shown(study) as view:
        yield [view]
