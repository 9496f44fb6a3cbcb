import random

import optuna
import pytest

from cnnsearch.search.pruners.wilcoxon import Wilcoxon

BEST = [0.9, 0.8, 0.85, 0.95, 0.9]


def worse(folds):
    return [value - 0.1 - 0.01 * fold for fold, value in enumerate(BEST[:folds])]


def test_a_trial_that_is_worse_in_each_of_four_folds_ends():
    assert [bool(Wilcoxon().reason_to_stop(worse(folds), BEST)) for folds in range(1, 6)] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert (
        Wilcoxon().reason_to_stop(worse(4), BEST)
        == "worse than the best trial in 4 folds (Wilcoxon test: p = 0.062)"
    )


def test_a_trial_that_is_better_in_some_folds_continues():
    assert Wilcoxon().reason_to_stop([0.95, 0.7, 0.9, 0.9], BEST) == ""


def test_a_trial_with_an_equal_mean_continues_for_any_test_result():
    assert Wilcoxon(threshold=1.0).reason_to_stop([0.9] * 4, [0.91, 0.91, 0.91, 0.91, 0.5]) == ""


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("seed", range(20))
def test_the_verdict_is_that_of_optunas_wilcoxon_pruner(seed):
    draw = random.Random(seed)
    best = [draw.gauss(0.8, 0.05) for _ in range(8)]
    mine = [value - draw.gauss(0.02, 0.03) for value in best]
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.WilcoxonPruner())
    known = optuna.trial.create_trial(value=sum(best) / 8, intermediate_values=dict(enumerate(best)))
    study.add_trial(known)
    trial, verdicts = study.ask(), []
    for fold, value in enumerate(mine):
        trial.report(value, fold)
        verdicts.append(trial.should_prune())
    assert [bool(Wilcoxon().reason_to_stop(mine[:n], best)) for n in range(1, 9)] == verdicts
