"""A study's folder -> Findings: all content of the report, read once."""

from dataclasses import dataclass
from functools import cached_property

from cnnsearch.architecture import Architecture
from cnnsearch.bundle.evidence import read_evidence
from cnnsearch.bundle.metrics import Metrics, read_metrics
from cnnsearch.data import read_ledger
from cnnsearch.data.sealed import Opening
from cnnsearch.data.store import read_summary
from cnnsearch.data.summary import DatasetSummary
from cnnsearch.search.choice import ranked
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord, TrialState
from cnnsearch.study.settings import Settings
from cnnsearch.tasks.evidence import Evidence


@dataclass(frozen=True, eq=False)
class Findings:
    """The current state of a study.

    Attributes:
        records: All trials, by number.
        ranking: The trials that can be the champion, best first.
        metrics: The metrics of the bundle; None without one.
        evidence: The test predictions stored in the bundle; None if there are none.
        ledger: All readings of the test split.
    """

    study: Study
    records: tuple[TrialRecord, ...]
    ranking: tuple[TrialRecord, ...]
    summary: DatasetSummary
    metrics: Metrics | None
    evidence: Evidence | None
    ledger: tuple[Opening, ...]

    @property
    def settings(self) -> Settings:
        """The settings of the search."""
        return self.study.settings

    @cached_property
    def trained(self) -> tuple[TrialRecord, ...]:
        """The trials with a value, in the order in which they ended."""
        able = [r for r in self.records if r.value is not None and r.state != TrialState.INFEASIBLE]
        return tuple(sorted(able, key=lambda record: record.ended))

    @cached_property
    def champion(self) -> TrialRecord | None:
        """The trial of the bundle; without a bundle, the best trial so far."""
        if self.metrics is not None:
            number = self.metrics.trial
            return next((record for record in self.records if record.number == number), None)
        return self.ranking[0] if self.ranking else None

    @property
    def architecture(self) -> Architecture | None:
        """The champion's network, or None if its layers are unknown."""
        return self.champion.trial.candidate.known_architecture if self.champion else None

    @cached_property
    def started(self) -> float:
        """The start of the first trial, in seconds since 1970."""
        return min((record.trial.started for record in self.records), default=0.0)


def gather_findings(study: Study) -> Findings:
    """Read a study.

    Raises:
        StudyError: A file of the study is damaged.
    """
    records = tuple(sorted(study.records(), key=lambda record: record.number))
    return Findings(
        study=study,
        records=records,
        ranking=tuple(ranked(study, records)),
        summary=read_summary(study.data_folder),
        metrics=read_metrics(study.best) if study.is_bundled else None,
        evidence=read_evidence(study.best),
        ledger=read_ledger(study.ledger),
    )
