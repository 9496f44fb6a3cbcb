import math

import pytest

from cnnsearch.tasks.metric import Metric


def metric(unit):
    return Metric("size", "size", "minimize", unit, 0.0)


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("share", 0.99163, "0.9916"),
        ("share", 1, "1.0000"),
        ("nats", 0.03681, "0.0368"),
        ("number", -1.23456, "-1.2346"),
        ("count", 1234567, "1,234,567"),
        ("bytes", 4096.0, "4,096"),
    ],
)
def test_a_value_is_formatted_by_its_unit(unit, value, text):
    assert metric(unit).format(value) == text


def test_on_a_split_only_the_name_and_the_title_change():
    assert metric("share").on("test") == Metric("test_size", "test size", "minimize", "share", 0.0)


def test_the_standard_error_of_a_share_is_that_of_a_proportion():
    share = Metric("accuracy", "accuracy", "maximize", "share", 0.0)
    assert share.standard_error(0.9, 400) == pytest.approx(math.sqrt(0.9 * 0.1 / 400))
    assert share.standard_error(1.0, 400) == 0.0


def test_the_standard_error_of_a_mean_of_errors_falls_with_their_number():
    errors = Metric("mae", "mean absolute error", "minimize", "target", math.inf)
    assert errors.standard_error(6.0, 400) == pytest.approx(0.3)


@pytest.mark.parametrize(("direction", "near", "far"), [("maximize", 0.89, 0.87), ("minimize", 0.91, 0.93)])
def test_a_value_is_as_good_within_a_margin_of_the_best(direction, near, far):
    metric = Metric("some", "some", direction, "share", 0.0)
    assert metric.is_as_good(near, 0.9, 0.02) and not metric.is_as_good(far, 0.9, 0.02)
