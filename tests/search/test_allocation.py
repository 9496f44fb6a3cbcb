from dataclasses import replace
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.search.allocation import CALIBRATION, WORTH, NewCandidate, Promotion, Training, next_training
from cnnsearch.search.planning import Costs, plan_rungs, seconds_of

START = 1.0
SHORT = plan_rungs(600.0, 45_000, 5_000, Costs(cheapest=2e-4, typical=6e-4, macs_per_second=21e9))
"""Time for a tenth of a useful training."""
MIDDLE = plan_rungs(20_000.0, 45_000, 5_000, Costs(cheapest=2e-4, typical=6e-4, macs_per_second=21e9))
"""Time for several last trainings, none of which is as long as is useful."""
LONG = plan_rungs(40_000.0, 1_000, 300, Costs(cheapest=2e-4, typical=6e-4, macs_per_second=21e9))


def training(number, value, *, rung=0, plan=SHORT, cost=3e-4, origin=None):
    return Training(number, number if origin is None else origin, rung, plan.rungs[rung], value, cost)


def several(*values, **chosen):
    return [training(number, value, **chosen) for number, value in enumerate(values)]


def test_a_search_begins_with_a_new_candidate_at_the_lowest_rung():
    assert next_training(SHORT, [], 600.0, START) == NewCandidate(SHORT.rungs[0])


def test_the_candidate_that_measured_the_machine_is_the_first_to_be_compared():
    measured = replace(training(0, 0.3), rung=CALIBRATION, examples=2_560)

    assert next_training(SHORT, [measured], 600.0, START) == Promotion(0, 0, SHORT.rungs[0])


def test_one_that_failed_while_measuring_is_not_trained_again():
    measured = replace(training(0, -inf), rung=CALIBRATION, examples=2_560)

    assert next_training(SHORT, [measured], 600.0, START) == NewCandidate(SHORT.rungs[0])


def test_where_nothing_is_compared_the_candidate_that_measured_the_machine_gets_all_the_time():
    costs = Costs(cheapest=2e-4, typical=6e-4, macs_per_second=21e9)
    plan = plan_rungs(10.0, 45_000, 5_000, costs)
    measured = Training(0, 0, CALIBRATION, 2_560, 0.3, 3e-4)

    chosen = next_training(plan, [measured], 8.0, START)
    assert isinstance(chosen, Promotion) and chosen.rung == plan.top == 0
    assert 0.85 * 8.0 < seconds_of(chosen.examples, 3e-4, START) <= 8.0


def test_two_are_too_few_to_promote_one():
    assert next_training(SHORT, several(0.5, 0.6), 500.0, START) == NewCandidate(SHORT.rungs[0])


def test_the_best_of_three_is_promoted():
    assert next_training(SHORT, several(0.5, 0.7, 0.6), 500.0, START) == Promotion(1, 1, SHORT.rungs[1])


def test_a_candidate_is_promoted_once():
    trainings = [*several(0.5, 0.7, 0.6), training(3, None, rung=1, origin=1)]

    assert next_training(SHORT, trainings, 500.0, START) == NewCandidate(SHORT.rungs[0])


def test_candidates_of_a_higher_rung_are_promoted_first():
    low = several(0.5, 0.6, 0.61, 0.62, 0.63, 0.64)
    high = [training(10 + n, 0.7 + n / 100, rung=1, origin=n) for n in range(3)]

    assert next_training(SHORT, [*low, *high], 550.0, START) == Promotion(12, 2, SHORT.rungs[2])


def test_a_failed_training_is_never_promoted():
    failed = several(-inf, -inf, -inf)

    assert next_training(SHORT, failed, 500.0, START) == NewCandidate(SHORT.rungs[0])


def test_in_a_short_search_the_last_training_waits_until_nothing_else_fits_and_then_takes_all_that_is_left():
    trainings = several(0.5, 0.7, 0.6)
    remaining = SHORT.largest_share * SHORT.seconds

    chosen = next_training(SHORT, trainings, remaining, START)
    assert isinstance(chosen, Promotion) and (chosen.number, chosen.rung) == (1, SHORT.top)
    needed = seconds_of(chosen.examples, trainings[1].example_seconds, START)
    assert 0.9 * remaining < needed <= remaining or chosen.examples == SHORT.most_examples


def test_nothing_begins_that_cannot_end_in_time():
    assert next_training(SHORT, several(0.5, 0.7, 0.6), 1.5, START) is None


def test_where_no_trial_may_follow_the_best_one_is_trained_to_its_end():
    chosen = next_training(SHORT, several(0.5, 0.7, 0.6), 500.0, START, is_last=True)

    assert isinstance(chosen, Promotion) and (chosen.number, chosen.rung) == (1, SHORT.top)


def test_a_single_trial_is_trained_to_its_end():
    assert next_training(SHORT, [], 500.0, START, is_last=True) == NewCandidate(SHORT.rungs[-1], SHORT.top)


