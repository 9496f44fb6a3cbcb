"""Findings -> figures of the search: its progress, learning curves and Pareto front."""

from collections.abc import Sequence
from dataclasses import replace

from cnnsearch.durations import HOUR, MINUTE
from cnnsearch.page import formatting
from cnnsearch.page.charts import (
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    Axis,
    Chart,
    Figure,
    Marks,
    thinned,
)
from cnnsearch.report import objectives
from cnnsearch.report.findings import Findings
from cnnsearch.study.objectives import COSTS, front, value_of
from cnnsearch.study.records import TrialRecord, TrialState

MOST_CURVES, MOST_BEST_CURVES = 120, 24
"""The largest number of learning curves, and the number of best trials always included."""
MOST_POINTS = 2_500
SHOWN = 0.75
"""The share of the best trials that an axis always shows; it shows the others if they are not far off."""


def objective_axis(name: str) -> Axis:
    """Return the axis of an objective's values."""
    is_cost = name in COSTS
    return Axis(objectives.title(name), percent=objectives.is_share(name), log=is_cost, is_count=is_cost)


def values_axis(findings: Findings) -> Axis:
    """Return the objective's axis, cut so that a few far worse trials do not flatten the others."""
    axis = objective_axis(findings.settings.objective)
    values = sorted(record.value for record in findings.trained if record.value is not None)
    if findings.settings.direction == "maximize":
        values = values[::-1]
    best, worst = values[0], values[-1]
    near = values[int(SHOWN * (len(values) - 1))]
    if abs(worst - best) < 1.5 * abs(near - best) or near == best:
        return axis
    edge, margin = near + 0.25 * (near - best), 0.08 * abs(near - best)
    low, high = sorted((edge, best))
    return replace(axis, ends=(low - margin, high + margin))


def trial_description(record: TrialRecord, objective: str) -> str:
    """Return the text shown when the pointer is over a trial."""
    baseline = f" ({record.trial.baseline})" if record.trial.baseline else ""
    weights = record.trial.counts.get("weights", 0)
    value = objectives.shown(objective, record.value)
    return (
        f"trial {record.number}{baseline}: {value}, {formatting.short(weights)} weights, {record.state.value}"
    )


def best_so_far(records: Sequence[TrialRecord], direction: str) -> list[float | None]:
    """Return the best value after each trial, in the order given; None before the first complete trial."""
    better = max if direction == "maximize" else min
    best: list[float | None] = []
    for record in records:
        last = best[-1] if best else None
        value = record.value if record.can_be_best else None
        values = [number for number in (last, value) if number is not None]
        best.append(better(values) if values else None)
    return best


def history(findings: Findings) -> Figure | None:
    """Return the value of every trial and the best so far, against time and against trials."""
    trained = findings.trained
    if not trained:
        return None
    hours = [record.ended - findings.started for record in trained]
    unit, per = _unit(hours[-1])
    times = [round(seconds / per, 4) for seconds in hours]
    places = list(range(1, len(trained) + 1))
    against = ((f"time since the start ({unit})", times), ("trials ended", places))
    charts = tuple(_history(findings, title, x) for title, x in against)
    return Figure(
        "history",
        charts,
        "Every trial at its best epoch, and the best value so far of trials trained to the end. Pruned "
        "trials were stopped early because others were better. A double click shows the full range.",
    )


def _unit(seconds: float) -> tuple[str, float]:
    if seconds < 5 * MINUTE:
        return "seconds", 1.0
    return ("minutes", MINUTE) if seconds < 3 * HOUR else ("hours", HOUR)


def _history(findings: Findings, title: str, x: Sequence[float]) -> Chart:
    settings, trained = findings.settings, findings.trained
    best = best_so_far(trained, settings.direction)
    steps = [p for p in range(len(trained)) if p in (0, len(trained) - 1) or best[p] != best[p - 1]]
    marks = [
        _points(findings, x, {TrialState.PRUNED}, "pruned", GREY),
        _points(findings, x, {TrialState.COMPLETE}, "trained to the end", BLUE),
        _points(findings, x, {TrialState.FAILED, TrialState.RUNNING}, "failed later", VERMILLION),
        Marks("steps", [x[p] for p in steps], [best[p] for p in steps], "best so far", ORANGE),
    ]
    shown = tuple(mark for mark in marks if mark.x)
    axis = values_axis(findings)
    return Chart("", Axis(title), axis, shown, height=380)


def _points(findings: Findings, x: Sequence[float], states: set[TrialState], name: str, colour: str) -> Marks:
    trained = findings.trained
    chosen = [place for place, record in enumerate(trained) if record.state in states]
    chosen = [chosen[place] for place in thinned(len(chosen), MOST_POINTS)]
    return Marks(
        "points",
        [x[place] for place in chosen],
        [trained[place].value for place in chosen],
        name,
        colour,
        [trial_description(trained[place], findings.settings.objective) for place in chosen],
        opacity=0.75,
    )


