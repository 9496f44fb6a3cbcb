import math
from statistics import stdev

import pytest

from cnnsearch.data import load_data
from cnnsearch.errors import SettingsError
from cnnsearch.study.folds import (
    best_of_each,
    check_folds,
    examples_trained,
    figures,
    fold_standard_error,
    of_first_fold,
    running_means,
)
from cnnsearch.study.records import EpochRecord, Result, TrialRecord, TrialState
from cnnsearch.tasks.regression.task import Regression
from tests.studies import begin, digits

ACCURACY, LOSS = "validation_accuracy", "validation_loss"


def curve_of(*folds):
    """The curve of a trial whose folds had these accuracies."""
    return tuple(
        EpochRecord(fold=number, epoch=epoch, time=0.0, metrics={ACCURACY: value, LOSS: 1 - value})
        for number, values in enumerate(folds)
        for epoch, value in enumerate(values, start=1)
    )


CURVE = curve_of((0.5, 0.9, 0.6), (0.4, 0.6, 0.8), (0.3, 0.6, 0.7))


def test_a_score_is_the_mean_over_folds_after_the_same_epoch():
    best_epoch, metrics = figures(CURVE, ACCURACY, is_whole=True)
    assert best_epoch == 2
    assert metrics == pytest.approx({ACCURACY: 0.7, LOSS: 0.3})


def test_of_a_loss_the_best_mean_is_the_smallest():
    assert figures(CURVE, LOSS, is_whole=True)[0] == 2


def test_a_fold_that_ended_early_counts_as_at_its_end():
    best_epoch, metrics = figures(curve_of((0.5, 0.6), (0.4, 0.6, 0.8)), ACCURACY, is_whole=True)
    assert (best_epoch, metrics[ACCURACY]) == (3, pytest.approx(0.7))


def test_a_fold_that_was_cut_short_does_not_count():
    curve = curve_of((0.5, 0.9), (0.1,))
    assert figures(curve, ACCURACY, is_whole=False)[1][ACCURACY] == 0.9


def test_the_only_fold_counts_however_short_it_is():
    assert figures(curve_of((0.5,)), ACCURACY, is_whole=False) == (1, {ACCURACY: 0.5, LOSS: 0.5})


def test_without_an_epoch_there_is_no_score():
    assert figures((), ACCURACY, is_whole=False) == (0, {})


def test_each_folds_best_is_larger_where_it_is_better():
    assert best_of_each(CURVE, ACCURACY) == [0.9, 0.8, 0.7]
    assert best_of_each(CURVE, LOSS) == pytest.approx([-0.1, -0.2, -0.3])


def test_on_the_way_the_mean_is_over_the_folds_so_far():
    means = running_means(curve_of((0.5, 0.9), (0.3, 0.5)), ACCURACY)
    assert means == pytest.approx({1: 0.5, 2: 0.9, 3: 0.4, 4: 0.7})


def test_an_epoch_that_lacks_the_objective_is_left_out():
    assert running_means(curve_of((0.5, 0.9)), "validation_macro_f1") == {}


def test_the_standard_error_is_that_of_the_folds_mean():
    assert fold_standard_error(CURVE, ACCURACY, 2) == pytest.approx(stdev([0.9, 0.6, 0.6]) / math.sqrt(3))


def test_one_fold_has_no_standard_error():
    assert fold_standard_error(curve_of((0.5,)), ACCURACY, 1) == 0.0


def test_the_kept_weights_have_the_scores_of_the_first_fold(tmp_path):
    from cnnsearch.study.records import Records

    result = Result(state=TrialState.COMPLETE, ended=1.0, value=0.7)
    record = TrialRecord(trial=begin(Records(tmp_path), 0), curve=CURVE, result=result)
    found = of_first_fold(record, ACCURACY)
    assert (found.value, found.best_epoch, found.metrics[LOSS]) == (0.9, 2, pytest.approx(0.1))


def test_a_network_is_trained_on_all_folds_but_one():
    summary = digits().summary
    train, validation = (sum(summary.counts[part].values()) for part in ("train", "validation"))
    assert examples_trained(summary, 1) == train
    assert examples_trained(summary, 5) == (train + validation) * 4 // 5


def test_more_folds_than_a_class_has_examples_are_refused_and_the_class_is_named():
    summary = load_data("digits").summary
    counts = {part: dict.fromkeys(summary.labels, 20) for part in ("train", "validation")}
    small = summary.model_copy(update={"counts": {**counts, "validation": counts["train"] | {"3": 1}}})
    check_folds(small, 21)
    with pytest.raises(SettingsError) as caught:
        check_folds(small, 22)
    assert str(caught.value) == (
        "--folds: found 22; expected at most the train and validation examples of each class: '3' has 21"
    )


def test_more_folds_than_examples_are_refused_where_targets_are_numbers():
    task = Regression(columns=("age",))
    counts = {part: {} for part in ("train", "validation", "test")}
    changes = {"task": task, "counts": counts, "examples": {"train": 3, "validation": 1, "test": 1}}
    few = digits().summary.model_copy(update=changes)
    check_folds(few, 4)
    with pytest.raises(SettingsError, match="--folds: found 5; expected at most the 4 train and validation"):
        check_folds(few, 5)


@pytest.mark.parametrize(
    ("changes", "kept"), [({"grouped_by": ("patient",)}, "patient"), ({"split_by": "time"}, "time")]
)
def test_a_split_that_folds_would_not_keep_to_refuses_them(changes, kept):
    summary = digits().summary.model_copy(update=changes)
    check_folds(summary, 1)
    with pytest.raises(SettingsError, match=f"--folds: found 3 for data that are split by {kept};"):
        check_folds(summary, 3)
