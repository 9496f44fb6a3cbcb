import pytest

from cnnsearch.durations import duration, rough_duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.00045, "450 µs"),
        (0.005, "5 ms"),
        (0.0123, "12.3 ms"),
        (5.0, "5 s"),
        (25.04, "25 s"),
        (83, "1 min 23 s"),
        (600, "10 min"),
        (3599.6, "1 h"),
        (9000, "2 h 30 min"),
        (36_000, "10 h"),
    ],
)
def test_a_duration_has_its_natural_unit(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (38.4, "38 s"), (119, "119 s"), (668, "11 min"), (9000, "2.5 h")]
)
def test_a_prediction_has_one_unit(seconds, text):
    assert rough_duration(seconds) == text