def learning_curves(findings: Findings) -> Figure | None:
    """Return the objective after each epoch, for a selection of trials that includes the best."""
    objective = findings.settings.objective
    curves = [record for record in findings.records if len(record.curve) > 0]
    if not curves:
        return None
    drawn = _drawn(findings, curves)
    charts = [_curves(drawn, findings, objective, formatting.sentence(objectives.title(objective)))]
    main = findings.summary.task.main_metric().on("validation").name
    other = "validation_loss" if objective != "validation_loss" else main
    if any(other in record.curve[0].metrics for record in drawn):
        charts.append(_curves(drawn, findings, other, formatting.sentence(objectives.title(other))))
    left_out = len(curves) - len(drawn)
    rest = f" {len(drawn)} of {len(curves):,} curves are drawn, the best among them." if left_out else ""
    return Figure(
        "learning_curves",
        tuple(charts),
        f"{_per_report(findings)}; a grey curve ends where its trial was pruned.{rest}",
    )


def _per_report(findings: Findings) -> str:
    if findings.settings.is_planned:
        return "Values against the examples seen; the learning-rate schedule spans each training"
    return "Values after each epoch"


def _drawn(findings: Findings, curves: list[TrialRecord]) -> list[TrialRecord]:
    first = {record.number for record in findings.ranking[:MOST_BEST_CURVES]}
    kept = [place for place, record in enumerate(curves) if record.number in first]
    return [curves[place] for place in thinned(len(curves), MOST_CURVES, kept)]


def _curves(drawn: list[TrialRecord], findings: Findings, metric: str, title: str) -> Chart:
    champion = findings.champion
    pruned = [r for r in drawn if r.state != TrialState.COMPLETE]
    complete = [r for r in drawn if r.state == TrialState.COMPLETE and r is not champion]
    marks = [
        _joined(pruned, metric, "pruned or interrupted", GREY, 0.45),
        _joined(complete, metric, "trained to the end", BLUE, 0.5),
    ]
    if champion is not None:
        marks.append(_joined([champion], metric, f"trial {champion.number}, the champion", ORANGE, 1.0))
    ends = [r for r in pruned if r.state == TrialState.PRUNED and metric in r.curve[-1].metrics]
    if ends:
        texts = [trial_description(r, findings.settings.objective) for r in ends]
        values = [r.curve[-1].metrics[metric] for r in ends]
        marks.append(Marks("points", [r.length for r in ends], values, "pruned here", GREY, texts, size=5))
    axis = objective_axis(metric)
    shown = tuple(mark for mark in marks if mark.x)
    length = "examples seen" if findings.settings.is_planned else "epoch"
    return Chart(title, Axis(length), Axis(axis.title, percent=axis.percent), shown, height=380)


def _joined(records: Sequence[TrialRecord], metric: str, name: str, colour: str, opacity: float) -> Marks:
    """Return curves as one line with gaps, since hundreds of lines would be slow to draw."""
    x: list[float | None] = []
    y: list[float | None] = []
    for record in records:
        x += [*record.lengths, None]
        y += [*(epoch.metrics.get(metric) for epoch in record.curve), None]
    return Marks("line", x, y, name, colour, opacity=opacity, size=2.5 if len(records) == 1 else 1.2)


def pareto(findings: Findings) -> Figure | None:
    """Return the trials against each further objective, with a line through the Pareto front."""
    objectives = findings.settings.objectives
    optimal = front(findings.records, objectives) if len(objectives) > 1 else []
    if not optimal:
        return None
    charts = tuple(_front(findings, optimal, other) for other in objectives[1:])
    return Figure(
        "front", charts, "The Pareto front: no other trial is as good in all objectives and better in one."
    )


def _front(findings: Findings, optimal: list[TrialRecord], other: str) -> Chart:
    first = findings.settings.objective
    rest = [r for r in findings.trained if r.can_be_best and r not in optimal]
    rest = [rest[place] for place in thinned(len(rest), MOST_POINTS)]
    marks = [_scattered(rest, other, first, "dominated", GREY, 0.6)] if rest else []
    marks.append(_scattered(optimal, other, first, "front", ORANGE, 1.0))
    in_order = sorted(optimal, key=lambda record: value_of(record, other) or 0.0)
    if len(findings.settings.objectives) == 2:  # with more objectives the front is not a line in this plane
        x, y = [value_of(r, other) for r in in_order], [value_of(r, first) for r in in_order]
        marks.insert(0, Marks("steps", x, y, "", ORANGE))
    return Chart("", objective_axis(other), objective_axis(first), tuple(marks), height=400)


def _scattered(
    records: Sequence[TrialRecord], x: str, y: str, name: str, colour: str, opacity: float
) -> Marks:
    places = [value_of(record, x) for record in records], [value_of(record, y) for record in records]
    return Marks(
        "points", *places, name, colour, [trial_description(r, y) for r in records], opacity=opacity, size=8
    )
