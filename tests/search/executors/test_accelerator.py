"""How many trials share an accelerator, on devices whose speed is known."""

import pytest

from cnnsearch.search.executors.accelerator import AcceleratorSharing


def trained(sharing, seconds_of, epochs=30, lengths=None):
    """Train trials side by side, in turn an epoch each, until the number is known; new ones replace those
    that end."""
    running, ends, number, waiting = [], {}, 0, set()
    for _ in range(epochs):
        while len(running) < sharing.allowed:
            running.append(number)
            waiting.add(number)
            ends[number] = (lengths or [epochs])[number % len(lengths or [1])]
            number += 1
        for trial in list(running):
            waiting.discard(trial)  # it has finished an epoch
            training = [each for each in running if each not in waiting]
            sharing.report(trial, seconds_of(len(running)), training, len(running))
            ends[trial] -= 1
            if not ends[trial]:
                running.remove(trial)
        if sharing.is_settled:
            break
    return sharing


@pytest.mark.parametrize(
    ("idle", "most", "expected"),
    [
        (0.0, 8, 1),  # one trial fills the device
        (0.02, 8, 1),
        (0.5, 8, 2),
        (0.75, 8, 4),
        (0.95, 8, 8),
        (0.95, 3, 3),
        (0.95, 1, 1),
    ],
)
def test_trials_are_added_while_the_device_is_idle(idle, most, expected):
    def seconds(count):
        return max(1.0, count * (1 - idle))

    sharing = trained(AcceleratorSharing(most), seconds)
    assert sharing.is_settled and sharing.allowed == expected


@pytest.mark.parametrize("lengths", ([6, 14, 10], [5, 8]))
def test_trials_that_end_are_replaced_and_the_number_is_found_all_the_same(lengths):
    sharing = trained(AcceleratorSharing(8), lambda count: max(1.0, count * 0.5), epochs=200, lengths=lengths)
    assert sharing.is_settled and sharing.allowed == 2


def test_an_epoch_in_which_a_trial_joins_is_not_compared():
    sharing = AcceleratorSharing(2)
    sharing.report(0, 1.0, [0], 1)
    sharing.report(0, 5.0, [0, 1], 2)  # partly alone, partly beside the other's compilation
    assert not sharing.is_settled
    sharing.report(0, 1.1, [0, 1], 2)
    assert sharing.is_settled and sharing.allowed == 2


def test_what_was_not_measured_changes_nothing():
    sharing = AcceleratorSharing(4)
    sharing.report(0, None, [0], 1)
    assert sharing.allowed == 1 and not sharing.is_settled


def test_a_trial_that_does_not_fit_ends_the_search_for_a_number():
    sharing = AcceleratorSharing(4)
    sharing.report(0, 1.0, [0], 1)
    sharing.limit(sharing.allowed - 1)
    assert sharing.is_settled and sharing.allowed == 1
    assert "one trial at a time" in sharing.description()


def test_without_a_trial_to_compare_there_are_no_more_than_are_proven():
    sharing = AcceleratorSharing(4)
    sharing.report(0, 1.0, [0], 1)
    assert sharing.allowed == 2
    sharing.report(1, 1.2, [1, 2], 2)  # trial 0 has ended before it was measured beside another one
    assert sharing.allowed == 1 and not sharing.is_settled
    for _ in range(2):
        sharing.report(2, 1.0, [2], 1)
    assert sharing.allowed == 2


def test_main_memory_limits_the_number():
    sharing = AcceleratorSharing(8)
    sharing.report(0, 1.0, [0], 1)
    sharing.cap(1)
    assert sharing.is_settled and sharing.allowed == 1
