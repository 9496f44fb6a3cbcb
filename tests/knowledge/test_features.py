import json

import numpy as np
import pytest

from cnnsearch.data import load_data
from cnnsearch.data.store import StoredData
from cnnsearch.knowledge.features import SIDES, downscaled, features_of
from tests.studies import digits


def stored(*arrays, **options):
    data = load_data(arrays, **options)
    return StoredData(data.summary, data.train, data.validation)


def rng():
    return np.random.default_rng(0)


def test_the_features_of_digits():
    data = digits()
    found = features_of(StoredData(data.summary, data.train, data.validation))
    assert (found.task, found.shape, found.outputs, found.examples) == (
        "classification",
        (8, 8, 1),
        10,
        1_079,
    )
    assert found.balance > 0.99
    assert 0.05 < found.constant < 0.15
    assert found.linear > 0.85
    assert found.nearest > 0.95


def test_they_are_numbers_and_shapes_only():
    x = rng().integers(0, 256, (60, 9, 9, 3), np.uint8)
    y = np.array(["secret rose", "secret daisy", "secret tulip"] * 20)
    found = features_of(stored(x, y))
    assert "secret" not in json.dumps(found.model_dump(mode="json"))
    assert np.isfinite(found.vector()).all()


def test_unequal_classes_are_less_balanced():
    x = rng().integers(0, 256, (200, 6, 6, 1), np.uint8)
    equal, unequal = (features_of(stored(x, y)) for y in (np.arange(200) % 2, (np.arange(200) % 10 == 0) * 1))
    assert equal.balance == pytest.approx(1.0, abs=1e-3)
    assert unequal.balance < 0.6


def test_a_brightness_that_is_the_target_is_seen_by_the_linear_model():
    level = np.repeat(np.arange(2), 100)
    x = (60 * level[:, None, None, None] + rng().integers(0, 40, (200, 12, 12, 1))).astype(np.uint8)
    found = features_of(stored(x, level))
    assert found.linear > 0.9
    assert found.constant < 0.6


@pytest.mark.parametrize("task", ["tagging", "regression"])
def test_other_tasks_have_features_too(task):
    x = rng().integers(0, 256, (120, 10, 10, 1), np.uint8)
    shade = x.mean((1, 2, 3))
    y = (
        np.stack([shade > np.median(shade), x[:, 0, 0, 0] > 127], 1).astype(np.uint8)
        if task == "tagging"
        else shade
    )
    found = features_of(stored(x, y, task=task))
    assert found.task == task
    assert found.balance == 1.0
    assert found.linear > found.constant


def test_a_dataset_of_one_value_has_finite_features():
    found = features_of(stored(np.zeros((40, 5, 5, 1), np.uint8), np.arange(40) % 2))
    assert np.isfinite(found.vector()).all()


def test_values_far_outside_the_declared_range_have_features_too():
    x = 100_000.0 + np.arange(40 * 25).reshape(40, 5, 5, 1)
    found = features_of(load_data((x, np.arange(40) % 2), value_range=(0.0, 1.0)))
    assert (found.mean, found.deviation) == (1_000.0, pytest.approx(288.7, rel=0.2))


@pytest.mark.parametrize(
    ("shape", "rows"),
    [((200, 2), 2 * 64), ((20, 3), 60), ((33, 28, 3), 3 * 64), ((5, 6, 1), 30), ((9, 9, 9, 1), 64)],
)
def test_examples_are_scaled_down_to_blocks(shape, rows):
    x = rng().random((7, *shape))
    found = downscaled(x)
    assert found.shape == (7, rows)
    assert found.min() >= x.min()
    assert found.max() <= x.max()


def test_a_block_is_the_mean_of_its_values():
    x = np.arange(16 * 16, dtype=np.float64).reshape(1, 16, 16, 1)
    expected = x.reshape(8, 2, 8, 2).mean((1, 3)).ravel()
    assert SIDES[2] == 8
    assert downscaled(x)[0] == pytest.approx(expected)
