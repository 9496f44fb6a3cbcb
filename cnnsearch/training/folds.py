"""Cross-validation: which of a stored dataset's examples a fold trains on, and which it validates on.

The folds divide the training and the validation split together; the test split is no part of them.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split
from cnnsearch.data.store import StoredData


def fold_numbers(strata: NDArray[Any], folds: int, seed: int) -> NDArray[np.int64]:
    """The fold in which each example is validated, `(examples,)`.

    The folds are stratified: of each stratum every fold has as many as any other, or one more; so it is with
    the examples in all.

    Args:
        strata: The stratum of each example.
        folds: How many folds.
        seed: The same seed and the same strata give the same folds.
    """
    shuffled = np.random.default_rng(seed).permutation(len(strata))
    dealt = shuffled[np.argsort(strata[shuffled], kind="stable")]
    numbers = np.empty(len(strata), np.int64)
    numbers[dealt] = np.arange(len(strata)) % folds
    return numbers


def fold_splits(data: StoredData, folds: int, fold: int) -> tuple[Split, Split]:
    """What a fold trains on and what it validates on; of one fold, the splits as they are stored.

    All trials of a study have the same folds: they follow from the data and the seed of their split. The
    examples are read into memory.
    """
    if folds == 1:
        return data.train, data.validation
    x = np.concatenate([data.train.x, data.validation.x])
    y = np.concatenate([data.train.y, data.validation.y])
    is_validated = fold_numbers(data.summary.task.strata(y), folds, data.summary.split_seed) == fold
    return Split(x[~is_validated], y[~is_validated]), Split(x[is_validated], y[is_validated])


def fold_seed(seed: int, fold: int) -> int:
    """The seed of a fold's own draws; the first fold has the trial's."""
    return seed if fold == 0 else int(np.random.SeedSequence((seed, fold)).generate_state(1)[0])
