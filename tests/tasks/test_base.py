import pytest

from cnnsearch.tasks.base import Metric


def metric(unit):
    return Metric("size", "size", "minimize", unit, 0.0)


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("share", 0.99163, "0.9916"),
        ("share", 1, "1.0000"),
        ("nats", 0.03681, "0.0368"),
        ("count", 1234567, "1,234,567"),
        ("bytes", 4096.0, "4,096"),
    ],
)
def test_a_value_is_formatted_by_its_unit(unit, value, text):
    assert metric(unit).format(value) == text


def test_on_a_split_only_the_name_and_the_title_change():
    assert metric("share").on("test") == Metric("test_size", "test size", "minimize", "share", 0.0)
