"""Validation in parts."""

import numpy as np
import pytest

from cnnsearch.tasks.arrays import parts_of
from cnnsearch.tasks.training import OfOutputs
from cnnsearch.training import validation
from cnnsearch.training.validation import part_size, values_in_parts


class Kept(OfOutputs):
    """What a training is given, as its values."""

    def values(self, measured):
        return dict(measured)


@pytest.mark.parametrize(("examples", "size"), [(1, 1), (7, 7), (7, 3), (8, 4), (5, 1)])
def test_parts_have_one_size_and_every_example_counts_once(examples, size):
    parts = list(parts_of(examples, size))
    assert {len(part) for part in parts} == {size}
    y, given = np.arange(examples) * 10, []

    def predict(part):
        given.append(part)
        return part.astype(np.float32)[:, None]

    found = values_in_parts(Kept(), predict, y, size)
    np.testing.assert_array_equal(found["predictions"][:, 0], np.arange(examples))
    np.testing.assert_array_equal(found["y"], y)
    assert len(given) == -(-examples // size)


@pytest.mark.parametrize(
    ("examples", "shape", "networks", "size"),
    [(100, (10,), 1, 100), (100, (10,), 2, 50), (101, (10, 10, 10), 1, 1), (9, (100,), 1, 9)],
)
def test_a_part_holds_as_many_examples_as_fit(monkeypatch, examples, shape, networks, size):
    monkeypatch.setattr(validation, "MOST_OUTPUTS", 1_000)
    assert part_size(examples, shape, networks) == size
