"""The number of trials that share the cores."""

import pytest

from cnnsearch.search.executors.worker_count import most_in_memory, workers_description, workers_for


@pytest.mark.parametrize(
    ("seconds", "workers"),
    [
        ({1: 0.010, 2: 0.009}, 2),  # a second core hardly helps
        ({1: 0.010, 2: 0.0051}, 1),  # nearly twice as fast on two
        ({1: 0.010, 2: 0.0056}, 2),
        ({1: 0.010, 2: 0.005}, 1),
        ({1: 0.010, 2: 0.012}, 2),
        ({1: 1.0, 2: 0.51, 4: 0.40}, 2),
        ({1: 1.0, 2: 0.9, 3: 0.8}, 3),
        ({1: 0.010}, 1),
    ],
)
def test_the_number_of_workers_maximizes_the_throughput(seconds, workers):
    assert workers_for(seconds, most=99) == workers


def test_fewer_work_where_memory_holds_no_more():
    seconds = {1: 1.0, 2: 1.0, 4: 1.0, 8: 1.0}
    assert [workers_for(seconds, most) for most in (0, 1, 3, 4, 7, 8)] == [1, 1, 2, 4, 4, 8]


def test_main_memory_holds_at_least_the_one_that_is_there():
    assert most_in_memory(2**60) == 1
    assert most_in_memory(2**20) > 1


def test_the_choice_is_described_with_its_reason():
    assert workers_description({1: 0.02, 2: 0.01}, 1) == (
        "one trial at a time uses all cores: on 2 cores a step is 2.0 times as fast as on one"
    )
    assert workers_description({1: 0.02, 2: 0.02}, 2).startswith("2 trials at a time share the cores: ")
