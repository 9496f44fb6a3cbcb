"""Starting and resuming studies: check all input, create the folder atomically, then run the driver with its
workers and the mirror."""

import logging
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from cnnsearch.data import DataArgument, Dataset
from cnnsearch.data.sources.memory import IN_MEMORY
from cnnsearch.data.store import read_summary
from cnnsearch.errors import SearchError, SettingsError, SpaceError, StudyError
from cnnsearch.files import unfinished, write_text
from cnnsearch.search.accelerators import with_accelerator
from cnnsearch.search.budget import Budget
from cnnsearch.search.driver import Driver
from cnnsearch.search.executors import Executor, make_executor
from cnnsearch.search.feasibility import Feasibility
from cnnsearch.search.instances import Instances
from cnnsearch.search.interruption import Interruption, counting_ctrl_c
from cnnsearch.search.mirror import MirrorProcess
from cnnsearch.search.planned_search import make_budget
from cnnsearch.search.proposals import Proposals
from cnnsearch.search.pruners import Pruner, make_fold_pruner, make_pruner
from cnnsearch.search.samplers import Sampler, make_sampler
from cnnsearch.search.spaces import choose, choose_again
from cnnsearch.search.study_data import load_study_data, remarks
from cnnsearch.search.target import Target
from cnnsearch.search.under_way import PeriodicLines
from cnnsearch.space import Space
from cnnsearch.study.events import Happening, Note, TrialChanged, Watcher
from cnnsearch.study.folder import Study, find_study, valid_name
from cnnsearch.study.folds import check_folds, examples_trained
from cnnsearch.study.lock import driving
from cnnsearch.study.log import LogFile
from cnnsearch.study.records import Records, TrialRecord, counted
from cnnsearch.study.settings import Settings, checked_settings, save_settings
from cnnsearch.study.storage import DATA, DATASETS, PLAN, SETTINGS, SPACE, write_json
from cnnsearch.study.warm_start import WarmStart, read_warm_start, write_warm_start
from cnnsearch.training.backend import check_installed

logger = logging.getLogger(__name__)

NAME = re.compile(r"\w[\w.-]*")
"""The pattern of a study's name, which is also a valid name of a model in MLflow."""
Recommend = Callable[[Settings, Space, Dataset, Path], WarmStart | None]
"""Returns the points with which a study begins, from its settings, space, dataset and runs folder."""
BY_NAME = Instances()
"""No instances: the sampler and the pruner are those named in the settings."""


def create_study(
    settings: Settings,
    runs: Path,
    name: str | None,
    data: DataArgument,
    instances: Instances = BY_NAME,
    recommend: Recommend | None = None,
) -> Study:
    """Check the input of a search and create the study's folder.

    Args:
        settings: The settings of the search.
        runs: The folder of all studies.
        name: The study's name; by default composed of the names of space and dataset, numbered if taken.
        data: The dataset, or the argument that names it.
        instances: The sampler and the pruner, if given as instances.
        recommend: Returns the points to begin with.

    Raises:
        InputError: The input is invalid; nothing has been written.
    """
    chosen = choose(settings)
    instances.check(settings)
    if settings.start_from:
        other = find_study(settings.start_from, runs).path
        beside = os.path.relpath(other, runs.resolve())  # the name alone, for a study of the same runs folder
        settings = settings.model_copy(update={"start_from": beside})
    if settings.sampler == "grid":
        check_finite(chosen.space)
    settings = with_accelerator(settings)
    check_installed(settings.backend)
    if name is not None:
        check_name(name, runs)
    dataset = load_study_data(settings, data, runs)
    settings = with_source(settings, data, dataset).for_task(dataset.task)
    chosen.space.check_dimensions(dataset.summary.input_shape)
    chosen.space.check_task(dataset.task)
    check_folds(dataset.summary, settings.folds)
    warm_start = recommend(settings, chosen.space, dataset, runs) if recommend else None
    name = name or free_name(f"{chosen.space.name}-{dataset.summary.name}", runs)
    try:
        write_study(runs / name, settings, chosen.text, dataset, warm_start)
    except OSError as error:
        raise SettingsError(f"--runs {runs}: cannot be written: {error.strerror or error}") from None
    return Study((runs / name).resolve())


