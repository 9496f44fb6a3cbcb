import pytest

from cnnsearch.cli.options import assignments, image_size, parse_shape, seconds
from cnnsearch.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400), ("2d", 172_800), ("1m30", 90)],
)
def test_a_duration_is_read(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "0", "-5m", "ten", "10 m", "10x", "m", "1h-5m", "0s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(SettingsError) as caught:
        seconds(text)
    message = f"--timeout: found {text}; expected a duration above zero, such as 90s, 10m or 1h30m"
    assert str(caught.value) == message


@pytest.mark.parametrize(("text", "expected"), [("64", (64, 64)), ("48x64", (48, 64))])
def test_an_image_size_is_height_by_width(text, expected):
    assert image_size(text) == expected


@pytest.mark.parametrize("text", ["", "0", "64x", "64x0", "x64", "-64", "64x64x3", "64.5"])
def test_what_is_no_image_size_is_refused(text):
    with pytest.raises(SettingsError, match=r"^--image-size: found "):
        image_size(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("28x28x1", (28, 28, 1)), ("128x3", (128, 3)), ("16x16x16x1", (16, 16, 16, 1))]
)
def test_a_shape_ends_with_the_channels(text, expected):
    assert parse_shape(text) == expected


@pytest.mark.parametrize("text", ["", "28", "0x28x1", "28x28x1x1x1", "28x", "axb", "28,28,1"])
def test_what_is_no_shape_is_refused(text):
    with pytest.raises(SettingsError, match=r"^--input: found "):
        parse_shape(text)


def test_assignments_keep_what_follows_the_first_equals_sign():
    texts = ["architecture.stages.repeat=2", "training.optimizer={adam: {learning_rate: 1e-3}}", "name=a=b"]
    assert assignments(texts) == {
        "architecture.stages.repeat": "2",
        "training.optimizer": "{adam: {learning_rate: 1e-3}}",
        "name": "a=b",
    }


def test_an_assignment_without_an_equals_sign_is_refused():
    with pytest.raises(SettingsError, match="--set: found architecture; expected PATH=VALUE"):
        assignments(["a=1", "architecture"])
