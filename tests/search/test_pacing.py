from cnnsearch.search.pacing import AT_ONCE, Pacing
from cnnsearch.space import load_space
from cnnsearch.study.records import Result, Rung, Trial, TrialRecord, TrialState

NAMES = tuple(f"recommended {number}" for number in range(1, 9))
CANDIDATE = load_space("plain").sample_random(0, input_shape=(8, 8, 1), num_classes=2)


def tried(values, *, rung=None, origin=None, state=TrialState.COMPLETE):
    """Trials with these values: `(baseline, value)`."""
    return [
        TrialRecord(
            trial=Trial(
                number=number,
                seed=0,
                candidate=CANDIDATE,
                started=0.0,
                baseline=name,
                rung=None
                if rung is None
                else Rung(number=rung, is_last=False, origin=number if origin is None else origin),
            ),
            result=Result(state=state, ended=float(number), value=value),
        )
        for number, (name, value) in enumerate(values)
    ]


def paced(*, maximizes=True):
    return Pacing(NAMES, maximizes=maximizes)


def test_the_first_points_are_recommended_ones_then_they_alternate():
    trials, order = [], []
    names = iter(NAMES)
    for _ in range(11):
        is_due = paced().is_next(tried(trials))
        order.append(is_due)
        trials.append((next(names) if is_due else "", 0.5))
    assert order == [True] * AT_ONCE + [False, True, False, True, False, True]


def test_infeasible_trials_do_not_count():
    assert paced().is_next(tried([(NAMES[0], None)] * AT_ONCE, state=TrialState.INFEASIBLE))


def test_recommended_points_that_are_worse_than_others_disappoint():
    values = [(name, 0.5) for name in NAMES[:5]]
    assert paced().reason_to_stop(tried(values)) == ""
    assert paced().reason_to_stop(tried([*values, ("", 0.9)])) == ""
    assert "0.5" in paced().reason_to_stop(tried([*values, ("", 0.9), ("", 0.8)]))
    assert paced().reason_to_stop(tried([*values, ("", 0.4), ("", 0.3)])) == ""


def test_of_an_error_smaller_is_better():
    values = [*((name, 0.5) for name in NAMES[:5]), ("", 0.9), ("", 0.8)]
    assert paced(maximizes=False).reason_to_stop(tried(values)) == ""
    assert paced(maximizes=False).reason_to_stop(tried([(name, 1 - value) for name, value in values]))


def test_only_trainings_of_the_same_length_are_compared():
    values = [*((name, 0.5) for name in NAMES[:5]), ("", 0.9), ("", 0.8)]
    assert paced().reason_to_stop(tried(values, rung=0))
    assert paced().reason_to_stop(tried(values, rung=1)) == ""


def test_trainings_without_a_value_count_as_the_worst():
    failed = tried([*((name, None) for name in NAMES[:5]), ("", 0.9), ("", 0.8)])
    assert paced().reason_to_stop(failed)


def test_the_values_of_the_message_have_their_sign():
    values = [*((name, -0.5) for name in NAMES[:5]), ("", 0.25), ("", 0.35)]
    assert "is -0.5, that of 2 others 0.3;" in paced().reason_to_stop(tried(values))


def test_the_decision_stands_whatever_comes_after_it():
    values = [*((name, 0.5) for name in NAMES[:5]), ("", 0.9), ("", 0.8), *(("", 0.1) for _ in range(9))]
    assert "that of 2 others 0.85" in paced().reason_to_stop(tried(values))


def test_the_baselines_of_the_space_are_not_compared():
    values = [(NAMES[0], 0.5), ("vgg_small", 0.9), ("plain_small", 0.9)]
    assert paced().reason_to_stop(tried(values)) == ""
