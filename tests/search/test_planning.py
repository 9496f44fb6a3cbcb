import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.search.planning import LEAST_SHARE, Costs, most_useful_examples, plan_rungs
from cnnsearch.study.plan import RUNG_VALIDATION

WEEK = 7 * 86400.0
CIFAR = Costs(cheapest=2e-4, typical=6e-4, macs_per_second=21e9)
"""Approximate costs of 32x32 images on two cores without an accelerator."""

seconds = st.floats(20.0, WEEK)
trainings = st.integers(100, 10_000_000)
costs = st.builds(
    lambda cheapest, factor, rate, start: Costs(cheapest, cheapest * factor, rate, start),
    st.floats(1e-6, 1e-2),
    st.floats(1.0, 50.0),
    st.floats(1e8, 1e14),
    st.floats(0.1, 3.0),
)


def plan_of(budget, training, chosen=CIFAR):
    return plan_rungs(budget, training, max(training // 5, 1), chosen)


@given(seconds, trainings, costs)
def test_one_training_of_any_feasible_candidate_fits_into_the_time(budget, training, chosen):
    plan = plan_of(budget, training, chosen)

    slowest = max(plan.rungs[-1] * plan.most_example_seconds, plan.rungs[-1] * chosen.cheapest)
    assert slowest <= plan.largest_share * budget * (1 + 1e-6) + chosen.cheapest


@given(seconds, trainings, costs)
def test_all_trainings_of_the_plan_together_fit_into_the_time(budget, training, chosen):
    plan = plan_of(budget, training, chosen)

    each = min(chosen.typical, 0.6 * plan.most_example_seconds)
    sizes = zip(plan.candidates, plan.rungs, strict=True)
    whole = sum(count * (chosen.start + examples * each) for count, examples in sizes)
    assert whole <= budget * (1 + 1e-6) + chosen.start


@given(seconds, trainings, costs)
def test_there_is_one_candidate_at_least_and_rungs_rise_threefold(budget, training, chosen):
    plan = plan_of(budget, training, chosen)

    assert plan.candidates[-1] >= 1 and min(plan.candidates) >= 0
    assert plan.rungs[0] >= 1
    for lower, higher in zip(plan.rungs, plan.rungs[1:], strict=False):
        assert higher / 3 - 1 <= lower <= higher / 3 + 1


@given(seconds, trainings, costs)
def test_no_training_is_longer_than_is_useful(budget, training, chosen):
    plan = plan_of(budget, training, chosen)

    assert plan.rungs[-1] <= plan.most_examples == most_useful_examples(training)


@given(seconds, trainings, costs, st.floats(1.05, 20.0))
def test_a_larger_budget_trains_longer_and_larger_networks(budget, training, chosen, factor):
    smaller, larger = plan_of(budget, training, chosen), plan_of(budget * factor, training, chosen)

    assert larger.rungs[-1] >= smaller.rungs[-1]
    longest = [plan.most_example_seconds * plan.rungs[-1] for plan in (smaller, larger)]
    assert longest[1] >= 0.999 * longest[0]


@given(seconds, trainings, costs)
def test_the_share_of_one_training_falls_as_time_grows(budget, training, chosen):
    assert LEAST_SHARE <= plan_of(budget, training, chosen).largest_share <= 1.0
    assert (
        plan_of(2 * budget, training, chosen).largest_share <= plan_of(budget, training, chosen).largest_share
    )


@given(seconds, trainings, st.sampled_from([16, 32, 64, 128]), st.data())
def test_a_training_sees_about_the_examples_of_its_rung_in_complete_rounds(budget, training, batch, data):
    plan = plan_of(budget, training)
    rung = data.draw(st.integers(0, plan.top))
    examples = plan.rungs[rung]
    fidelity = plan.fidelity(examples, rung, CIFAR.typical, batch)

    assert fidelity.subset == min(examples, training)
    assert abs(fidelity.examples - examples) <= max(fidelity.rounds * min(batch, fidelity.subset) / 2, 1)
    assert fidelity.validation <= plan.validation


def test_a_short_search_trains_one_candidate_for_all_the_time():
    plan = plan_of(10.0, 45_000)

    assert plan.rungs == (plan.rungs[0],) and plan.largest_share == 1.0


def test_lower_rungs_are_validated_on_a_subset_and_the_last_on_all():
    plan = plan_of(600.0, 45_000)

    sizes = [plan.fidelity(examples, rung, 6e-4, 64).validation for rung, examples in enumerate(plan.rungs)]
    assert sizes[:-1] == [RUNG_VALIDATION] * plan.top
    assert sizes[-1] == plan.validation == 9_000


def test_a_long_training_reports_about_every_fifteen_seconds():
    fidelity = plan_of(600.0, 45_000).fidelity(300_000, 3, 1e-3, 128)

    assert 300.0 / fidelity.rounds == pytest.approx(15.0, abs=1.0)


def test_low_rungs_of_large_data_take_a_fraction_of_one_pass():
    plan = plan_of(600.0, 1_000_000)

    fidelity = plan.fidelity(plan.rungs[0], 0, 6e-4, 64)
    assert fidelity.subset == plan.rungs[0] < 1_000_000
    assert fidelity.passes == pytest.approx(1.0, rel=0.05)


def test_the_plan_in_a_line():
    told = plan_of(650.0, 44_410).told()

    assert told.startswith("11 min of training: about ")
    assert " networks on " in told and " passes)" in told


def test_a_plan_for_another_limit_keeps_the_lowest_rung_and_rises_threefold_to_its_own_last():
    first = plan_of(600.0, 45_000)
    longer = plan_rungs(6_000.0, 45_000, 5_000, CIFAR, lowest=first.rungs[0])

    assert longer.rungs[0] == first.rungs[0]
    assert longer.rungs[-1] > first.rungs[-1]
    ratios = [high / low for low, high in zip(longer.rungs, longer.rungs[1:], strict=False)]
    assert ratios[:-1] == [3.0] * (len(ratios) - 1) and 1.0 < ratios[-1] <= 3.0**1.5


@pytest.mark.parametrize(("examples", "is_augmented"), [(20_000, False), (100_000, False), (140_000, True)])
def test_examples_seen_once_or_twice_are_not_augmented(examples, is_augmented):
    fidelity = plan_of(600.0, 45_000).fidelity(examples, 1, 1e-3, 64)
    assert fidelity.is_augmented == is_augmented
