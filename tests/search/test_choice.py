import math

import pytest

from cnnsearch.search.choice import keepers, preferred, standard_error
from cnnsearch.search.settings import checked_settings
from tests.search.test_objectives import with_values
from tests.studies import make_study


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


def test_the_standard_error_of_a_share():
    assert standard_error(0.9, 400) == pytest.approx(math.sqrt(0.9 * 0.1 / 400))
    assert standard_error(1.0, 400) == 0.0


def test_the_best_comes_first_and_of_equals_the_smaller(study):
    records = sized(study, (0.9, 100), (0.95, 900), (0.95, 800))
    assert numbers(preferred(records, settings(), 400)) == [2, 1, 0]


def test_the_smallest_within_one_standard_error_comes_first(study):
    records = sized(study, (0.95, 900), (0.945, 300), (0.941, 200), (0.93, 100))  # one error: 0.0109
    assert numbers(preferred(records, settings(pick="smallest"), 400)) == [2, 1, 0, 3]


def test_with_more_examples_less_is_taken_for_equal(study):
    records = sized(study, (0.95, 900), (0.945, 300), (0.941, 200), (0.93, 100))
    assert numbers(preferred(records, settings(pick="smallest"), 40_000))[0] == 0


def test_the_three_best_are_kept(study):
    records = sized(study, (0.9, 1), (0.95, 2), (0.8, 3), (0.85, 4))
    assert keepers(records, settings()) == {0, 1, 3}


def test_what_the_smallest_may_be_is_kept_too(study):
    records = sized(study, (0.95, 900), (0.949, 800), (0.948, 700), (0.947, 10))
    assert keepers(records, settings(pick="smallest")) == {0, 1, 2, 3}
    assert keepers(records, settings()) == {0, 1, 2}


def test_the_front_is_kept(study):
    records = with_values(study, (0.95, 900), (0.94, 800), (0.93, 700), (0.92, 650), (0.8, 10), (0.7, 20))
    assert keepers(records, settings(more_objectives=["macs"])) == {0, 1, 2, 3, 4}
