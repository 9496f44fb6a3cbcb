from cnnsearch.search.pruners.asha import Asha

ASHA = Asha(first_rung=2, epochs=20)


def test_the_rungs_grow_by_the_reduction_and_stay_below_the_budget():
    assert Asha(first_rung=2, epochs=54).rungs() == [2, 6, 18]
    assert Asha(first_rung=1, epochs=16, reduction=2).rungs() == [1, 2, 4, 8]


def test_trials_no_longer_than_the_first_rung_have_none():
    assert Asha(first_rung=5, epochs=5).rungs() == []


def test_the_first_trial_to_reach_a_rung_continues():
    assert ASHA.reason_to_stop(0, [0.1, 0.1], []) == ""


def test_nothing_is_stopped_between_the_rungs():
    assert ASHA.reason_to_stop(9, [0.0, 0.0, 0.0], [[1.0] * 20] * 9) == ""


def test_the_best_third_continue():
    others = [[0.0, value] for value in (0.1, 0.2, 0.3, 0.4, 0.5)]
    assert ASHA.reason_to_stop(5, [0.0, 0.45], others) == ""
    assert ASHA.reason_to_stop(5, [0.0, 0.35], others) == "rank 3 of 6 after 2 epochs; the best 2 continue"


def test_equals_continue_together():
    assert ASHA.reason_to_stop(2, [0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]]) == ""


def test_trials_are_compared_by_their_best_epochs():
    assert ASHA.reason_to_stop(1, [0.9, 0.1], [[0.2, 0.8]]) == ""
    assert ASHA.reason_to_stop(1, [0.7, 0.6], [[0.8, 0.2]]) != ""


def test_later_epochs_of_others_do_not_count():
    assert ASHA.reason_to_stop(1, [0.5, 0.5], [[0.4, 0.4, 0.9]]) == ""


def test_trials_that_ended_before_the_rung_do_not_count():
    assert ASHA.reason_to_stop(1, [0.5, 0.5], [[0.9]]) == ""


def test_a_loss_is_minimised_by_its_sign():
    losses = [[-0.3, -0.2]]
    assert ASHA.reason_to_stop(1, [-0.3, -0.1], losses) == ""
    assert ASHA.reason_to_stop(1, [-0.9, -0.8], losses) != ""
