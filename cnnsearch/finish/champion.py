"""The champion: chosen among the finalists by validation alone, then tested and written as the bundle.

`conclude` runs in a separate process with Keras, started by cnnsearch/finish/run.py.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import keras
import numpy as np

from cnnsearch.bundle.bundle import Bundle, write_bundle
from cnnsearch.bundle.card import write_card
from cnnsearch.bundle.evidence import EVIDENCE
from cnnsearch.bundle.files import ARCHITECTURE, FORM, LABELS, TRAINING, describe_form
from cnnsearch.bundle.metrics import Metrics
from cnnsearch.data import Split, open_stored, open_test, read_ledger
from cnnsearch.data.store import StoredData, read_summary
from cnnsearch.errors import SearchError
from cnnsearch.finish.choosing import Chosen, choose
from cnnsearch.finish.evaluation import answers
from cnnsearch.finish.evidence import evidence
from cnnsearch.finish.finalists import FinalistModel, read_finalists, rebuild, tested
from cnnsearch.finish.register import register
from cnnsearch.search.choice import preferred
from cnnsearch.search.finish_plan import (
    ChosenChampion,
    Conclusion,
    FinishPlan,
    read_choice,
    read_plan,
    write_choice,
)
from cnnsearch.study.finalists import Finalists, refit_seed
from cnnsearch.study.folder import Study
from cnnsearch.tasks.scores import Scores
from cnnsearch.training.folds import fold_splits
from cnnsearch.training.store import WEIGHTS

REASON = "final evaluation of the champion"
FAR = 0.005
"""The largest relative difference between two validation scores of the same network."""


@dataclass(frozen=True, eq=False)
class Champion:
    """The network of the bundle, and the scores reported for it.

    Attributes:
        finalist: The chosen finalist.
        model: Its network, with the weights of the bundle.
        seed: The seed of the training that produced these weights.
        epochs: The number of epochs of that training.
        validation: The validation scores, never measured on examples that the weights were trained on.
        fitted: The constants of the task that are fitted on validation; None if the weights were trained on
            that split.
        rule: The reason for the choice, and the origin of the weights.
    """

    finalist: FinalistModel
    model: keras.Model
    seed: int
    epochs: int
    validation: Scores
    fitted: Any | None
    rule: str


def conclude(study: Study) -> Conclusion:
    """Make a study's bundle, unless the chosen champion must be refitted first; see `make_bundle`."""
    return Conclusion(is_made=make_bundle(study) is not None)


def make_bundle(study: Study) -> Bundle | None:
    """Make a study's bundle; the test split is read once, after the choice, and the reading is recorded.

    Returns:
        The bundle; None if the champion must be refitted first (`read_choice` returns it).

    Raises:
        SearchError: No trial is eligible as the champion, or none is fast enough.
    """
    data, plan = _held_out(study, read_plan(study) or _without_plan(study))
    finalists = read_finalists(study, plan, data.summary.task, data.validation)
    if not finalists:
        raise _no_champion(study)
    for finalist in finalists:
        _compare(finalist)
    champion = _champion(study, plan, finalists, data.validation)
    if champion is None:
        return None
    test = open_test(study.data_folder, reason=REASON, ledger=study.ledger)
    bundle = _bundle(study, champion, finalists, data, test)
    write_card(study)
    _track(study, bundle)
    return bundle


def _without_plan(study: Study) -> FinishPlan:
    """Return a plan of the best trial that has weights, without retraining."""
    records = study.records()
    examples = read_summary(study.data_folder).num_examples("validation")
    with_weights = (
        record.number
        for record in preferred(records, study.settings, examples)
        if (records.trial_folder(record.number) / WEIGHTS).exists()
    )
    return FinishPlan(trials=tuple(with_weights)[:1], seeds=0)


def _held_out(study: Study, plan: FinishPlan) -> tuple[StoredData, FinishPlan]:
    """Return the data with validation examples that no finalist was trained on, and the plan to follow.

    These are the stored split, except for a search over folds without any retraining: its weights come from
    the first fold, and only the validation examples of that fold were not used to train them.
    """
    data, finalists = open_stored(study.data_folder), Finalists(study)
    retrained = [r for trial in plan.trials for r in finalists.of(trial, plan.seeds) if r.is_complete]
    if study.settings.folds == 1 or retrained:
        return data, plan
    _, validation = fold_splits(data, study.settings.folds, 0)
    return replace(data, validation=validation), plan.model_copy(update={"seeds": 0})


def _no_champion(study: Study) -> SearchError:
    return SearchError(
        f"{study.name} has no trial eligible as the champion (trained to its end, with its weights kept): "
        f"found {study.records().told_counts()}"
    )


