"""Begins and resumes studies: everything is checked first, then the folder appears whole, then the
driver runs beside its workers and the mirror."""

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from cnnsearch.data import Dataset
from cnnsearch.data.store import read_summary
from cnnsearch.errors import SearchError, SettingsError, SpaceError, StudyError
from cnnsearch.files import unfinished, write_text
from cnnsearch.search.budget import Budget
from cnnsearch.search.driver import Driver
from cnnsearch.search.events import Happening, Note, TrialChanged, Watcher
from cnnsearch.search.executors import Executor, make_executor
from cnnsearch.search.feasibility import Feasibility
from cnnsearch.search.instances import Instances
from cnnsearch.search.interruption import Interruption, counting_ctrl_c
from cnnsearch.search.log import LogFile
from cnnsearch.search.mirror import MirrorProcess
from cnnsearch.search.planned_search import make_budget
from cnnsearch.search.proposals import Proposals, Target
from cnnsearch.search.pruners import Pruner, make_fold_pruner, make_pruner
from cnnsearch.search.samplers import Sampler, make_sampler
from cnnsearch.search.spaces import choose, choose_again
from cnnsearch.search.study_data import STORE, load_study_data, remarks
from cnnsearch.space import Space
from cnnsearch.study.folder import Study, find_study
from cnnsearch.study.folds import check_folds, examples_trained
from cnnsearch.study.lock import driving
from cnnsearch.study.records import Records, TrialRecord, counted
from cnnsearch.study.settings import Settings, checked_settings, save_settings
from cnnsearch.study.storage import DATA, PLAN, SETTINGS, SPACE, write_json
from cnnsearch.training.backend import check_installed

NAME = re.compile(r"\w[\w.-]*")
"""What a study may be called; MLflow takes it as the name of a model too."""
BY_NAME = Instances()
"""The sampler and the pruner are those that the settings name."""


def create_study(
    settings: Settings,
    runs: Path,
    name: str | None,
    data: str | Path | Dataset,
    instances: Instances = BY_NAME,
) -> Study:
    """Checks everything that a search needs and makes its folder.

    Args:
        settings: What to search, and how.
        runs: The folder of all studies.
        name: The study's name; by default the space's and the dataset's, numbered where taken.
        data: The dataset, or the argument that names it.
        instances: The sampler and the pruner, where they are given as such.

    Raises:
        InputError: Something does not fit; nothing has been written.
    """
    chosen = choose(settings)
    instances.check(settings)
    if settings.start_from:
        settings = settings.model_copy(update={"start_from": str(find_study(settings.start_from, runs).path)})
    if settings.sampler == "grid":
        check_finite(chosen.space)
    check_installed(settings.backend)
    if name is not None:
        check_name(name, runs)
    dataset = load_study_data(settings, data, runs)
    if not isinstance(data, Dataset):
        settings = settings.model_copy(update={"data": dataset.summary.source})
    settings = settings.for_task(dataset.task)
    chosen.space.check_dimensions(dataset.summary.input_shape)
    check_folds(dataset.summary, settings.folds)
    name = name or free_name(f"{chosen.space.name}-{dataset.summary.name}", runs)
    try:
        write_study(runs / name, settings, chosen.text, dataset)
    except OSError as error:
        raise SettingsError(f"--runs {runs}: cannot be written: {error.strerror or error}") from None
    return Study((runs / name).resolve())


