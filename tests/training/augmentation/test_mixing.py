import numpy as np
import pytest

from cnnsearch.plan.augmentation import Cutmix, Cutout, Mixup, TimeMask
from cnnsearch.training.augmentation.augmenter import augmented
from tests.training.augmenting import CLASSES, SPATIAL, draws_of, make_batch, make_examples

MIXING = [Mixup(alpha=1), Cutmix()]


@pytest.mark.parametrize("rank", SPATIAL)
@pytest.mark.parametrize("kind", MIXING)
def test_a_class_has_the_share_of_the_target_that_it_has_of_the_example(kind, rank):
    _, targets = make_examples(rank, 32)
    shown = (targets @ np.arange(CLASSES, dtype=np.float32)).reshape(-1, *(1,) * (rank + 1))
    x = np.broadcast_to(shown, (32, *SPATIAL[rank], 1))
    found = augmented(kind, make_batch(x, targets), draws_of())

    np.testing.assert_allclose(
        found.x.reshape(32, -1).mean(axis=1), found.targets @ np.arange(CLASSES), atol=1e-4
    )
    np.testing.assert_allclose(found.targets.sum(axis=1), 1, rtol=1e-5)
    assert ((found.targets > 0.01).sum(axis=1) == 2).any()


@pytest.mark.parametrize("rank", SPATIAL)
def test_cutmix_shows_values_of_two_examples_alone(rank):
    x, _ = make_examples(rank)
    found = augmented(Cutmix(), make_batch(x), draws_of()).x
    others = draws_of().permutation(len(x))

    assert ((found == x) | (found == x[others])).all()


@pytest.mark.parametrize("rank", [2, 3])
def test_cutout_hides_a_box_behind_the_mean(rank):
    x, _ = make_examples(rank, 64, channels=1, dtype=np.float32)
    found = augmented(Cutout(factor=0.5), make_batch(x), draws_of()).x
    axes = tuple(range(1, rank + 2))
    means = x.mean(axis=axes, keepdims=True)
    hidden = found != x

    np.testing.assert_allclose(found[hidden], np.broadcast_to(means, x.shape)[hidden], rtol=1e-5)
    whole = np.prod([round(size / 2) for size in SPATIAL[rank]])
    assert 0.9 * whole <= hidden.sum(axis=axes).max() <= whole


def test_a_time_mask_hides_one_stretch_of_all_channels():
    x, _ = make_examples(1, 64, dtype=np.float32)
    x = x + np.linspace(0, 0.5, 40, dtype=np.float32)[:, None]  # so that no value is the mean
    hidden = augmented(TimeMask(factor=0.5), make_batch(x), draws_of()).x != x

    assert (hidden == hidden[..., :1]).all()
    edges = np.abs(np.diff(hidden[..., 0].astype(int), prepend=0, append=0, axis=1)).sum(axis=1)
    assert set(edges) <= {0, 2}
    assert 15 <= hidden[..., 0].sum(axis=1).max() <= 20
