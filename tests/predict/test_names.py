from pathlib import Path

import pytest

from cnnsearch.predict.examples import Example
from cnnsearch.predict.names import file_names


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ([], []),
        (["a/1.png", "a/2.png"], ["1", "2"]),
        (["a/1.png", "b/1.png", "b/2.png"], ["a_1", "b_1", "2"]),
        (["x/a/1.png", "y/a/1.png"], ["x_a_1", "y_a_1"]),
        (["/1.png", "/a/1.png", "../1.jpg"], ["1", "a_1", "1-2"]),
        (["a/1.png", "a/1.jpg", "b/1.png"], ["a_1", "a_1-2", "b_1"]),
        (["a/1.png", "a/1.jpg", "a/1-2.png"], ["1", "1-3", "1-2"]),
        (["a/X.png", "a/x.png"], ["X", "x-2"]),
        (["a/1.png", "b/1.png", "c/a_1.png"], ["a_1", "b_1", "a_1-2"]),
        (["a/1.png", "a/1.png"], ["1", "1-2"]),
    ],
)
def test_names_are_short_and_each_its_own(paths, names):
    assert file_names([Example(Path(path)) for path in paths]) == names


def test_examples_of_an_array_have_their_position():
    examples = [Example(Path("some.npz"), 0), Example(Path("some.npz"), 1), Example(Path("b/some.npz"), 1)]
    assert file_names(examples) == ["some-0", "some-1", "b_some-1"]
