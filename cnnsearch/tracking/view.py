"""How MLflow's pages show a study: the columns and charts of its experiment, and links to it.

The front end of MLflow 3.17 takes columns and charts from a saved view, an experiment tag that is listed
under *Views*, or from what the browser remembers. A link alone sets only the order and the kind of page.
"""

import base64
import json
import zlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from cnnsearch.errors import InputError
from cnnsearch.space import SearchSpace
from cnnsearch.space.trials import RandomTrial
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord
from cnnsearch.tasks.registry import TASKS
from cnnsearch.tracking import entries

VIEW_TAG = "mlflow.sharedViewState.cnnsearch"
EXPERIMENTS = "#/experiments?workflowType=machine_learning"
"""The page with the list of experiments."""
_VIEW_NAME = "Trials"
_PACKED = "deflate;"
_TRIALS, _PARAMETERS, _CURVES = "cnnsearch-trials", "cnnsearch-parameters", "cnnsearch-curves"
_SECTIONS = (
    {"uuid": _TRIALS, "name": "Trials", "columns": 2},
    {"uuid": _PARAMETERS, "name": "Sampled values", "columns": 1},
    {"uuid": _CURVES, "name": "Model metrics", "columns": 3},  # where MLflow adds other metrics
)
_DRAWS = 50
"""Random points of a space, from which the parameters that every candidate has are found."""
_MOST_AXES = 8
_MOST_RUNS = 20


def page_of(experiments: Sequence[str], objective: str, direction: str) -> str:
    """Return the part of a link after the server: the trials sorted by the objective, with charts.

    Args:
        experiments: The ids of the experiments; several are compared on one page.
        objective: The objective of the study.
        direction: `maximize` or `minimize`.
    """
    page = f"experiments/{experiments[0]}/runs?"
    if len(experiments) > 1:
        ids = json.dumps(sorted(experiments), separators=(",", ":"))
        page = f"compare-experiments/s?experiments={quote(ids)}&"
    order = quote(_metric(f"best_{objective}"), safe=".")
    ascending = str(direction == "minimize").lower()
    sorting = f"orderByKey={order}&orderByAsc={ascending}"
    return f"#/{page}workflowType=machine_learning&{sorting}&compareRunsMode=CHART"


def view_tag(study: Study, records: Iterable[TrialRecord], hidden: Collection[str]) -> str:
    """Return the saved view of a study's experiment, as the value of its tag.

    Args:
        study: The study's folder.
        records: Its records; needed for the parameters of a hypermodel.
        hidden: The ids of runs that charts leave out, such as the study's own, which has no learning curve.
    """
    records = list(records)
    begun = entries.mlflow_time(min(record.trial.started for record in records))
    packed = zlib.compress(json.dumps(_state(study, records, hidden)).encode(), 9)
    state = _PACKED + base64.b64encode(packed).decode()  # as MLflow does: older servers take 5,000 characters
    return json.dumps({"name": _VIEW_NAME, "createdAt": begun, "updatedAt": begun, "state": state})


def state_in(tag: str) -> dict[str, Any]:
    """Return the state of the pages in a tag made by `view_tag`."""
    packed = json.loads(tag)["state"].removeprefix(_PACKED)
    state: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed)))
    return state