def write_study(path: Path, settings: Settings, space: str, dataset: Dataset) -> None:
    """Stores the data beside the studies, and makes a study's folder, whole or not at all.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = dataset.store(path.parent / STORE)
    folder = unfinished(path)
    try:
        folder.mkdir()
        save_settings(settings, folder / SETTINGS)
        write_text(folder / SPACE, space)
        summary = dataset.summary.model_dump(mode="json")
        write_json(folder / DATA, {"folder": stored.name, "summary": summary})
        folder.rename(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_finite(space: Space) -> None:
    """Checks that a grid over the space would end.

    Raises:
        SettingsError: The space has a continuous range; the message names it.
    """
    try:
        next(space.points())
    except SpaceError as error:
        raise SettingsError(f"--sampler grid: {error}") from None


def check_name(name: str, runs: Path) -> None:
    """Checks what a new study is to be called.

    Raises:
        StudyError: The name is taken, or has characters that a name does not have.
    """
    if not NAME.fullmatch(name):
        raise StudyError(f"--study: found '{name}'; expected letters, digits, _, - and .")
    if (runs / name).exists():
        raise StudyError(
            f"the study '{name}' exists already in {runs}; go on with it by `cnnsearch resume {name}`, or "
            "choose another name with --study"
        )


def free_name(wanted: str, runs: Path) -> str:
    """A name made of what is wanted, with the first number behind it that makes it new."""
    name = re.sub(r"[^\w.-]+", "-", wanted)
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(candidate for candidate in names if not (runs / candidate).exists())


def check_data_unchanged(study: Study) -> None:
    """Reads a study's dataset again and compares it with what the study began with.

    Raises:
        StudyError: The data have changed.
        DataError: The data cannot be read.
    """
    settings = study.settings
    before = read_summary(study.data_folder) if study.data_folder.is_dir() else None
    if settings.data.startswith("<"):
        if before is None:
            raise StudyError(f"the arrays of {study.name} are gone from {study.data_folder}")
        return
    dataset = load_study_data(settings, settings.data, study.runs)
    recorded = before.fingerprint if before else dataset.summary.fingerprint
    if dataset.summary.fingerprint != recorded:
        raise StudyError(
            f"the data in {settings.data} have changed since {study.name} began (fingerprint "
            f"{dataset.summary.fingerprint[:12]}, recorded {recorded[:12]}); begin a new study"
        )
    try:
        dataset.store(study.runs / STORE)
    except OSError as error:
        raise SettingsError(f"{study.runs}: cannot be written: {error.strerror or error}") from None


def resume_settings(
    study: Study,
    changes: Mapping[str, Any],
    space: str | Path | None = None,
    instances: Instances = BY_NAME,
) -> Study:
    """The study with some of its settings changed for good, as a new budget does.

    Args:
        study: A study that is not being searched.
        changes: New values of settings.
        space: A space in place of its own: one that has grown, for instance.
        instances: The sampler and the pruner, where they are given as such.

    Raises:
        MissingDependencyError: The sampler's package is not installed.
        SettingsError: A value is out of its range, the study searches a hypermodel, or the settings record
            the class of an instance that was not given.
        SpaceError: There is no such space, or it has faults.
    """
    settings = checked_settings({**study.settings.model_dump(), **changes})
    instances.check(settings)
    chosen = choose_again(space, settings) if space is not None else None
    if chosen is not None:
        chosen.space.check_dimensions(read_summary(study.data_folder).input_shape)
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
) -> bool:
    """Searches until the study's budget is spent.

    Args:
        study: The study's folder.
        watchers: Told of everything that happens.
        interruption: Counts Ctrl-C where that began earlier or goes on later.
        instances: The sampler and the pruner, where they are given as such.

    Returns:
        Whether it came to its end, rather than to Ctrl-C.

    Raises:
        StudyError: Another process searches the study.
        SearchError: The search could not go on.
    """
    interruption = interruption or Interruption()
    with saying_what_failed(study), driving(study.path), counting_ctrl_c(interruption):
        records, space = study.records(), study.space  # what is damaged is told before anything starts
        settings, budget = study.settings, None
        if settings.is_planned:
            summary, file = read_summary(study.data_folder), study.path / PLAN
            budget = make_budget(settings, space, summary, study.seconds, records, file)
            settings = budget.shared()
        with closing(make_executor(settings, study.log)) as executor:
            limit = study.settings.trials
            executor.warm_up(None if limit is None else max(limit - counted(records), 0))
            earlier = earlier_records(study)
            sampler = make_sampler(study.settings, space, records, earlier, instances.sampler)
            with LogFile(study.log) as log, _mirror(study) as mirror:
                watching: list[Watcher] = [log, mirror, *watchers]
                _driver(
                    study, records, sampler, instances.pruner, executor, watching, interruption, budget
                ).run()
        return interruption.count == 0


def earlier_records(study: Study) -> list[TrialRecord]:
    """The trials of the study that this one starts from, if it does."""
    start = study.settings.start_from
    return list(find_study(start, study.runs).records()) if start else []


def unfit(space: Space, records: Iterable[TrialRecord]) -> dict[str, int]:
    """Parameters whose values in these trials are no longer in a space, with how many trials have such."""
    found: Counter[str] = Counter()
    for record in records:
        found.update(set(record.params) - set(space.encoded(record.params)))
    return dict(found)


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
    def tell(happening: Happening) -> None:
        for watcher in watchers:
            watcher(happening)

    settings, summary = study.settings, read_summary(study.data_folder)
    proposals = Proposals(
        study.space,
        Target.of(summary),
        sampler,
        records,
        settings.seed,
        feasibility=Feasibility(study.space, settings, records, budget),
        baselines=settings.baselines == "all" and settings.sampler != "grid",
        told=lambda record: tell(TrialChanged(record)),
    )
    for name, trials in unfit(study.space, [*records, *earlier_records(study)]).items():
        tell(Note(f"{name}: the values of {trials} earlier trials are not in the space any more"))
    for name, reason in proposals.unfit.items():
        tell(Note(f"the baseline {name} is left out: {reason}"))
    for remark in remarks(summary):
        tell(Note(remark))
    if pruner is None:
        name = "none" if budget else settings.pruner
        pruner = make_pruner(name, settings.most_epochs, examples_trained(summary, settings.folds))
    fold_pruner = make_fold_pruner(settings.pruner, settings.folds)
    return Driver(
        study, records, proposals, sampler, pruner, executor, watchers, interruption, fold_pruner, budget
    )


@contextmanager
def saying_what_failed(study: Study) -> Iterator[None]:
    """A full disk in the middle of a search is no bug: what is recorded stays, and can be gone on with."""
    try:
        yield
    except OSError as error:
        raise SearchError(f"the search ended at: {error}. Go on: cnnsearch resume {study.path}") from error


@contextmanager
def _mirror(study: Study) -> Iterator[Watcher]:
    """The process that keeps MLflow and study.db up to date, told of each change."""
    mirror = MirrorProcess(study)
    mirror.start()

    def watch(happening: Happening) -> None:
        if isinstance(happening, TrialChanged):
            mirror.changed(happening.record.number)

    try:
        yield watch
    finally:
        mirror.close()
