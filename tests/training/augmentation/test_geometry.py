import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from cnnsearch.plan.augmentation import Crop, Flip, Rotation, Shift, Zoom
from cnnsearch.training.augmentation.augmenter import augmented
from cnnsearch.training.augmentation.batch import Batch
from cnnsearch.training.augmentation.geometry import sample
from tests.training.augmenting import SPATIAL, draws_of, make_batch, make_examples

SCIPY_MODES = {"constant": "grid-constant", "nearest": "nearest", "reflect": "reflect", "wrap": "grid-wrap"}


@pytest.mark.parametrize("rank", SPATIAL)
@given(mode=st.sampled_from(list(SCIPY_MODES)), seed=st.integers(0, 1000))
def test_sampling_is_that_of_scipy(rank, mode, seed):
    draws = draws_of(seed)
    x = draws.uniform(-1, 1, (2, *SPATIAL[rank], 2)).astype(np.float32)
    positions = [
        draws.uniform(-1.5 * n, 2.5 * n, (2, *SPATIAL[rank])).astype(np.float32) for n in SPATIAL[rank]
    ]
    found = sample(x, positions, mode)

    for example in range(2):
        for channel in range(2):
            expected = ndimage.map_coordinates(
                x[example, ..., channel], [p[example] for p in positions], order=1, mode=SCIPY_MODES[mode]
            )
            np.testing.assert_allclose(found[example, ..., channel], expected, atol=1e-4)


@pytest.mark.parametrize("mode", SCIPY_MODES)
def test_a_picture_is_turned_about_its_centre(mode):
    x, _ = make_examples(2, 1, channels=1, dtype=np.float32)
    kind = Rotation(factor=0.5, fill_mode=mode)
    degrees = -360 * draws_of().uniform(-0.5, 0.5)
    found = augmented(kind, make_batch(x), draws_of()).x
    expected = ndimage.rotate(x[0, ..., 0], degrees, reshape=False, order=1, mode=SCIPY_MODES[mode])

    np.testing.assert_allclose(found[0, ..., 0], expected, atol=0.05)


@pytest.mark.parametrize("rank", SPATIAL)
def test_a_shift_keeps_the_values_and_wraps_as_a_roll(rank):
    x, _ = make_examples(rank, 1, dtype=np.float32)
    found = augmented(Shift(factor=0.5, fill_mode="wrap"), make_batch(x), draws_of()).x
    draws, axes = draws_of(), tuple(range(1, rank + 1))
    steps = [round(draws.uniform(-0.5, 0.5) * size) for size in SPATIAL[rank]]

    np.testing.assert_array_equal(found, np.roll(x, steps, axes))


def test_a_shift_by_constant_brings_in_zeros():
    x = np.ones((64, 20, 1), np.float32)
    found = augmented(Shift(factor=1, fill_mode="constant"), make_batch(x), draws_of()).x

    assert set(np.unique(found)) == {0, 1}


@pytest.mark.parametrize("rank", SPATIAL)
def test_a_zoom_is_about_the_centre(rank):
    x, _ = make_examples(rank, dtype=np.float32)
    kind, axes = Zoom(factor=0.5), tuple(range(1, rank + 1))
    found = augmented(kind, make_batch(x), draws_of()).x
    mirrored = augmented(kind, make_batch(np.flip(x, axes)), draws_of()).x

    np.testing.assert_allclose(np.flip(mirrored, axes), found, rtol=1e-4, atol=1e-3)


def test_a_crop_stretches_a_part_of_the_example():
    ramp = np.arange(100, dtype=np.float32).reshape(1, 100, 1).repeat(50, axis=0)
    found = augmented(Crop(factor=0.5), make_batch(ramp), draws_of()).x[..., 0]
    slopes = np.diff(found)[:, 10:-10]

    np.testing.assert_allclose(slopes, slopes[:, :1].repeat(slopes.shape[1], axis=1), rtol=1e-3)
    assert (slopes >= 0.499).all() and (slopes <= 1.001).all()
    assert (found >= 0).all() and (found <= 99).all()


@pytest.mark.parametrize(
    ("mode", "axes"),
    [
        ("horizontal", {(), (2,)}),
        ("vertical", {(), (1,)}),
        ("horizontal_and_vertical", {(), (1,), (2,), (1, 2)}),
    ],
)
def test_a_flip_mirrors_the_axes_of_its_mode(mode, axes):
    x, _ = make_examples(2, 64)
    found = augmented(Flip(mode=mode), make_batch(x), draws_of()).x
    seen = {
        turned
        for before, after in zip(x, found, strict=True)
        for turned in [(), (1,), (2,), (1, 2)]
        if np.array_equal(after, np.flip(before, [axis - 1 for axis in turned]))
    }

    assert seen == axes


@pytest.mark.parametrize(("channels", "is_mirrored"), [(1, False), (3, True), (4, False)])
def test_a_flip_of_pictures_in_colour_leaves_others_as_they_are(channels, is_mirrored):
    x = np.arange(32 * 4 * 4 * channels, dtype=np.float32).reshape(32, 4, 4, channels)
    batch = Batch(x, np.zeros((32, 2), np.float32), 255.0)
    found = augmented(Flip(pictures="colour"), batch, np.random.default_rng(0)).x

    assert np.any(found != x) == is_mirrored
