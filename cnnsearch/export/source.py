"""The source of an export: the champion's bundle, or the weights of a trial or a finalist. No Keras."""

from pathlib import Path
from typing import NamedTuple

from cnnsearch.bundle.files import read_bundle_files
from cnnsearch.bundle.metrics import read_metrics
from cnnsearch.errors import StudyError
from cnnsearch.export.request import ExportRequest
from cnnsearch.space import AnyCandidate
from cnnsearch.study.finalists import Finalists
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord
from cnnsearch.training.store import WEIGHTS


class Source(NamedTuple):
    """A network to export.

    Attributes:
        file: The model of a bundle, or a file of weights.
        candidate: The candidate of the weights; None for a model.
    """

    file: Path
    candidate: AnyCandidate | None = None


def find_source(request: ExportRequest) -> Source:
    """Find the network that a request names.

    Raises:
        StudyError: The study has no such network, or its weights were deleted.
    """
    study = Study(request.study)
    if request.finalist is not None:
        return _finalist(study, request.finalist)
    if request.trial is not None:
        return _trial(study, request.trial)
    return _champion(study)


def _champion(study: Study) -> Source:
    if not study.best.exists():
        if not any(record.can_be_best for record in study.records()):
            raise StudyError(f"{study.name} has no bundle, and no finished trial to make one from")
        raise StudyError(f"{study.name} has no bundle yet; run `cnnsearch finish {study.name}` to make it")
    return Source(read_bundle_files(study.best).model)


def _trial(study: Study, number: int) -> Source:
    record = _record(study, number)
    folder = study.records().trial_folder
    weights = folder(number) / WEIGHTS
    if not weights.exists():
        kept = [str(other.number) for other in study.records() if (folder(other.number) / WEIGHTS).exists()]
        raise StudyError(
            f"{study.name}: trial {number} ({record.state.value}) has no weights; only those of the best "
            f"trials are kept, until `cnnsearch gc` (found {', '.join(kept) or 'none'})"
        )
    return Source(weights, record.trial.candidate)


def _finalist(study: Study, number: int) -> Source:
    """Return a finalist's best weights on validation, whose scores are in metrics.json."""
    record, finalists = _record(study, number), Finalists(study)
    trials = [finalist.trial for finalist in read_metrics(study.best).finalists] if study.is_bundled else []
    if number not in trials:
        raise StudyError(
            f"{study.name}: trial {number} is not a finalist; found {', '.join(map(str, trials)) or 'none'}"
        )
    retrained = [r for r in finalists.all() if r.begun.trial == number and not r.begun.is_refit]
    weights = finalists.weights(record, retrained)
    if weights is None:
        raise StudyError(f"{study.name}: finalist {number} has no weights; `cnnsearch gc` deleted them")
    return Source(weights.path, record.trial.candidate)


def _record(study: Study, number: int) -> TrialRecord:
    records = study.records()
    if number not in records:
        numbers = f"0 to {len(records) - 1}" if len(records) else "none"
        raise StudyError(f"{study.name} has no trial {number}; found {numbers}")
    return records[number]
