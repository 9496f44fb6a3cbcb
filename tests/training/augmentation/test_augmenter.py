import numpy as np
import pytest

from cnnsearch.plan.augmentation import AUGMENTATIONS, Brightness, Flip, GaussianNoise, Mixup, Shift
from cnnsearch.training.augmentation.augmenter import Augmenter
from tests.training.augmenting import SERVED, make_examples

STRENGTHS = ("factor", "stddev", "alpha")
WITH_STRENGTH = [(word, rank) for word, rank in SERVED if word != "flip"]


def make_augmenter(*augmentations, seed=0, value_range=(0.0, 255.0)):
    return Augmenter(augmentations, seed, value_range)


def strength_of(word):
    return next(name for name in STRENGTHS if name in AUGMENTATIONS[word].model_fields)


@pytest.mark.parametrize(("word", "rank"), SERVED)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_it_changes_the_examples_and_keeps_their_form(word, rank, dtype):
    x, targets = make_examples(rank, dtype=dtype)
    found, new_targets = make_augmenter(AUGMENTATIONS[word]())(x, targets, 0, 0)

    assert (found != x).any()
    assert (found.shape, found.dtype) == (x.shape, x.dtype)
    assert (new_targets.shape, new_targets.dtype) == (targets.shape, targets.dtype)


@pytest.mark.parametrize(("word", "rank"), WITH_STRENGTH)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_strength_0_changes_nothing(word, rank, dtype):
    x, targets = make_examples(rank, dtype=dtype)
    found = make_augmenter(AUGMENTATIONS[word](**{strength_of(word): 0}))(x, targets, 0, 0)

    np.testing.assert_array_equal(found[0], x)
    np.testing.assert_array_equal(found[1], targets)


@pytest.mark.parametrize(("word", "rank"), [pair for pair in SERVED if pair[0] not in ("mixup", "cutmix")])
def test_only_mixing_touches_the_targets(word, rank):
    x, targets = make_examples(rank)

    assert make_augmenter(AUGMENTATIONS[word]())(x, targets, 0, 0)[1] is targets


@pytest.mark.parametrize(("word", "rank"), SERVED)
def test_seed_epoch_and_batch_determine_every_draw(word, rank):
    x, targets = make_examples(rank)
    first, again = (make_augmenter(AUGMENTATIONS[word]())(x, targets, 3, 5) for _ in range(2))

    np.testing.assert_equal(again, first)


@pytest.mark.parametrize("other", [{"seed": 1}, {"epoch": 4}, {"batch": 6}])
@pytest.mark.parametrize(("word", "rank"), SERVED)
def test_another_seed_epoch_or_batch_is_augmented_in_another_way(word, rank, other):
    x, targets = make_examples(rank)

    def augmented(seed=0, epoch=3, batch=5):
        return make_augmenter(AUGMENTATIONS[word](), seed=seed)(x, targets, epoch, batch)[0]

    assert (augmented() != augmented(**other)).any()


def test_one_follows_the_other():
    x, targets = make_examples(2)
    both = make_augmenter(Shift(), Flip())(x, targets, 0, 0)[0]
    turned = make_augmenter(Flip(), Shift())(x, targets, 0, 0)[0]

    assert (both != turned).any()


def test_an_empty_plan_gives_the_examples_themselves():
    x, targets = make_examples(2)

    assert make_augmenter()(x, targets, 0, 0) == (x, targets)


def test_bytes_do_not_wrap_around():
    x = np.array([0, 255], np.uint8).repeat(50).reshape(2, 5, 10, 1)
    found, _ = make_augmenter(Brightness(factor=1))(x, np.zeros((2, 1), np.float32), 0, 1)

    assert (found[0] == found[0, 0, 0]).all() and (found[1] == found[1, 0, 0]).all()
    assert found[0].max() <= found[1].min()


def test_strengths_about_values_are_shares_of_the_range():
    x, targets = np.zeros((8, 50, 50, 1), np.float32), np.zeros((8, 1), np.float32)
    found, _ = make_augmenter(GaussianNoise(stddev=0.1), value_range=(-3.0, 5.0))(x, targets, 0, 0)

    assert found.std() == pytest.approx(0.8, rel=0.05)


def test_a_batch_of_one_is_its_own_partner():
    x, targets = make_examples(2, 1)
    found = make_augmenter(Mixup(alpha=1))(x, targets, 0, 0)

    np.testing.assert_equal(found, (x, targets))
