"""Importances of the sampled parameters, by Optuna."""

import math
import warnings

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from cnnsearch.report.findings import Findings
from cnnsearch.search.optuna_study import frozen_trial
from cnnsearch.study.records import TrialRecord, TrialState

LEAST_TRIALS = 5
"""The smallest number of complete trials for which importances are computed."""
_TOP = 0.1
"""The share of the trials that is compared with all; larger if this would be fewer than five trials."""


def importances(findings: Findings) -> dict[str, float]:
    """Return each parameter's importance for reaching the best tenth of the trials, largest first.

    PED-ANOVA (Watanabe et al. 2023, section 4): unlike fANOVA it also covers parameters that only some of the
    trials have, such as those below a choice. It uses the trials that were trained to their end; in a planned
    search those of the lowest rung, which every candidate has and which all saw the same number of examples.

    Returns:
        Shares by parameter name, with sum 1; empty if there are too few trials.
    """
    complete = [_by_itself(r) for r in findings.trained if _is_comparable(r)]
    share = max(_TOP, min(0.5, LEAST_TRIALS / max(len(complete), 1)))
    if len(complete) < LEAST_TRIALS or not _differs(complete, share, findings.settings.direction):
        return {}
    settings, space = findings.settings, findings.study.space
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=settings.direction)
    study.add_trials([frozen_trial(record, space, [settings.objective]) for record in complete])
    with warnings.catch_warnings():  # about parameters that few trials have, whose shares are small
        warnings.simplefilter("ignore", UserWarning)
        evaluator = PedAnovaImportanceEvaluator(target_quantile=share)
        shares = get_param_importances(study, evaluator=evaluator)
    return {name: share for name, share in shares.items() if share > 0}


def _is_comparable(record: TrialRecord) -> bool:
    rung = record.trial.rung
    return record.state == TrialState.COMPLETE and not record.is_reused and (rung is None or rung.number == 0)


def _by_itself(record: TrialRecord) -> TrialRecord:
    """Return a trial without its rung, so that its score counts as its value."""
    return record.model_copy(update={"trial": record.trial.model_copy(update={"rung": None})})


def _differs(records: list[TrialRecord], share: float, direction: str) -> bool:
    """Return whether the best trials differ in value from the worst one."""
    values = sorted((r.value or 0.0 for r in records), reverse=direction == "maximize")
    return values[math.ceil(share * len(values)) - 1] != values[-1]
