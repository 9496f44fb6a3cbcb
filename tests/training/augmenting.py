"""Examples of every rank, and each augmentation with the data that it supports."""

import numpy as np

from cnnsearch.plan.augmentation import AUGMENTATIONS
from cnnsearch.training.augmentation.batch import Batch

SPATIAL = {1: (40,), 2: (12, 10), 3: (6, 8, 7)}
CLASSES = 4
SERVED = [(word, rank) for word, kind in AUGMENTATIONS.items() for rank in kind.dimensions]
"""Each augmentation with each number of spatial dimensions that it supports."""


def make_examples(rank, count=16, *, channels=3, dtype=np.uint8):
    """Random examples and one-hot targets; read-only, as mapped files are."""
    draws = np.random.default_rng(rank)
    x = draws.integers(0, 256, (count, *SPATIAL[rank], channels)).astype(dtype)
    targets = np.eye(CLASSES, dtype=np.float32)[draws.integers(CLASSES, size=count)]
    x.flags.writeable = targets.flags.writeable = False
    return x, targets


def make_batch(x, targets=None, span=255.0):
    """Return a batch; targets are optional."""
    return Batch(x, np.zeros((len(x), 1), np.float32) if targets is None else targets, span)


def draws_of(seed=0):
    """A new generator; two of one seed draw the same."""
    return np.random.default_rng(seed)
