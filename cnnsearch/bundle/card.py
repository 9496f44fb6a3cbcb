"""The model card in Markdown: the network, its training data, scores and limits."""

import importlib.metadata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from cnnsearch.bundle.exported import Exported
from cnnsearch.bundle.files import form_of
from cnnsearch.bundle.metrics import FinalistMetrics, Metrics, read_metrics
from cnnsearch.data.layout import KINDS
from cnnsearch.data.pictures import describe_preprocessing
from cnnsearch.data.sealed import read_ledger
from cnnsearch.data.store import read_summary
from cnnsearch.data.summary import DatasetSummary
from cnnsearch.durations import duration
from cnnsearch.files import write_text
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord
from cnnsearch.study.settings import Settings
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.registry import AnyDetails
from cnnsearch.tasks.report import Row
from cnnsearch.tasks.scores import Score
from cnnsearch.version import __version__

CARD = "card.md"
_LONGEST_LIST = 12
_FEW = 50
"""The number of training examples of a class below which the card warns."""
_ORIGINS = {
    "made": "Split by cnnsearch, stratified, with seed {}.",
    "given": "The splits were given.",
    "completed": "One split was given; the other was split off train, stratified, with seed {}.",
}


def write_card(study: Study) -> Path:
    """Write the champion's card into its bundle, `runs/STUDY/best/card.md`, and return its path.

    Raises:
        StudyError: There is no bundle.
    """
    place = study.best / CARD
    write_text(place, _render(study, (), "champion", ""))
    return place


def write_export_card(
    study: Study, folder: Path, files: Sequence[Exported], source: str, license: str
) -> Path:
    """Write the card of exported files into their folder.

    Args:
        study: The study's folder.
        folder: The folder of the files.
        files: The files exported there.
        source: The network: `champion`, `trial 3` or `finalist 3`.
        license: The licence of the network; empty if none is stated.
    """
    place = folder / CARD
    write_text(place, _render(study, [file for file in files if file.source == source], source, license))
    return place


def _render(study: Study, files: Sequence[Exported], source: str, license: str) -> str:
    metrics = None if source.startswith("trial") else read_metrics(study.best)
    records, summary, settings = study.records(), read_summary(study.data_folder), study.settings
    number = metrics.trial if metrics and source == "champion" else int(source.split()[1])
    finalist = metrics.finalist(number) if metrics else None
    tested = metrics if source == "champion" else finalist
    form = form_of(summary)
    is_picture = len(form.shape) == 3 and form.shape[2] in (1, 3)
    record = records[number]
    text: str = _template().render(
        title=f"{study.name}: {source}",
        source=f"trial {number}, the champion" if source == "champion" else source,
        study=study.name,
        version=__version__,
        keras=importlib.metadata.version("keras"),
        license=license,
        summary=summary,
        labels=_listed(summary.labels),
        form=form,
        kind=KINDS[len(form.shape) - 1],
        counts=record.trial.counts,
        rows=list(_rows(record, finalist, tested, summary)),
        files=files,
        splits=summary.splits_text,
        origin=" ".join(_origin(summary)),
        space=study.space.name,
        settings=settings,
        budget=_budget(settings),
        trials=records.told_counts(),
        readings=_times(len(read_ledger(study.ledger))),
        limits=list(_limits(summary, tested.details if tested else None)),
        is_picture=is_picture,
        preprocessing=describe_preprocessing(form.picture_form) if is_picture else "",
        bundle=(study.name if files else ".") if source == "champion" else "",
        example="pictures/" if is_picture else "examples.npz",
        dimensions=", ".join(map(str, summary.input_shape)),
    )
    return text


def _template() -> Any:
    loader = PackageLoader("cnnsearch.bundle")
    environment = Environment(
        loader=loader, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {"cell": _cell, "duration": duration}
    return environment.get_template("card.md.j2")


def _rows(
    record: TrialRecord,
    finalist: FinalistMetrics | None,
    tested: Metrics | FinalistMetrics | None,
    summary: DatasetSummary,
) -> Iterator[Row]:
    """Return the scores of a network, the most reliable first.

    Args:
        record: The trial.
        finalist: Its metrics in the finish; None if it was no finalist.
        tested: The metrics that hold the test scores of the card's weights; None if they were not tested.
        summary: The summary of the dataset.
    """
    main, report = summary.task.main_metric(), summary.task.report()
    if tested:
        value = _with_interval(main, tested.test[main.name])
        yield Row(f"test {main.title}", value, f"{summary.num_examples('test'):,} examples")
    if finalist and (spread := finalist.over_seeds(main.name)):
        deviation = "" if spread.std is None else f", standard deviation {main.format(spread.std)}"
        seeds = "1 seed" if spread.n == 1 else f"{spread.n} seeds"
        yield Row(f"validation {main.title}, retrained", f"{main.format(spread.mean)}{deviation}", seeds)
    assert record.result is not None
    searched = record.result.metrics.get(main.on("validation").name)
    if searched is not None:
        note = "one seed; biased towards better values"
        yield Row(f"validation {main.title}, in the search", main.format(searched), note)
    if tested:
        yield from report.rows(tested.details)


def _with_interval(main: Metric, score: Score) -> str:
    value = main.format(score.value)
    if score.interval is None:
        return value
    return f"{value} (95% interval {main.format_interval(score.interval)})"


def _limits(summary: DatasetSummary, details: AnyDetails | None) -> Iterator[str]:
    yield from summary.task.report().limits(details)
    yield "The scores hold for data like the training data; evaluate the network on your own data before use."
    few = [f"{_cell(name)} ({count})" for name, count in summary.counts["train"].items() if count < _FEW]
    if few:
        yield f"Names with fewer than {_FEW} training examples: {_listed(few)}."
    if summary.duplicates_across_splits:
        number = f"{summary.duplicates_across_splits:,}"
        yield f"{number} test examples also occur in train or validation, so the test score is optimistic."


def _origin(summary: DatasetSummary) -> Iterator[str]:
    """Describe how the splits were made, in sentences."""
    if summary.split_by == "time":
        yield "Split by time: the test examples are the latest."
    else:
        yield _ORIGINS[summary.split_origin].format(summary.split_seed)
    if summary.grouped_by:
        yield f"Grouped within one split: {_listed(summary.grouped_by)}."
    if summary.skipped:
        yield f"{summary.skipped:,} files that could not be decoded were skipped."


def _budget(settings: Settings) -> str:
    by_epochs = f"at most {settings.most_epochs} epochs a trial"
    parts = ["trials sized by the plan of the search" if settings.is_planned else by_epochs]
    if settings.timeout is not None:
        parts.insert(0, duration(settings.timeout))
    if settings.trials is not None:
        parts.insert(0, f"{settings.trials} trials")
    return "budget " + ", ".join(parts)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(_cell, names[:_LONGEST_LIST]))
    return shown if len(names) <= _LONGEST_LIST else f"{shown} and {len(names) - _LONGEST_LIST} more"


def _cell(text: str) -> str:
    """Return a text of the dataset escaped for a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
