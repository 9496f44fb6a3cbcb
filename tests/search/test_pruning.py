import random

import optuna
import pytest

from cnnsearch.search.pruning import (
    Asha,
    Hyperband,
    Median,
    NoPruning,
    Wilcoxon,
    first_rung,
    make_fold_pruner,
    make_pruner,
)

ASHA = Asha(first_rung=2, epochs=20)


def test_the_rungs_grow_by_the_reduction_and_stay_below_the_budget():
    assert Asha(first_rung=2, epochs=54).rungs() == [2, 6, 18]
    assert Asha(first_rung=1, epochs=16, reduction=2).rungs() == [1, 2, 4, 8]


def test_trials_no_longer_than_the_first_rung_have_none():
    assert Asha(first_rung=5, epochs=5).rungs() == []


def test_the_first_trial_to_reach_a_rung_goes_on():
    assert ASHA.reason_to_stop(0, [0.1, 0.1], []) == ""


def test_nothing_is_stopped_between_the_rungs():
    assert ASHA.reason_to_stop(9, [0.0, 0.0, 0.0], [[1.0] * 20] * 9) == ""


def test_the_best_third_go_on():
    others = [[0.0, value] for value in (0.1, 0.2, 0.3, 0.4, 0.5)]
    assert ASHA.reason_to_stop(5, [0.0, 0.45], others) == ""
    assert (
        ASHA.reason_to_stop(5, [0.0, 0.35], others) == "place 3 of 6 after 2 epochs, where the best 2 go on"
    )


def test_equals_go_on_together():
    assert ASHA.reason_to_stop(2, [0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]]) == ""


def test_a_trial_is_judged_by_its_best_epoch_and_so_are_the_others():
    assert ASHA.reason_to_stop(1, [0.9, 0.1], [[0.2, 0.8]]) == ""
    assert ASHA.reason_to_stop(1, [0.7, 0.6], [[0.8, 0.2]]) != ""


def test_what_others_did_after_the_rung_does_not_count():
    assert ASHA.reason_to_stop(1, [0.5, 0.5], [[0.4, 0.4, 0.9]]) == ""


def test_trials_that_ended_before_the_rung_do_not_count():
    assert ASHA.reason_to_stop(1, [0.5, 0.5], [[0.9]]) == ""


def test_a_loss_is_minimised_by_its_sign():
    losses = [[-0.3, -0.2]]
    assert ASHA.reason_to_stop(1, [-0.3, -0.1], losses) == ""
    assert ASHA.reason_to_stop(1, [-0.9, -0.8], losses) != ""


@pytest.mark.parametrize(("number", "stopped_at"), [(0, 2), (1, 6), (2, 18), (3, None), (4, 2)])
def test_a_trials_number_says_in_which_of_hyperbands_brackets_it_is(number, stopped_at):
    others = [[1.0] * 20] * 9
    pruner = Hyperband(first_rung=2, epochs=20)
    stops = [epoch for epoch in range(1, 20) if pruner.reason_to_stop(number, [0.0] * epoch, others)]
    assert (stops[0] if stops else None) == stopped_at


def test_below_the_median_a_trial_ends():
    others = [[value] * 4 for value in (0.1, 0.2, 0.3, 0.4, 0.5)]
    median = Median(warmup=2, epochs=10)
    assert (
        median.reason_to_stop(5, [0.2, 0.25], others)
        == "its best is below the median of 5 others after 2 epochs"
    )
    assert median.reason_to_stop(5, [0.3, 0.1], others) == ""


def test_the_median_spares_the_first_epochs_the_last_one_and_the_first_trials():
    others = [[1.0] * 10] * 5
    median = Median(warmup=2, epochs=10)
    assert median.reason_to_stop(5, [0.0], others) == ""
    assert median.reason_to_stop(5, [0.0] * 10, others) == ""
    assert median.reason_to_stop(4, [0.0, 0.0], others[:4]) == ""


def test_none_stops_nothing():
    assert NoPruning().reason_to_stop(9, [0.0] * 9, [[1.0] * 20] * 9) == ""


@pytest.mark.parametrize(
    ("epochs", "examples", "rung"),
    [(20, 50_000, 2), (90, 50_000, 10), (20, 1_079, 5), (3, 1_079, 3), (1, 50_000, 1), (100, 10, 100)],
)
def test_the_first_rung_is_a_ninth_of_the_epochs_once_batch_normalization_has_caught_up(
    epochs, examples, rung
):
    assert first_rung(epochs, examples) == rung


def test_every_pruner_goes_by_its_name():
    kinds = {name: type(make_pruner(name, 20, 50_000)) for name in ("asha", "hyperband", "median", "none")}
    assert kinds == {"asha": Asha, "hyperband": Hyperband, "median": Median, "none": NoPruning}


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


def test_a_trial_that_is_better_in_some_folds_goes_on():
    assert Wilcoxon().reason_to_stop([0.95, 0.7, 0.9, 0.9], BEST) == ""


def test_a_trial_whose_mean_is_as_good_goes_on_whatever_the_test_says():
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


def test_nothing_is_pruned_by_fold_where_there_is_one_or_nothing_is_to_be_pruned():
    assert make_fold_pruner("asha", 5) == Wilcoxon()
    assert make_fold_pruner("asha", 1) is None
    assert make_fold_pruner("none", 5) is None
