"""Masks move with their examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.plan.augmentation import AUGMENTATIONS, Crop, Cutout, Flip, Rotation, Shift, Zoom
from cnnsearch.tasks.segmentation.metrics import IGNORED
from cnnsearch.tasks.targets import Maps
from cnnsearch.training.augmentation.augmenter import Augmenter
from tests.training.augmenting import SERVED, SPATIAL, draws_of

LEFT_OUT = ("mixup", "cutmix", "saturation", "hue")
"""Those that mix targets, and those of colours."""
VALUES = (10, 120, 240)


def masks(rank, count=8, seed=0):
    """Masks of regions with straight edges, of three classes."""
    y = np.zeros((count, *SPATIAL[rank]), np.uint8)
    for mask, draws in zip(y, map(draws_of, range(seed, seed + count)), strict=True):
        for value in (1, 2):
            mask[tuple(slice(*sorted(draws.integers(0, size + 1, 2))) for size in SPATIAL[rank])] = value
    return y


def moved(kind, y, seed=0):
    """Return a map of values by class, and the masks, after an augmentation."""
    x = np.array(VALUES, np.float32)[y][..., None]
    found, masks = Augmenter((kind,), seed, (0.0, 255.0), Maps())(x, y, 0, 0)
    return found[..., 0], masks


@pytest.mark.parametrize(("word", "rank"), [case for case in SERVED if case[0] not in LEFT_OUT])
def test_a_mask_keeps_its_type_and_its_classes(word, rank):
    _, found = moved(AUGMENTATIONS[word](), masks(rank))
    assert found.dtype == np.uint8 and found.shape == masks(rank).shape
    assert set(np.unique(found)) <= {0, 1, 2}


@pytest.mark.parametrize("rank", SPATIAL)
@given(seed=st.integers(0, 1000), mode=st.sampled_from(("nearest", "reflect", "wrap")))
def test_a_shift_moves_values_and_classes_alike(rank, mode, seed):
    x, y = moved(Shift(factor=0.5, fill_mode=mode), masks(rank), seed)
    np.testing.assert_array_equal(np.array(VALUES)[y], x)


@pytest.mark.parametrize("rank", (2, 3))
@given(seed=st.integers(0, 1000))
def test_a_flip_moves_values_and_classes_alike(rank, seed):
    x, y = moved(Flip(mode="horizontal_and_vertical"), masks(rank), seed)
    np.testing.assert_array_equal(np.array(VALUES)[y], x)


@pytest.mark.parametrize("kind", (Rotation(factor=0.2), Zoom(factor=0.4), Crop(factor=0.4)))
def test_a_class_is_that_of_the_nearest_position(kind):
    two = np.minimum(masks(2, count=64), 1)
    x, y = moved(kind, two)
    between = (VALUES[0] + VALUES[1]) / 2
    is_clear = np.abs(x - between) > 0.3 * (VALUES[1] - VALUES[0])  # more than one class has no share there
    assert is_clear.mean() > 0.8
    assert ((x > between) == (y == 1))[is_clear].mean() > 0.995


def test_what_lies_outside_is_ignored():
    x, y = moved(Shift(factor=0.9, fill_mode="constant"), masks(2) * 0 + 2)
    assert set(np.unique(y)) == {2, IGNORED}
    np.testing.assert_array_equal(y == IGNORED, x == 0)


def test_ignored_positions_move_too():
    y = masks(2)
    y[:, 0] = IGNORED
    values = np.where(y == IGNORED, 255, y)[..., None].astype(np.float32)
    x, found = Augmenter((Flip(mode="vertical"),), 0, (0.0, 255.0), Maps())(values, y, 0, 0)
    np.testing.assert_array_equal(found, x[..., 0])


def test_a_hidden_box_leaves_the_classes():
    _, found = moved(Cutout(factor=0.5), masks(2))
    np.testing.assert_array_equal(found, masks(2))
