"""A study's records -> the description of its experiment in MLflow: what was searched and found, and how to
go on."""

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cnnsearch.data.summary import DatasetSummary
from cnnsearch.durations import duration
from cnnsearch.space import Hypermodel
from cnnsearch.study.folder import Study
from cnnsearch.study.objectives import OBJECTIVES, brief_value
from cnnsearch.study.records import TrialRecord, best_first, states_text
from cnnsearch.study.settings import Settings
from cnnsearch.study.storage import METRICS, read_json


def description(study: Study, records: Iterable[TrialRecord]) -> str:
    """Return the description as Markdown. Its first line is all that MLflow shows until it is opened."""
    records = list(records)
    settings, summary = study.settings, DatasetSummary.model_validate(study.data_summary)
    ranking = best_first(records, settings.direction)
    champion = read_json(study.best / METRICS) if study.is_bundled else None
    rows = [
        ("Searched", _searched(settings)),
        ("Data", _data(summary)),
        ("Budget", _budget(settings)),
        ("Trials", states_text(records)),
    ]
    if ranking:
        rows.append(("Best trial", _trial(ranking[0], settings.objective)))
    if champion:
        rows.append(("Champion", _champion(champion, summary)))
    table = "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {_cell(text)} |" for name, text in rows)])
    commands = "\n".join(_commands(study, is_bundled=champion is not None))
    return f"{_headline(settings, summary, ranking)}\n\n{table}\n\nTo go on:\n\n```\n{commands}\n```\n"


def _headline(settings: Settings, summary: DatasetSummary, ranking: list[TrialRecord]) -> str:
    head = f"Search of {_space(settings)} on {summary.name}"
    if not ranking:
        return f"{head}: no trial is complete yet"
    candidates = "1 candidate" if len(ranking) == 1 else f"{len(ranking)} candidates"
    return f"{head}: the best of {candidates} is {_trial(ranking[0], settings.objective)}"


def _trial(record: TrialRecord, objective: str) -> str:
    value = "" if record.value is None else f", {objective} {brief_value(record.value)}"
    weights = record.trial.counts.get("weights")
    size = "" if weights is None else f", {weights:,} weights"
    return f"trial {record.number}{record.trial.origin}{value}{size}"


def _space(settings: Settings) -> str:
    if isinstance(settings.space, Hypermodel):
        return f"the hypermodel {settings.space.source}"
    return f"the space {Path(settings.space).stem}"


def _searched(settings: Settings) -> str:
    changed = [f"{path}={value}" for path, value in settings.overrides.items()]
    parts = [_space(settings), *changed, f"sampler {settings.sampler}", f"pruner {settings.pruner}"]
    aims = [f"{OBJECTIVES[name].direction} {name}" for name in settings.objectives]
    return ", ".join([*parts, f"seed {settings.seed}", *aims])


def _data(summary: DatasetSummary) -> str:
    shape = " x ".join(map(str, summary.input_shape))
    examples = f"{summary.splits_text} examples of {shape}"
    return f"{summary.name}: {examples}; {summary.task.described} ({summary.task.type})"


def _budget(settings: Settings) -> str:
    parts = [
        f"{settings.trials} trials" if settings.trials else "",
        duration(settings.timeout) if settings.timeout else "",
        "" if settings.is_planned else f"at most {settings.most_epochs} epochs a trial",
        f"{settings.folds} folds" if settings.folds > 1 else "",
    ]
    return ", ".join(part for part in parts if part)


def _champion(metrics: dict[str, Any], summary: DatasetSummary) -> str:
    main = summary.task.main_metric()
    measured = [main.on(split) for split in ("validation", "test")]
    scores = [f"{one.title} {one.format(metrics[one.name])}" for one in measured if one.name in metrics]
    return f"trial {metrics['trial']}: {', '.join(scores)} ({metrics['test_examples']:,} test examples)"


def _commands(study: Study, *, is_bundled: bool) -> Iterator[str]:
    """Yield the commands with what each does, to be run beside the folder of the studies."""
    name = shlex.quote(study.name)
    runs = "" if study.runs.name == "runs" else f" --runs {shlex.quote(study.runs.name)}"
    trials = 2 * study.settings.trials if study.settings.trials else None
    more = f"--trials {trials}" if trials else "--timeout 10m"
    yield f"cnnsearch report {name}{runs}    # figures and tables of the search"
    yield f"cnnsearch resume {name}{runs} {more}    # search on"
    if is_bundled:
        yield f"cnnsearch predict {name} FILES{runs}    # use the champion"
        yield f"cnnsearch export {name}{runs} --format onnx"
    else:
        yield f"cnnsearch finish {name}{runs}    # choose, test and save the champion"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
