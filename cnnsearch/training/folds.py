"""Cross-validation: the training and validation examples of each fold of a stored dataset.

The folds divide the union of the training and the validation split; the test split is not included.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split
from cnnsearch.data.store import StoredData


def fold_numbers(strata: NDArray[Any], folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold in which each example is validated, `(examples,)`.

    The folds are stratified: within each stratum, and over all examples, their sizes differ by at most one.
    Args:
        strata: The stratum of each example.
        folds: The number of folds.
        seed: The same seed and the same strata give the same folds.
    """
    shuffled = np.random.default_rng(seed).permutation(len(strata))
    dealt = shuffled[np.argsort(strata[shuffled], kind="stable")]
    numbers = np.empty(len(strata), np.int64)
    numbers[dealt] = np.arange(len(strata)) % folds
    return numbers


def fold_splits(data: StoredData, folds: int, fold: int) -> tuple[Split, Split]:
    """Return the training and validation examples of a fold; with one fold, the stored splits.

    All trials of a study have the same folds, which depend on the data and the seed of its split. The
    examples are read into memory.
    """
    if folds == 1:
        return data.train, data.validation
    x = np.concatenate([data.train.x, data.validation.x])
    y = np.concatenate([data.train.y, data.validation.y])
    is_validated = fold_numbers(data.summary.task.strata(y), folds, data.summary.split_seed) == fold
    return Split(x[~is_validated], y[~is_validated]), Split(x[is_validated], y[is_validated])


def fold_seed(seed: int, fold: int) -> int:
    """Return the seed of a fold's draws; the first fold has the trial's seed."""
    return seed if fold == 0 else int(np.random.SeedSequence((seed, fold)).generate_state(1)[0])
