import numpy as np
import pytest

from cnnsearch.data import open_stored
from cnnsearch.training.folds import fold_numbers, fold_seed, fold_splits
from tests.training.jobs import store_data


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return open_stored(store_data(tmp_path_factory.mktemp("data")))


def counts(numbers):
    return np.bincount(numbers).tolist()


@pytest.mark.parametrize("folds", [2, 3, 7])
def test_every_fold_has_its_share_of_every_class(folds):
    y = np.repeat([0, 1, 2], [50, 23, 8])
    numbers = fold_numbers(y, folds, 0)
    for label in range(3):
        found = counts(numbers[y == label])
        assert len(found) == folds and max(found) - min(found) <= 1
    assert max(counts(numbers)) - min(counts(numbers)) <= 1


def test_the_seed_decides_the_folds():
    y = np.repeat([0, 1], 30)
    assert fold_numbers(y, 3, 0).tolist() == fold_numbers(y, 3, 0).tolist()
    assert fold_numbers(y, 3, 0).tolist() != fold_numbers(y, 3, 1).tolist()


def test_each_example_is_validated_once_and_trained_on_in_all_other_folds(data):
    together = np.concatenate([data.train.x, data.validation.x])
    folds = [fold_splits(data, 4, fold) for fold in range(4)]
    for train, validation in folds:
        np.testing.assert_array_equal(ordered(train.x, validation.x), ordered(together))
    np.testing.assert_array_equal(ordered(*(validation.x for _, validation in folds)), ordered(together))


def ordered(*parts):
    """Return examples that are identified by their order."""
    rows = np.concatenate(parts).reshape(sum(map(len, parts)), -1)
    return rows[np.lexsort(rows.T)]


def test_the_classes_go_with_their_examples(data):
    stored = (data.train, data.validation)
    known = {x.tobytes(): y for split in stored for x, y in zip(split.x, split.y, strict=True)}
    for split in fold_splits(data, 3, 1):
        assert all(known[x.tobytes()] == y for x, y in zip(split.x, split.y, strict=True))


def test_one_fold_is_the_split_as_it_is_stored(data):
    assert fold_splits(data, 1, 0) == (data.train, data.validation)


def test_the_first_fold_has_the_trials_seed_and_the_others_their_own():
    seeds = [fold_seed(7, fold) for fold in range(4)]
    assert seeds[0] == 7 and len(set(seeds)) == 4
