import pytest

from cnnsearch.bundle.metrics import Spread
from cnnsearch.errors import SearchError
from cnnsearch.finish.choosing import Contender, choose
from cnnsearch.search.finish_plan import FinishPlan
from cnnsearch.study.settings import Settings

EXAMPLES = 400


def contender(trial, *scores, searched=0.9, weights=1000, latency=0.001):
    spread = Spread.of(scores) if scores else None
    return Contender(trial, spread, spread, searched, searched, weights, latency)


def chosen(*contenders, objective="validation_accuracy", **plan):
    settings = Settings(space="plain", data="digits", objective=objective)
    return choose(contenders, settings, FinishPlan(trials=(), seeds=3, **plan), EXAMPLES)


def test_the_highest_mean_wins_whatever_the_search_had_found():
    found = chosen(contender(0, 0.96, 0.98, searched=0.9), contender(1, 0.95, 0.94, searched=0.99))
    assert found.trial == 0
    assert found.rule == "the highest mean validation_accuracy over seeds (0.9700)"


def test_within_one_standard_error_of_it_the_smaller_network_wins():
    found = chosen(contender(0, 0.96, 0.98), contender(1, 0.961, 0.961, weights=10))
    assert found.trial == 1
    assert found.rule == (
        "the smallest network within one standard error (0.0100) of the highest mean validation_accuracy "
        "over seeds (0.9700, trial 0)"
    )


def test_beyond_one_standard_error_it_does_not():
    assert chosen(contender(0, 0.96, 0.98), contender(1, 0.959, 0.959, weights=10)).trial == 0


def test_one_training_has_no_standard_error():
    assert chosen(contender(0, 0.97), contender(1, 0.969, weights=10)).trial == 0


def test_what_was_trained_again_goes_before_what_was_not():
    assert chosen(contender(0, searched=1.0), contender(1, 0.8)).trial == 1


def test_where_nothing_was_trained_again_the_search_s_own_figure_counts():
    found = chosen(contender(0, searched=0.98), contender(1, searched=0.99))
    assert (found.trial, found.rule) == (1, "the highest searched validation_accuracy (0.9900)")


def test_a_loss_is_the_better_the_lower():
    found = chosen(contender(0, 0.3), contender(1, 0.2), objective="validation_loss")
    assert (found.trial, found.rule) == (1, "the lowest mean validation_loss over seeds (0.2000)")


def test_smallest_takes_the_smallest_within_what_the_validation_split_can_tell_apart():
    near, far = contender(1, 0.965, weights=10), contender(2, 0.9, weights=1)
    assert chosen(contender(0, 0.97), near, far, pick="smallest").trial == 1


def test_fastest_takes_the_one_that_answers_first():
    slow, quick = contender(0, 0.97, latency=0.002), contender(1, 0.965, latency=0.001, weights=9999)
    found = chosen(slow, quick, pick="fastest")
    assert (found.trial, found.rule) == (
        1,
        "the fastest network with a validation_accuracy within one standard error (0.0085) of trial 0's "
        "(0.9700), which has the highest mean validation_accuracy over seeds",
    )


def test_finalists_that_are_too_slow_are_left_out():
    found = chosen(contender(0, 0.99, latency=0.009), contender(1, 0.9), max_latency=0.005)
    assert found.trial == 1 and found.rule.endswith(", with a latency of at most 5 ms (median)")


def test_where_all_are_too_slow_the_fastest_is_named():
    with pytest.raises(SearchError, match=r"at most 5 ms .*; the fastest is trial 1 with 7 ms"):
        chosen(contender(0, 0.9, latency=0.009), contender(1, 0.9, latency=0.007), max_latency=0.005)