def _champion(
    study: Study, plan: FinishPlan, finalists: Sequence[FinalistModel], validation: Split
) -> Champion | None:
    """Choose the champion; record the choice and return None if it must be refitted first."""
    settings, recorded = study.settings, read_choice(study)
    if recorded is not None:
        return _refitted(study, _of(finalists, recorded.trial), recorded)
    contenders = [finalist.contender(settings.objective) for finalist in finalists]
    chosen = choose(contenders, settings, plan, len(validation))
    finalist = _of(finalists, chosen.trial)
    if plan.refit:
        write_choice(study, ChosenChampion(trial=chosen.trial, epochs=finalist.best_epoch, rule=chosen.rule))
        return None
    return _as_trained(finalist, chosen)


def _as_trained(finalist: FinalistModel, chosen: Chosen) -> Champion:
    """Return the champion with its best weights on validation."""
    weights, epochs = finalist.weights, finalist.weights.result.best_epoch
    origin = "the search" if weights.is_searched else f"seed {weights.seed}"
    compared = ", the best of its trainings on validation" if finalist.retrained else ""
    rule = f"{chosen.rule}; its weights are from {origin}{compared}"
    return Champion(
        finalist=finalist,
        model=finalist.model,
        seed=weights.seed,
        epochs=epochs,
        validation=finalist.validation,
        fitted=finalist.fitted,
        rule=rule,
    )


def _refitted(study: Study, finalist: FinalistModel, choice: ChosenChampion) -> Champion | None:
    """Return the champion with the weights of its refit and the validation scores of its retrainings."""
    seed = refit_seed(study.settings.seed, choice.trial)
    refit = Finalists(study).read(choice.trial, seed)
    if refit is None or refit.result is None:
        return None
    if not refit.is_complete:
        raise SearchError(f"the refit of trial {choice.trial} failed: {refit.result.reason}")
    place = Finalists(study).place(choice.trial, seed) / WEIGHTS
    return Champion(
        finalist=finalist,
        model=rebuild(finalist.record.trial.candidate, place, finalist.task),
        seed=seed,
        epochs=choice.epochs,
        validation=finalist.retrained_scores or finalist.searched_scores,
        fitted=None,
        rule=f"{choice.rule}; its weights were trained on train and validation for {choice.epochs} epochs",
    )


def _of(finalists: Sequence[FinalistModel], trial: int) -> FinalistModel:
    return next(finalist for finalist in finalists if finalist.record.number == trial)


def _bundle(
    study: Study, champion: Champion, finalists: Sequence[FinalistModel], data: StoredData, test: Split
) -> Bundle:
    task, trial, y = data.summary.task, champion.finalist.record.trial, np.asarray(test.y)
    # the champion's model is its finalist's, unless refitted
    predict = cache(partial(answers, x=test.x, task=task))
    predictions, results = predict(champion.model), task.results()
    metrics = Metrics(
        trial=trial.number,
        seed=champion.seed,
        rule=champion.rule,
        num_weights=trial.counts["weights"],
        macs=trial.counts["macs"],
        validation_examples=len(data.validation),
        test_examples=len(test),
        test_readings=len(read_ledger(study.ledger)),
        validation=champion.validation,
        test=results.scores(predictions, y, on_test=True),
        details=results.details(predictions, y, champion.fitted),
        finalists=tuple(tested(finalist, predict(finalist.model), y) for finalist in finalists),
    )
    contents = {**_described(champion), FORM: describe_form(data.summary), LABELS: list(task.names)}
    kept = {EVIDENCE: evidence(predictions, test, results, has_best=task.is_dense)}
    return write_bundle(study.best, champion.model, metrics, contents, kept)


def _described(champion: Champion) -> dict[str, Any]:
    trial = champion.finalist.record.trial
    training = {
        "plan": trial.candidate.describe_training(),
        "epochs": champion.epochs,
        "seed": champion.seed,
        "trial": trial.number,
    }
    return {ARCHITECTURE: trial.candidate.describe_network(), TRAINING: training}


def _compare(finalist: FinalistModel) -> None:
    metric = finalist.task.main_metric()
    recorded = finalist.weights.result.metrics.get(metric.on("validation").name)
    found = finalist.validation[metric.name].value
    if recorded is None:  # a hypermodel may not report every metric
        return
    if abs(recorded - found) > FAR * max(abs(recorded), abs(found)):
        number, told = finalist.record.number, (metric.format(found), metric.format(recorded))
        _warn(f"trial {number} has a validation {metric.title} of {told[0]}, but {told[1]} was recorded")


def _track(study: Study, bundle: Bundle) -> None:
    try:
        register(study, bundle)
    except SearchError as error:
        remedy = "run `cnnsearch sync` later"
        _warn(f"the bundle is complete, but the champion is not registered in MLflow; {remedy}: {error}")


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