def test_without_new_candidates_the_best_one_is_trained_on():
    chosen = next_training(SHORT, several(0.5, 0.6), 500.0, START, may_draw=False)

    assert isinstance(chosen, Promotion) and (chosen.number, chosen.rung) == (1, SHORT.top)


def test_in_a_long_search_several_candidates_are_trained_to_their_end():
    top = LONG.top
    finals = [training(n, 0.9, rung=top, plan=LONG) for n in range(3)]
    waiting = [training(10 + n, 0.8 + n / 100, rung=top - 1, plan=LONG) for n in range(9)]

    chosen = next_training(LONG, [*finals, *waiting], 30_000.0, START)
    assert chosen == Promotion(18, top, LONG.rungs[top])


def test_between_short_and_long_some_reach_the_last_rung_while_time_for_the_longest_training_stays():
    third = [training(n, 0.8 + n / 100, rung=MIDDLE.top - 1, plan=MIDDLE) for n in range(3)]

    assert next_training(MIDDLE, third, 18_000.0, START) == Promotion(2, MIDDLE.top, MIDDLE.rungs[-1])
    kept = seconds_of(MIDDLE.most_examples, third[2].example_seconds, START)
    chosen = next_training(MIDDLE, third, kept, START)
    assert isinstance(chosen, Promotion) and chosen.examples > 0.9 * MIDDLE.most_examples


def test_the_best_at_the_last_rung_is_trained_again_for_the_remaining_time():
    plan = MIDDLE.model_copy(update={"most_examples": 3 * MIDDLE.rungs[-1]})
    finals = [training(n, 0.9 + n / 100, rung=plan.top, plan=plan) for n in range(2)]
    left = seconds_of(plan.most_examples, 3e-4, START) / 0.93

    chosen = next_training(plan, finals, left, START, may_draw=False)
    assert isinstance(chosen, Promotion) and (chosen.number, chosen.rung) == (1, plan.top)
    assert chosen.examples > 2.9 * plan.rungs[-1]
    done = [*finals, replace(finals[1], number=2, examples=chosen.examples, value=0.95)]
    again = next_training(plan, done, left, START, may_draw=False)
    assert isinstance(again, Promotion) and again.number == 0


def test_candidates_are_compared_at_equal_examples_seen():
    low = [training(0, 0.70, rung=1), training(1, 0.75, rung=1)]
    high = training(2, 0.80, rung=2, origin=0)
    remaining = SHORT.largest_share * SHORT.seconds

    chosen = next_training(SHORT, [*low, high], remaining, START, may_draw=False)
    assert isinstance(chosen, Promotion) and (chosen.number, chosen.rung) == (1, SHORT.top)
    worse = [low[0], replace(low[1], value=0.65), high]
    chosen = next_training(SHORT, worse, remaining, START, may_draw=False)
    assert isinstance(chosen, Promotion) and (chosen.number, chosen.rung) == (2, SHORT.top)


def test_a_last_training_that_failed_does_not_keep_the_next_best_from_its_own():
    failed = training(3, -inf, rung=SHORT.top, origin=1)
    remaining = 0.5 * seconds_of(SHORT.rungs[-1], 3e-4, START)

    chosen = next_training(SHORT, [*several(0.5, 0.7, 0.6), failed], remaining, START)
    assert isinstance(chosen, Promotion) and (chosen.number, chosen.rung) == (2, SHORT.top)


def test_nothing_is_drawn_without_new_candidates():
    assert next_training(SHORT, [], 500.0, START, may_draw=False) is None
    assert next_training(SHORT, [], 500.0, START, is_last=True, may_draw=False) is None
    single = plan_rungs(10.0, 45_000, 5_000, Costs(cheapest=2e-4, typical=6e-4, macs_per_second=21e9))
    measured = Training(0, 0, CALIBRATION, 2_560, 0.3, 3e-4)
    assert single.top == 0 and next_training(single, [measured], 0.5, START, may_draw=False) is None


values = st.one_of(st.none(), st.just(-inf), st.floats(0.0, 1.0))
trainings = st.lists(st.tuples(values, st.integers(0, SHORT.top), st.floats(1e-5, 2e-3)), max_size=12)


@given(trainings, st.floats(0.0, 700.0), st.booleans())
def test_every_promotion_has_ended_rises_and_fits(drawn, remaining, is_last):
    known = [
        replace(training(number, value, rung=rung), example_seconds=cost)
        for number, (value, rung, cost) in enumerate(drawn)
    ]
    chosen = next_training(SHORT, known, remaining, START, is_last=is_last)
    if isinstance(chosen, Promotion):
        before = known[chosen.number]
        assert before.value is not None and before.value > -inf
        is_longer = before.rung == SHORT.top and chosen.examples >= WORTH * before.examples
        assert before.rung < chosen.rung <= SHORT.top or is_longer
        assert seconds_of(chosen.examples, before.example_seconds, START) <= remaining + 1e-6
