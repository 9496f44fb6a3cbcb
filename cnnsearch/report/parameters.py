"""Findings -> figures of the sampled parameters: importances, parallel coordinates, slices."""

from collections.abc import Mapping, Sequence

from cnnsearch.page import formatting
from cnnsearch.page.charts import (
    BLUE,
    GREY,
    PALETTE,
    Axis,
    Chart,
    Figure,
    Marks,
    ParallelCoordinates,
    PlotValue,
    thinned,
)
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.report import objectives
from cnnsearch.report.findings import Findings
from cnnsearch.report.progress import trial_description, values_axis
from cnnsearch.space.domains import Choice, Domain, Range
from cnnsearch.study.records import TrialRecord, TrialState

MOST_BARS, MOST_AXES, MOST_SLICES = 15, 8, 9
MOST_LINES, MOST_POINTS = 400, 600
"""The largest numbers of trials in parallel coordinates and in each slice."""
MOST_CATEGORIES = 12
"""The largest number of integers of a range that are shown as categories instead of on a scale."""
_JITTER, _GOLDEN = 0.3, 0.618034
"""The spread of the lines through one category, and the step of their low-discrepancy sequence."""
_SHORTENED = 28
_GROUPS = {"architecture": BLUE, "training": PALETTE[1]}


def importance_figure(findings: Findings, shares: Mapping[str, float]) -> Figure | None:
    """Return the most important parameters as bars, the largest on top."""
    if not shares:
        return None
    names = list(shares)[:MOST_BARS][::-1]
    marks = []
    for group, colour in _GROUPS.items():
        chosen = [name for name in names if _group(name) == group]
        texts = [f"{name}: {formatting.percent(shares[name], 1)}" for name in chosen]
        labels = [shortened(name) for name in chosen]
        marks.append(Marks("bars", [shares[name] for name in chosen], labels, group, colour, texts))
    axis = Axis("importance", percent=True)
    order = Axis(categories=tuple(shortened(name) for name in names))
    chart = Chart("", axis, order, tuple(m for m in marks if m.x), height=60 + 26 * len(names))
    rest = len(shares) - len(names)
    return Figure(
        "importances",
        (chart,),
        "PED-ANOVA (Watanabe et al. 2023) by Optuna, over the trials trained to their end: how much the "
        "values of the best tenth (at least five trials) differ from those of all trials. "
        + (f"{formatting.plural(rest, 'less important parameter')} omitted." if rest > 0 else ""),
    )


def _group(name: str) -> str:
    """Return `architecture` or `training`; parameter names do not contain it."""
    return "training" if name.partition(".")[0] in TrainingPlan.model_fields else "architecture"


def shortened(name: str) -> str:
    """Return a parameter's name, without its beginning if it is long."""
    return name if len(name) <= _SHORTENED else f"…{name[1 - _SHORTENED :]}"


def _most_important(findings: Findings, shares: Mapping[str, float], most: int) -> list[str]:
    """Return the most important parameters; without importances those that most trials have."""
    counts: dict[str, int] = {}
    for record in findings.trained:
        for name in record.params:
            counts[name] = counts.get(name, 0) + 1
    varied = [n for n in counts if len({str(r.params.get(n)) for r in findings.trained}) > 1]
    varied.sort(key=lambda name: (-shares.get(name, 0.0), -counts[name]))
    return varied[:most]


