"""Which sampled values mattered: Optuna's parameter importances over the records."""

import math
import warnings

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from cnnsearch.report.findings import Findings
from cnnsearch.search.optuna_study import frozen_trial
from cnnsearch.study.records import TrialRecord, TrialState

LEAST_TRIALS = 5
"""Trials trained to their end below which importances would say nothing."""
_TOP = 0.1
"""The share of the trials that is told apart from the others; more where that would be under five."""


def importances(findings: Findings) -> dict[str, float]:
    """Each parameter's share of what sets the best tenth of the trials apart, the largest first.

    PED-ANOVA (Watanabe et al. 2023, section 4): unlike fANOVA it also judges parameters that only some of the
    trials have, as those below a choice. It reads the trials that were trained to their end; of a planned
    search those of the lowest rung, which all candidates have and which saw equally many examples.

    Returns:
        Shares by parameter name, which come to 1; empty with too few trials.
    """
    complete = [_by_itself(r) for r in findings.trained if _is_comparable(r)]
    share = max(_TOP, min(0.5, LEAST_TRIALS / max(len(complete), 1)))
    if len(complete) < LEAST_TRIALS or not _are_told_apart(complete, share, findings.settings.direction):
        return {}
    settings, space = findings.settings, findings.study.space
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=settings.direction)
    study.add_trials([frozen_trial(record, space, [settings.objective]) for record in complete])
    with warnings.catch_warnings():  # of parameters that few trials have: their shares come out small
        warnings.simplefilter("ignore", UserWarning)
        found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(target_quantile=share))
    return {name: share for name, share in found.items() if share > 0}


def _is_comparable(record: TrialRecord) -> bool:
    rung = record.trial.rung
    return record.state == TrialState.COMPLETE and not record.is_reused and (rung is None or rung.number == 0)


def _by_itself(record: TrialRecord) -> TrialRecord:
    """A trial without its rung: what it reached counts as its value."""
    return record.model_copy(update={"trial": record.trial.model_copy(update={"rung": None})})


def _are_told_apart(records: list[TrialRecord], share: float, direction: str) -> bool:
    """Whether the best share of the trials is not all of them, as where all reached the same value."""
    values = sorted((r.value or 0.0 for r in records), reverse=direction == "maximize")
    return values[math.ceil(share * len(values)) - 1] != values[-1]
