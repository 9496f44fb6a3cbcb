"""The model card: what a network is, was trained on, reaches and is not for, as Markdown beside its files."""

import importlib.metadata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from cnnsearch.bundle.exported import Exported
from cnnsearch.bundle.files import form_of
from cnnsearch.bundle.statistics import wilson
from cnnsearch.data.sealed import read_ledger
from cnnsearch.data.store import read_summary
from cnnsearch.data.summary import DatasetSummary
from cnnsearch.files import write_text
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord
from cnnsearch.study.settings import Settings
from cnnsearch.study.storage import METRICS, read_json
from cnnsearch.version import __version__

CARD = "card.md"
_LONGEST_LIST = 12
_FEW = 50
"""Training examples of a class below which the card warns."""
_ORIGINS = {
    "made": "Split by cnnsearch, stratified, with seed {}.",
    "given": "The splits were given.",
    "completed": "One split was given, the other split off train, stratified, with seed {}.",
}


class Figure(NamedTuple):
    """A row of the card's table of figures."""

    name: str
    value: str
    of: str


def write_card(study: Study) -> Path:
    """Writes the champion's card into its bundle, `runs/STUDY/best/card.md`.

    Raises:
        StudyError: There is no bundle.
    """
    place = study.best / CARD
    write_text(place, _render(study, (), "champion", ""))
    return place


def write_export_card(
    study: Study, folder: Path, files: Sequence[Exported], source: str, license: str
) -> Path:
    """Writes the card of exported files beside them.

    Args:
        study: The study's folder.
        folder: Where the files are.
        files: What was exported there.
        source: Which network it is: `champion`, `trial 3`, `finalist 3`.
        license: Its licence; empty where none is stated.
    """
    place = folder / CARD
    write_text(place, _render(study, [file for file in files if file.source == source], source, license))
    return place


def _render(study: Study, files: Sequence[Exported], source: str, license: str) -> str:
    has_bundle = source == "champion" or (study.best / METRICS).exists()
    metrics = read_json(study.best / METRICS) if has_bundle else {}
    records, summary, settings = study.records(), read_summary(study.data_folder), study.settings
    number = metrics["trial"] if source == "champion" else int(source.split()[1])
    known = metrics.get("finalists", ()) if not source.startswith("trial") else ()
    finalist: dict[str, Any] = next((f for f in known if f["trial"] == number), {})
    own = metrics if source == "champion" else {}
    is_picture = len(summary.input_shape) == 3 and summary.input_shape[2] in (1, 3)
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
        form=form_of(summary),
        kind=("signals", "pictures", "volumes")[len(summary.input_shape) - 2],
        counts=record.trial.counts,
        figures=list(_figures(record, own, finalist)),
        files=files,
        splits=", ".join(f"{summary.num_examples(part):,} {part}" for part in summary.counts),
        origin=" ".join(_origin(summary)),
        space=study.space.name,
        settings=settings,
        budget=_budget(settings),
        trials=records.told_counts(),
        readings=_times(len(read_ledger(study.ledger))),
        limits=list(_limits(summary, bool(_calibration(own, finalist)))),
        is_picture=is_picture,
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
    environment.filters["cell"] = _cell
    return environment.get_template("card.md.j2")


def _figures(record: TrialRecord, metrics: dict[str, Any], finalist: dict[str, Any]) -> Iterator[Figure]:
    """What is known of a network, the most reliable figure first."""
    if test := _test(metrics, finalist):
        accuracy, examples = test
        low, high = wilson(round(accuracy * examples), examples)
        told = f"{accuracy:.4f} (95% interval {low:.4f} to {high:.4f})"
        yield Figure("test accuracy", told, f"{examples:,} examples")
    retrained = finalist.get("retrained", {}).get("validation_accuracy", {"n": 0})
    if retrained["n"]:
        spread = f"{retrained['mean']:.4f}, standard deviation {retrained['std']:.4f}"
        yield Figure("validation accuracy, trained again", spread, f"{retrained['n']} seeds")
    assert record.result is not None
    searched = record.result.metrics.get("validation_accuracy")
    if searched is not None:
        yield Figure("validation accuracy, as searched", f"{searched:.4f}", "one seed; biased upward")
    if calibration := _calibration(metrics, finalist):
        after = f"{calibration['ece_after']:.4f} at temperature {calibration['temperature']:.2f}"
        yield Figure("expected calibration error", f"{calibration['ece']:.4f} ({after})", "the test split")


def _test(metrics: dict[str, Any], finalist: dict[str, Any]) -> tuple[float, int] | None:
    """Accuracy on the test split and its examples, with the very weights of this network."""
    if metrics:
        return metrics["test_accuracy"], metrics["test_examples"]
    return (finalist["test"]["accuracy"], finalist["test"]["examples"]) if finalist else None


def _calibration(metrics: dict[str, Any], finalist: dict[str, Any]) -> dict[str, Any]:
    """A finalist's calibration; a champion that was fitted again has other weights than its finalist."""
    is_same = not metrics or finalist.get("test", {}).get("accuracy") == metrics["test_accuracy"]
    calibration: dict[str, Any] = finalist.get("calibration", {}) if is_same else {}
    return calibration


def _limits(summary: DatasetSummary, is_calibrated: bool) -> Iterator[str]:
    yield "It knows its classes alone: an example of none of them gets one of their labels all the same."
    yield "The figures hold for data like those it was trained on; measure your own before you rely on it."
    if not is_calibrated:
        yield "Its probabilities were not checked for calibration."
    few = [f"{_cell(name)} ({count})" for name, count in summary.counts["train"].items() if count < _FEW]
    if few:
        yield f"Classes with fewer than {_FEW} training examples: {_listed(few)}."
    if summary.duplicates_across_splits:
        number = f"{summary.duplicates_across_splits:,}"
        yield f"{number} test examples also occur in train or validation, so the test figure flatters."


def _origin(summary: DatasetSummary) -> Iterator[str]:
    """How the splits came about, in sentences."""
    if summary.split_by == "time":
        yield "Split by time: the test examples are the latest."
    else:
        yield _ORIGINS[summary.split_origin].format(summary.split_seed)
    if summary.grouped_by:
        yield f"Kept on one side of the splits: {_listed(summary.grouped_by)}."
    if summary.skipped:
        yield f"{summary.skipped:,} files that could not be decoded were left out."


def _budget(settings: Settings) -> str:
    by_epochs = f"at most {settings.most_epochs} epochs a trial"
    parts = ["trials sized by its plan" if settings.is_planned else by_epochs]
    if settings.timeout is not None:
        parts.insert(0, f"{settings.timeout:g} s")
    if settings.trials is not None:
        parts.insert(0, f"{settings.trials} trials")
    return "budget " + ", ".join(parts)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(_cell, names[:_LONGEST_LIST]))
    return shown if len(names) <= _LONGEST_LIST else f"{shown} and {len(names) - _LONGEST_LIST} more"


def _cell(text: str) -> str:
    """A text of the data's that stays in one cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