def parallel(findings: Findings, shares: Mapping[str, float]) -> Figure | None:
    """Return parallel coordinates over the parameters that all trained trials have."""
    records = [r for r in findings.trained if r.state == TrialState.COMPLETE or len(findings.trained) < 50]
    records = [records[place] for place in thinned(len(records), MOST_LINES)]
    domains = findings.study.space.parameters
    names = _most_important(findings, shares, len(domains))
    names = [n for n in names if n in domains and all(n in r.params for r in records)][:MOST_AXES]
    if len(names) < 2 or len(records) < 2:
        return None
    objective = findings.settings.objective
    axes = [_parallel_axis(name, domains[name], records) for name in names]
    values = [_places(axis, [r.params[n] for r in records]) for n, axis in zip(names, axes, strict=True)]
    shades = tuple(r.value or 0.0 for r in records)
    last = Axis(objectives.title(objective), percent=objectives.is_share(objective))
    drawn = ParallelCoordinates(
        (*axes, last),
        (*values, shades),
        shades,
        objectives.title(objective),
        findings.settings.direction == "maximize",
    )
    return Figure(
        "parallel",
        (Chart(parallel=drawn, height=420),),
        "One line per trial; drag along an axis to select, drag a title to move its axis. The axes are the "
        "parameters that every trial has.",
    )


def _parallel_axis(name: str, domain: Domain, records: Sequence[TrialRecord]) -> Axis:
    if isinstance(domain, Range) and not (domain.is_integer and (domain.size or 0) <= MOST_CATEGORIES):
        return Axis(shortened(name), log=domain.log)
    texts = dict.fromkeys(str(formatting.value(value)) for value in _ordered(domain, name, records))
    return Axis(shortened(name), categories=tuple(texts))


def _ordered(domain: Domain, name: str, records: Sequence[TrialRecord]) -> list[object]:
    """Return a domain's values in order, then values of older trials that it no longer contains."""
    if isinstance(domain, Range):
        return sorted({record.params[name] for record in records if name in record.params})
    assert isinstance(domain, Choice)
    others = [r.params[name] for r in records if name in r.params and r.params[name] not in domain]
    return [*domain.values, *others]


def _places(axis: Axis, values: Sequence[object]) -> tuple[float, ...]:
    if axis.categories:
        positions = {value: float(place) for place, value in enumerate(axis.categories)}
        return tuple(
            positions[formatting.value(value)] + _JITTER * (number * _GOLDEN % 1 - 0.5)
            for number, value in enumerate(values)
        )
    return tuple(float(value) for value in values)  # type: ignore[arg-type]


def slices(findings: Findings, shares: Mapping[str, float]) -> Figure | None:
    """Return the objective against each of the most important parameters."""
    domains = findings.study.space.parameters
    names = [n for n in _most_important(findings, shares, len(domains)) if n in domains][:MOST_SLICES]
    if not names or len(findings.trained) < 2:
        return None
    charts = tuple(_slice(findings, name, domains[name]) for name in names)
    return Figure(
        "slices",
        charts,
        "The objective against one parameter at a time, for the most important parameters; trials trained to "
        "the end in blue, pruned ones in grey.",
    )


def _slice(findings: Findings, name: str, domain: Domain) -> Chart:
    able = [record for record in findings.trained if name in record.params]
    able = [able[place] for place in thinned(len(able), MOST_POINTS)]
    axis = _parallel_axis(name, domain, able)
    complete = [r for r in able if r.state == TrialState.COMPLETE]
    pruned = [r for r in able if r.state != TrialState.COMPLETE]
    coloured = ((pruned, GREY), (complete, BLUE))
    marks = tuple(_sliced(findings, name, axis, *group) for group in coloured if group[0])
    x, y = Axis(log=axis.log, categories=axis.categories), values_axis(findings)
    return Chart(shortened(name), x, y, marks, height=250)


def _sliced(
    findings: Findings, parameter: str, axis: Axis, records: Sequence[TrialRecord], colour: str
) -> Marks:
    objective = findings.settings.objective
    sampled = [record.params[parameter] for record in records]
    x: list[PlotValue] = [formatting.value(value) if axis.categories else value for value in sampled]
    texts = [
        f"{formatting.value(value)}, {trial_description(r, objective)}"
        for value, r in zip(sampled, records, strict=True)
    ]
    return Marks("points", x, [r.value for r in records], "", colour, texts, opacity=0.7)
