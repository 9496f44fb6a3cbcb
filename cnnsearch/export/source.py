"""Where the network to export lies: the champion's bundle, a trial's or a finalist's weights. No Keras."""

from pathlib import Path
from typing import NamedTuple

from cnnsearch.architecture import Architecture
from cnnsearch.bundle.files import read_bundle_files
from cnnsearch.bundle.metrics import read_metrics
from cnnsearch.errors import StudyError
from cnnsearch.export.request import ExportRequest
from cnnsearch.study.finalists import Finalists
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord
from cnnsearch.training.protocol import WEIGHTS


class Source(NamedTuple):
    """A network to export.

    Attributes:
        file: The model of a bundle, or weights.
        architecture: What the weights belong to; None for a model.
    """

    file: Path
    architecture: Architecture | None = None


def find_source(request: ExportRequest) -> Source:
    """The network that a request names.

    Raises:
        StudyError: The study has no such network, or its weights are gone.
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
            raise StudyError(f"{study.name} has no bundle, and no finished trial to make one of")
        raise StudyError(
            f"{study.name} has no bundle yet; `cnnsearch finish {study.name}` makes it of its best trial"
        )
    return Source(read_bundle_files(study.best).model)


def _trial(study: Study, number: int) -> Source:
    record = _record(study, number)
    folder = study.records().trial_folder
    weights = folder(number) / WEIGHTS
    if not weights.exists():
        kept = [str(known.number) for known in study.records() if (folder(known.number) / WEIGHTS).exists()]
        raise StudyError(
            f"{study.name}: trial {number} ({record.state.value}) has no weights any more: those of the best "
            f"few are kept until `cnnsearch gc` (here: {', '.join(kept) or 'none'})"
        )
    return Source(weights, record.trial.candidate.architecture)


def _finalist(study: Study, number: int) -> Source:
    """The best weights of a finalist on validation: those that its figures in metrics.json are of."""
    record, finalists = _record(study, number), Finalists(study)
    known = [finalist.trial for finalist in read_metrics(study.best).finalists] if study.is_bundled else []
    if number not in known:
        raise StudyError(
            f"{study.name}: trial {number} is no finalist; found {', '.join(map(str, known)) or 'none'}"
        )
    retrained = [r for r in finalists.all() if r.begun.trial == number and not r.begun.is_refit]
    weights = finalists.weights(record, retrained)
    if weights is None:
        raise StudyError(f"{study.name}: finalist {number} has no weights: `cnnsearch gc` has freed them")
    return Source(weights.path, record.trial.candidate.architecture)


def _record(study: Study, number: int) -> TrialRecord:
    records = study.records()
    if number not in records:
        numbers = f"0 to {len(records) - 1}" if len(records) else "none"
        raise StudyError(f"{study.name} has no trial {number}; found {numbers}")
    return records[number]