def merged(states: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the state of a page that compares several experiments: the charts of the first, all columns."""
    columns = dict.fromkeys(column for state in states for column in state["selectedColumns"])
    hidden = {run: shown for state in states for run, shown in state["runsVisibilityMap"].items()}
    names = ["attributes.`Experiment Name`"]
    return {**states[0], "selectedColumns": names + list(columns), "runsVisibilityMap": hidden}


def _state(study: Study, records: list[TrialRecord], hidden: Collection[str]) -> dict[str, Any]:
    settings = study.settings
    best = f"best_{settings.objective}"
    known, always = _parameters(study, records)
    sizes = [name for name in ("num_weights", "macs") if name != best]
    columns = [_metric(name) for name in (best, *sizes)]
    columns += ["tags.`cnnsearch.state`", *(f"params.`{name}`" for name in known)]
    return {
        "searchFilter": "",
        "orderByKey": _metric(best),
        "orderByAsc": settings.direction == "minimize",
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs",
        "datasetsFilter": [],
        "selectedColumns": columns,
        "columnOrder": columns,
        "columnWidths": {column: max(100, 8 * len(column) - 40) for column in columns},
        "runsHiddenMode": f"FIRST_{_MOST_RUNS}_RUNS",
        "runsVisibilityMap": dict.fromkeys(hidden, False),
        "compareRunCharts": _charts(study, always),
        "compareRunSections": [{**section, "display": True, "isReordered": True} for section in _SECTIONS],
        "isAccordionReordered": True,  # otherwise the sections are sorted by name
        "globalLineChartConfig": {"xAxisKey": "step", "lineSmoothness": 0, "selectedXAxisMetricKey": ""},
    }


def _charts(study: Study, axes: list[str]) -> list[dict[str, Any]]:
    """Return the charts. MLflow adds one for each metric that has none, so that metrics without a curve have
    a deleted one."""
    objective = study.settings.objective
    best = f"best_{objective}"
    task = TASKS[study.data_summary["task"]["type"]]
    metrics = list(task.metrics)
    curves = ["loss", *(name for name in (f"validation_{name}" for name in metrics) if name != objective)]
    others = ["best_epoch", "duration_seconds", "examples_seen", "num_weights", "macs"]
    others += [f"test_{name}" for name in metrics]
    others += [
        metric.on(split).name for split in ("validation", "test") for metric in task.final_metrics.values()
    ]
    scatters = [
        _chart("SCATTER", f"{best} against {size}", _TRIALS, xaxis=_axis(size), yaxis=_axis(best))
        for size in ("num_weights", "macs")
    ]
    return [
        _curve(objective, _TRIALS),
        _chart("BAR", best, _TRIALS, metricKey=best),
        *scatters,
        _chart("PARALLEL", best, _PARAMETERS, selectedParams=axes, selectedMetrics=[best]),
        *(_curve(name, _CURVES) for name in curves),
        *(_chart("BAR", name, _CURVES, metricKey=name) | {"deleted": True} for name in others),
    ]


def _curve(metric: str, section: str) -> dict[str, Any]:
    plain = {"lineSmoothness": 0, "useGlobalLineSmoothing": False, "useGlobalXaxisKey": True}
    return _chart("LINE", metric, section, metricKey=metric, selectedMetricKeys=[metric], **plain)


def _chart(kind: str, title: str, section: str, **contents: Any) -> dict[str, Any]:
    return {
        "uuid": f"cnnsearch-{kind}-{title}",
        "type": kind,
        "metricSectionId": section,
        "deleted": False,
        "isGenerated": False,
        "runsCountToCompare": _MOST_RUNS,
        **contents,
    }


def _axis(metric: str) -> dict[str, str]:
    return {"key": metric, "type": "METRIC"}


def _metric(name: str) -> str:
    return f"metrics.`{name}`"


def _parameters(study: Study, records: list[TrialRecord]) -> tuple[list[str], list[str]]:
    """Return the names of the parameters to show as columns, and those that every candidate has.

    They are those of the space, not of the trials so far, so that a view does not change during a search. A
    hypermodel has no parameters before its trials, and the space of an old study may not be valid any more.
    """
    try:
        space = study.space
    except InputError:
        space = None
    if isinstance(space, SearchSpace):
        points = [space.sample_params(RandomTrial(seed)) for seed in range(_DRAWS)]
        names = dict.fromkeys(space.parameters)
    else:
        points = [record.params for record in records if record.has_all_params]
        names = {name: None for point in points for name in point}
    always = set(names).intersection(*points)
    known = list(entries.most_telling(names))
    return known, [name for name in known if name in always][:_MOST_AXES]
