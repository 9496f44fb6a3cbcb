import pytest

from cnnsearch.search.choice import choose_finalists, keepers, preferred
from cnnsearch.study.records import EpochRecord
from cnnsearch.study.settings import checked_settings
from tests.studies import make_study
from tests.study.test_objectives import with_values


def settings(**chosen):
    return checked_settings({"space": "plain", "data": "digits", **chosen})


def sized(study, *points):
    """Complete trials of these accuracies and weights."""
    records = with_values(study, *((accuracy, 1) for accuracy, _ in points))
    for number, (_, weights) in enumerate(points):
        result = records[number].result
        counts = records[number].trial.counts | {"weights": weights}
        records.begin(records[number].trial.model_copy(update={"counts": counts}))
        records.end(number, result)
    return records


def numbers(records):
    return [record.number for record in records]


@pytest.fixture
def study(tmp_path):
    return make_study(tmp_path / "mine")


def test_the_best_comes_first_and_of_equals_the_smaller(study):
    records = sized(study, (0.9, 100), (0.95, 900), (0.95, 800))
    assert numbers(preferred(records, settings(), 400)) == [2, 1, 0]


def test_the_smallest_within_one_standard_error_comes_first(study):
    records = sized(study, (0.95, 900), (0.945, 300), (0.941, 200), (0.93, 100))  # one error: 0.0109
    assert numbers(preferred(records, settings(pick="smallest"), 400)) == [2, 1, 0, 3]


def test_with_folds_the_standard_error_is_the_objectives_over_the_best_trials_folds(study):
    records = sized(study, (0.95, 900), (0.93, 300), (0.90, 100))
    for fold, value in enumerate((0.92, 0.95, 0.98)):  # one error: 0.0173
        metrics = {"validation_balanced_accuracy": value}
        records.add_epoch(0, EpochRecord(fold=fold, epoch=3, time=0.0, metrics=metrics))
    chosen = settings(pick="smallest", folds=3, objective="validation_balanced_accuracy")
    assert numbers(preferred(records, chosen, 10)) == [0, 1, 2]
    for fold, value in enumerate((0.91, 0.95, 0.99)):  # 0.0231
        metrics = {"validation_balanced_accuracy": value}
        records.add_epoch(0, EpochRecord(fold=fold, epoch=3, time=0.0, metrics=metrics))
    assert numbers(preferred(records, chosen, 10)) == [1, 0, 2]


def test_with_more_examples_less_is_taken_for_equal(study):
    records = sized(study, (0.95, 900), (0.945, 300), (0.941, 200), (0.93, 100))
    assert numbers(preferred(records, settings(pick="smallest"), 40_000))[0] == 0


def test_the_three_best_are_kept(study):
    records = sized(study, (0.9, 1), (0.95, 2), (0.8, 3), (0.85, 4))
    assert keepers(records, settings()) == {0, 1, 3}


def test_candidates_for_the_smallest_are_kept_too(study):
    records = sized(study, (0.95, 900), (0.949, 800), (0.948, 700), (0.947, 10))
    assert keepers(records, settings(pick="smallest")) == {0, 1, 2, 3}
    assert keepers(records, settings()) == {0, 1, 2}


def test_the_front_is_kept(study):
    records = with_values(study, (0.95, 900), (0.94, 800), (0.93, 700), (0.92, 650), (0.8, 10), (0.7, 20))
    assert keepers(records, settings(more_objectives=["macs"])) == {0, 1, 2, 3, 4}


def finalists(records, count, **chosen):
    return numbers(choose_finalists(records, settings(**chosen), 400, count))


def test_the_finalists_are_the_best(study):
    assert finalists(sized(study, (0.9, 1), (0.95, 2), (0.8, 3), (0.85, 4)), 3) == [1, 0, 3]


def test_there_are_no_more_finalists_than_trials(study):
    records = sized(study, (0.9, 1), (0.95, 2))
    assert finalists(records, 5) == [1, 0] and finalists(records, 0) == [1]


def test_with_several_objectives_the_finalists_are_spread_over_the_front(study):
    front = [(0.95, 900), (0.94, 800), (0.9, 700), (0.8, 600), (0.7, 500)]
    records = with_values(study, *front, (0.93, 1000))
    assert finalists(records, 3, more_objectives=["macs"]) == [0, 2, 4]


def test_a_front_that_is_too_short_is_filled_up_with_the_next_best(study):
    records = with_values(study, (0.95, 900), (0.94, 950), (0.93, 990))
    assert finalists(records, 2, more_objectives=["macs"]) == [0, 1]


def test_the_smallest_is_a_finalist_beside_the_best(study):
    records = sized(study, (0.95, 900), (0.949, 800), (0.948, 700), (0.945, 10))
    assert finalists(records, 2, pick="smallest") == [3, 0]


def test_the_one_with_the_fewest_macs_is_a_finalist_for_the_fastest(study):
    records = with_values(study, (0.95, 900), (0.949, 10))
    assert finalists(records, 1, pick="fastest") == [1]
