import pytest

from cnnsearch.page import formatting


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.00045, "450 µs"), (0.0123, "12.3 ms"), (3.06, "3.06 s"), (83, "1 min 23 s"), (9000, "2 h 30 min")],
)
def test_durations(seconds, text):
    assert plain(formatting.duration(seconds)) == text


@pytest.mark.parametrize(("number", "text"), [(999, "999"), (42618, "42.6 k"), (25.6e6, "25.6 M")])
def test_large_numbers(number, text):
    assert plain(formatting.short(number)) == text


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("share", 0.99163, "99.16 %"),
        ("share", 0.5, "50.00 %"),
        ("nats", 0.03681, "0.0368"),
        ("number", -0.5, "-0.5000"),
        ("count", 4.1e9, "4.1 G"),
        ("bytes", 2.67e6, "2.67 MB"),
        ("target", 6.12345, "6.123"),
        ("count", None, "–"),
    ],
)
def test_a_value_is_formatted_by_its_unit(unit, value, text):
    assert plain(formatting.measured(unit, value)) == text


def test_plurals():
    assert [formatting.plural(1, "class"), formatting.plural(2, "class"), formatting.plural(2, "trial")] == [
        "1 class", "2 classes", "2 trials",
    ]  # fmt: skip


def test_a_title_begins_with_a_capital_letter_and_keeps_the_others():
    assert formatting.sentence("validation mean IoU") == "Validation mean IoU"