def write_study(
    path: Path, settings: Settings, space: str, dataset: Dataset, warm_start: WarmStart | None = None
) -> None:
    """Store the data beside the studies, and create a study's folder atomically.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = dataset.store(path.parent / DATASETS)
    folder = unfinished(path)
    try:
        folder.mkdir()
        save_settings(settings, folder / SETTINGS)
        write_text(folder / SPACE, space)
        summary = dataset.summary.model_dump(mode="json")
        write_json(folder / DATA, {"folder": stored.name, "summary": summary})
        if warm_start is not None:
            write_warm_start(folder, warm_start)
        folder.rename(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_finite(space: Space) -> None:
    """Check that a grid over the space is finite.

    Raises:
        SettingsError: The space has a continuous range; the message names it.
    """
    try:
        next(space.points())
    except SpaceError as error:
        raise SettingsError(f"--sampler grid: {error}") from None


def check_name(name: str, runs: Path) -> None:
    """Check the name of a new study.

    Raises:
        StudyError: The name is taken, or has invalid characters.
    """
    if not NAME.fullmatch(name):
        raise StudyError(f"--study: found '{name}'; expected letters, digits, _, - and .")
    if (runs / name).exists():
        raise StudyError(
            f"the study '{name}' exists already in {runs}; continue it with `cnnsearch resume {name}`, or "
            "choose another name with --study"
        )


def free_name(wanted: str, runs: Path) -> str:
    """Return a valid name close to the wanted one, with the first number appended that makes it unused."""
    name = valid_name(wanted)
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(candidate for candidate in names if not (runs / candidate).exists())


def check_data_unchanged(
    study: Study, data: DataArgument | None = None, data_root: str | None = None
) -> Study:
    """Read a study's dataset again and compare its fingerprint with the recorded one.

    Where the dataset is no longer found, the copy in the runs folder is used, and a warning says so.

    Args:
        study: The study's folder.
        data: The dataset, or the argument that names it, if it is in another place now.
        data_root: The folder of a manifest's files, if it is in another place now.

    Returns:
        The study, in whose settings a given place is recorded.

    Raises:
        StudyError: The data have changed, or neither they nor a copy are found.
        DataError: The data cannot be read.
    """
    moved = {} if data_root is None else {"data_root": data_root}
    settings = study.settings.model_copy(update=moved)
    place = settings.data if data is None else data
    if data is None and not is_found(settings.data):
        if not study.data_folder.is_dir():
            raise StudyError(
                f"{study.name}: its data ({settings.data}) are not found, and there is no copy in "
                f"{study.data_folder}; give them with --data"
            )
        if settings.data != IN_MEMORY:
            logger.warning("%s: not found; the copy in %s is used", settings.data, study.data_folder)
        return study
    dataset = load_study_data(settings, place, study.runs)
    found, recorded = dataset.summary.fingerprint, study.data_summary["fingerprint"]
    if found != recorded:
        raise StudyError(
            f"the data in {dataset.summary.source} have changed since {study.name} began (fingerprint "
            f"{found[:12]}, recorded {recorded[:12]}); start a new study"
        )
    try:
        dataset.store(study.datasets)
        if data is not None or moved:
            save_settings(with_source(settings, place, dataset), study.path / SETTINGS)
    except OSError as error:
        raise SettingsError(f"{study.runs}: cannot be written: {error.strerror or error}") from None
    return Study(study.path)


def with_source(settings: Settings, data: DataArgument, dataset: Dataset) -> Settings:
    """Return settings with the absolute places of a dataset; one given as a `Dataset` has none."""
    source = IN_MEMORY if isinstance(data, Dataset) else dataset.summary.source
    root = settings.data_root and str(Path(settings.data_root).expanduser().resolve())
    return settings.model_copy(update={"data": source, "data_root": root})


def is_found(data: str) -> bool:
    """Return whether a recorded argument names a dataset: a file or folder that exists, or a known name."""
    return data != IN_MEMORY and (not Path(data).is_absolute() or Path(data).exists())


def resume_settings(
    study: Study,
    changes: Mapping[str, Any],
    space: str | Path | None = None,
    instances: Instances = BY_NAME,
) -> Study:
    """Change settings of a study permanently, and return the study.

    Args:
        study: A study that is not being searched.
        changes: New values of settings.
        space: A space that replaces the study's, such as a larger one.
        instances: The sampler and the pruner, if given as instances.

    Raises:
        MissingDependencyError: The sampler's package is not installed.
        SettingsError: A value is out of range, the study searches a hypermodel, or the settings record the
            class of an instance that was not given.
        SpaceError: There is no such space, or it has faults.
    """
    settings = checked_settings({**study.settings.model_dump(), **changes})
    instances.check(settings)
    chosen = choose_again(space, settings) if space is not None else None
    if chosen is not None:
        summary = read_summary(study.data_folder)
        chosen.space.check_dimensions(summary.input_shape)
        chosen.space.check_task(summary.task)
        settings = settings.model_copy(update={"space": str(space)})
        write_text(study.path / SPACE, chosen.text)
    if changes or chosen:
        save_settings(settings, study.path / SETTINGS)
    return Study(study.path)


def run_study(
    study: Study,
    watchers: Sequence[Watcher] = (),
    interruption: Interruption | None = None,
    instances: Instances = BY_NAME,
    check: Callable[[], object] | None = None,
) -> bool:
    """Search until the study's budget is spent.

    Args:
        study: The study's folder.
        watchers: Receivers of all events.
        interruption: The counter of Ctrl-C, if shared with other steps.
        instances: The sampler and the pruner, if given as instances.
        check: Called while the first worker starts, before anything is trained; raises to end the search.

    Returns:
        True if it ended, False if Ctrl-C interrupted it.

    Raises:
        StudyError: Another process is searching the study.
        SearchError: The search could not continue.
    """
    interruption = interruption or Interruption()
    with saying_what_failed(study), driving(study.path), counting_ctrl_c(interruption):
        records, space = study.records(), study.space  # reports damaged files before anything starts
        settings, budget = study.settings, None
        if settings.is_planned:
            summary, file = read_summary(study.data_folder), study.path / PLAN
            warm_start = read_warm_start(study.path)
            budget = make_budget(settings, space, summary, study.seconds, records, file, warm_start)
            settings = budget.shared()
        with closing(make_executor(settings, study)) as executor:
            limit = study.settings.trials
            executor.warm_up(None if limit is None else max(limit - counted(records), 0))
            if check is not None:
                with interruption.raised():
                    check()
            earlier = earlier_records(study)
            sampler = make_sampler(study.settings, space, records, earlier, instances.sampler)
            with LogFile(study.log) as log, _mirror(study, interruption) as mirror:
                periodic = PeriodicLines(study.settings, log.write, are_epochs_written=True)
                watching: list[Watcher] = [log, periodic, mirror, *watchers]
                _driver(
                    study, records, sampler, instances.pruner, executor, watching, interruption, budget
                ).run()
        return interruption.count == 0


def earlier_records(study: Study) -> list[TrialRecord]:
    """Return the trials of the study that this one starts from, if any."""
    start = study.settings.start_from
    return list(find_study(start, study.runs).records()) if start else []


def unfit(space: Space, records: Iterable[TrialRecord]) -> dict[str, int]:
    """Count the trials with values that are no longer in a space, by parameter."""
    counts: Counter[str] = Counter()
    for record in records:
        counts.update(set(record.params) - set(space.encoded(record.params)))
    return dict(counts)


def _driver(
    study: Study,
    records: Records,
    sampler: Sampler,
    pruner: Pruner | None,
    executor: Executor,
    watchers: list[Watcher],
    interruption: Interruption,
    budget: Budget | None,
) -> Driver:
    def notify(happening: Happening) -> None:
        for watcher in watchers:
            watcher(happening)

    settings, summary = study.settings, read_summary(study.data_folder)
    warm_start = read_warm_start(study.path)
    proposals = Proposals(
        study.space,
        Target.of(summary),
        sampler,
        records,
        settings.seed,
        feasibility=Feasibility(study.space, settings, records, budget),
        baselines=settings.baselines == "all" and settings.sampler != "grid",
        told=lambda record: notify(TrialChanged(record)),
        warm_start=warm_start,
        maximizes=settings.direction == "maximize",
        note=lambda text: notify(Note(text)),
    )
    for name, trials in unfit(study.space, [*records, *earlier_records(study)]).items():
        notify(Note(f"{name}: the values of {trials} earlier trials are no longer in the space"))
    for name, reason in proposals.unfit.items():
        what = "" if warm_start is not None and name in warm_start.points else "baseline "
        notify(Note(f"skipping the {what}{name}: {reason}"))
    for remark in remarks(summary):
        notify(Note(remark))
    if warm_start is not None:
        notify(Note(warm_start.text))
    if study.settings.tracking_uri:
        notify(Note(f"tracking: MLflow runs go to {study.settings.tracking_uri}"))
    if pruner is None:
        name = "none" if budget else settings.pruner
        pruner = make_pruner(name, settings.most_epochs, examples_trained(summary, settings.folds))
    fold_pruner = make_fold_pruner(settings.pruner, settings.folds)
    return Driver(
        study, records, proposals, sampler, pruner, executor, watchers, interruption, fold_pruner, budget
    )


@contextmanager
def saying_what_failed(study: Study) -> Iterator[None]:
    """Convert an OSError, such as a full disk, to a SearchError; the study can be resumed."""
    try:
        yield
    except OSError as error:
        command = f"cnnsearch resume {study.path}"
        raise SearchError(f"the search failed: {error}. To continue: {command}") from error


@contextmanager
def _mirror(study: Study, interruption: Interruption) -> Iterator[Watcher]:
    """Run the process that updates MLflow and study.db; yield a watcher that reports each change to it.

    After Ctrl-C it writes the last changes in the background.
    """
    mirror = MirrorProcess(study)
    mirror.start()

    def watch(happening: Happening) -> None:
        if isinstance(happening, TrialChanged):
            mirror.changed(happening.record.number)

    try:
        yield watch
    finally:
        if interruption.count:
            mirror.leave()
        else:
            mirror.close()
