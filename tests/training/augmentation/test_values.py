import numpy as np
import pytest

from cnnsearch.plan.augmentation import Brightness, Contrast, GaussianNoise, Hue, Saturation, Scale
from cnnsearch.training.augmentation import values
from cnnsearch.training.augmentation.augmenter import augmented
from tests.training.augmenting import draws_of, make_batch, make_examples


def apply(kind, x, span=255.0):
    return augmented(kind, make_batch(x, span=span), draws_of()).x


def test_noise_has_its_deviation_and_no_mean():
    x = np.zeros((8, 50, 50, 1), np.float32)
    found = apply(GaussianNoise(stddev=0.1), x, span=20.0)

    assert found.std() == pytest.approx(2.0, rel=0.05)
    assert found.mean() == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("rank", [2, 3])
def test_brightness_adds_one_offset_per_example(rank):
    x, _ = make_examples(rank, dtype=np.float32)
    moved = (apply(Brightness(factor=0.5), x, span=2.0) - x).reshape(len(x), -1)

    np.testing.assert_allclose(moved, moved[:, :1].repeat(moved.shape[1], axis=1), atol=1e-4)
    assert (np.abs(moved) <= 1.001).all() and moved[:, 0].std() > 0.1


@pytest.mark.parametrize("rank", [2, 3])
def test_contrast_keeps_each_channel_s_mean(rank):
    x, _ = make_examples(rank, dtype=np.float32)
    found = apply(Contrast(factor=1), x)

    np.testing.assert_allclose(values.channel_means(found), values.channel_means(x), rtol=1e-4)


def test_contrast_stretches_an_example_by_one_factor():
    x, _ = make_examples(2, channels=1, dtype=np.float32)
    found = apply(Contrast(factor=0.5), x)
    ratios = found.std(axis=(1, 2, 3)) / x.std(axis=(1, 2, 3))

    assert (ratios >= 0.499).all() and (ratios <= 1.501).all() and ratios.std() > 0.1


def test_means_are_those_of_positions():
    x, _ = make_examples(3)

    np.testing.assert_allclose(values.channel_means(x), x.mean(axis=(1, 2, 3), keepdims=True), rtol=1e-5)


def test_a_signal_is_multiplied_by_one_number():
    x, _ = make_examples(1, dtype=np.float32)
    found = apply(Scale(factor=0.5), x + 1).reshape(len(x), -1)
    ratios = found / (x + 1).reshape(len(x), -1)

    np.testing.assert_allclose(ratios, ratios[:, :1].repeat(ratios.shape[1], axis=1), rtol=1e-5)
    assert (ratios >= 0.499).all() and (ratios <= 1.501).all() and ratios.std() > 0.1


@pytest.mark.parametrize("kind", [Saturation(factor=1), Hue(factor=0.5)])
def test_greys_stay_grey(kind):
    grey = make_examples(2, channels=1, dtype=np.float32)[0].repeat(3, axis=-1)

    np.testing.assert_allclose(apply(kind, grey), grey, atol=1e-3)


def test_saturation_keeps_the_brightness_that_the_eye_sees():
    x, _ = make_examples(2, dtype=np.float32)
    grey = np.array([0.299, 0.587, 0.114], np.float32)

    np.testing.assert_allclose(apply(Saturation(factor=1), x) @ grey, x @ grey, atol=1e-2)


def test_hue_turns_red_towards_green_and_blue():
    red = np.zeros((64, 1, 1, 3), np.float32)
    red[..., 0] = 1
    found = apply(Hue(factor=0.5), red)[:, 0, 0]
    turns = draws_of().uniform(-0.5, 0.5, 64)
    nearest = np.array([0, 1, 2])[np.rint(turns * 3).astype(int) % 3]

    assert (found.argmax(axis=1) == nearest).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
