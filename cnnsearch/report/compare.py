"""Comparison of several studies of the same data: the best value, the time to reach it, and the cost."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cnnsearch.data.store import read_summary
from cnnsearch.errors import StudyError
from cnnsearch.report.findings import Findings, gather_findings
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord, counted
from cnnsearch.tasks.metric import Metric

_SHOWN = 12


@dataclass(frozen=True)
class StudyRow:
    """A study in the comparison.

    Attributes:
        best: The objective of the best trial; None without one.
        to_reach: Seconds until the study was as good as the worst study's best; None without one.
        trials_to_reach: Trials that had ended by then.
        trials: Trials that count: infeasible and repeated ones do not.
        hours: How long the search took.
        seconds_a_trial: The mean time from a trial's beginning to its end.
        test: The main metric of the task on the test split, of the champion; None without a bundle.
        num_weights: The champion's, or the best trial's before there is one.
    """

    study: str
    path: str
    space: str
    sampler: str
    best: float | None
    best_trial: int | None
    to_reach: float | None
    trials_to_reach: int | None
    trials: int
    hours: float
    seconds_a_trial: float | None
    test: float | None
    test_readings: int
    num_weights: int | None
    macs: int | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Studies of one dataset.

    Attributes:
        main: The main metric of the task.
        threshold: The worst study's best, which each has reached sooner or later; None where one has none.
    """

    objective: str
    direction: str
    dataset: str
    fingerprint: str
    main: Metric
    threshold: float | None
    rows: tuple[StudyRow, ...]
    findings: tuple[Findings, ...]

    @property
    def split_seeds(self) -> tuple[int, ...]:
        """The distinct seeds of the splits."""
        return tuple(dict.fromkeys(findings.summary.split_seed for findings in self.findings))

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values for JSON."""
        names = ("objective", "direction", "dataset", "fingerprint", "threshold")
        studies = [asdict(row) for row in self.rows]
        return {name: getattr(self, name) for name in names} | {"metric": self.main.name, "studies": studies}


def compare(studies: Sequence[Study]) -> Comparison:
    """Compare studies of the same data and objective.

    Raises:
        StudyError: Their data or their objectives differ, or a study is given twice.
    """
    _check(studies)
    compared = tuple(gather_findings(study) for study in studies)
    settings = compared[0].settings
    best = [findings.ranking[0].value for findings in compared if findings.ranking]
    values = [value for value in best if value is not None]
    worst = min if settings.direction == "maximize" else max
    threshold = worst(values) if len(values) == len(compared) else None
    return Comparison(
        objective=settings.objective,
        direction=settings.direction,
        dataset=compared[0].summary.name,
        fingerprint=compared[0].summary.fingerprint,
        main=compared[0].summary.task.main_metric(),
        threshold=threshold,
        rows=tuple(_row(findings, threshold) for findings in compared),
        findings=compared,
    )


def _check(studies: Sequence[Study]) -> None:
    paths: set[Path] = set()
    for study in studies:
        if study.path in paths:
            raise StudyError(f"{study.name}: given twice; expected different studies")
        paths.add(study.path)
    first, *others = studies
    for other in others:
        _check_same(first, other)


def _check_same(one: Study, other: Study) -> None:
    summaries = [read_summary(study.data_folder) for study in (one, other)]
    if summaries[0].fingerprint != summaries[1].fingerprint:
        found = " and ".join(f"{summary.name} ({summary.fingerprint[:_SHOWN]})" for summary in summaries)
        raise StudyError(
            f"{one.name} and {other.name} have different data: found {found}; expected the same fingerprint, "
            "since scores on different data are not comparable"
        )
    tasks = [summary.task.type for summary in summaries]
    if tasks[0] != tasks[1]:
        raise StudyError(
            f"{one.name} and {other.name} have different tasks: found {tasks[0]} and {tasks[1]}; expected "
            "the same"
        )
    names = [study.settings.objective for study in (one, other)]
    if names[0] != names[1]:
        raise StudyError(
            f"{one.name} and {other.name} have different objectives: found {names[0]} and {names[1]}; "
            "expected the same"
        )


def _row(findings: Findings, threshold: float | None) -> StudyRow:
    study, settings = findings.study, findings.settings
    best = findings.ranking[0] if findings.ranking else None
    reached = _reached(findings, threshold)
    champion, metrics = findings.champion, findings.metrics
    counts = champion.trial.counts if champion else {}
    durations = [r.result.ended - r.trial.started for r in findings.trained if r.result and not r.is_reused]
    return StudyRow(
        study=study.name,
        path=str(study.path),
        space=study.space.name,
        sampler=settings.sampler,
        best=best.value if best else None,
        best_trial=best.number if best else None,
        to_reach=reached.ended - findings.started if reached else None,
        trials_to_reach=findings.trained.index(reached) + 1 if reached else None,
        trials=counted(findings.records),
        hours=study.seconds / 3600,
        seconds_a_trial=sum(durations) / len(durations) if durations else None,
        test=metrics.test[metrics.main.name].value if metrics else None,
        test_readings=len(findings.ledger),
        num_weights=counts.get("weights"),
        macs=counts.get("macs"),
    )


def _reached(findings: Findings, threshold: float | None) -> TrialRecord | None:
    """Return the first trial trained to its end that reached the threshold."""
    if threshold is None:
        return None
    sign = 1.0 if findings.settings.direction == "maximize" else -1.0
    able = (record for record in findings.trained if record.can_be_best and record.value is not None)
    return next((r for r in able if sign * (r.value or 0.0) >= sign * threshold), None)
