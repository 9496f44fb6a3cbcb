from cnnsearch.search.pruners.median import Median


def test_below_the_median_a_trial_ends():
    others = [[value] * 4 for value in (0.1, 0.2, 0.3, 0.4, 0.5)]
    median = Median(warmup=2, epochs=10)
    assert (
        median.reason_to_stop(5, [0.2, 0.25], others)
        == "its best value is below the median of 5 others after 2 epochs"
    )
    assert median.reason_to_stop(5, [0.3, 0.1], others) == ""


def test_the_median_spares_the_first_epochs_the_last_one_and_the_first_trials():
    others = [[1.0] * 10] * 5
    median = Median(warmup=2, epochs=10)
    assert median.reason_to_stop(5, [0.0], others) == ""
    assert median.reason_to_stop(5, [0.0] * 10, others) == ""
    assert median.reason_to_stop(4, [0.0, 0.0], others[:4]) == ""
