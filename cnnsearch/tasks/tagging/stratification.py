"""Iterative stratification: division of examples such that each part has each tag in proportion."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def divide_by_tags(
    y: NDArray[np.integer], share: float, missing: Sequence[str], rng: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    """Divide examples, with `(examples, tags)` of 0 and 1, by iterative stratification; see `Task.divide`."""
    parts = iterative_stratification(y, [1.0 - share * len(missing), *[share] * len(missing)], rng)
    return {part: np.flatnonzero(parts == place) for place, part in enumerate(("train", *missing))}


def iterative_stratification(
    y: NDArray[np.integer], shares: Sequence[float], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Assign each example to a part (Sechidis et al. 2011, On the stratification of multi-label data).

    The tag with the fewest remaining examples is assigned first, each of its examples to the part that lacks
    it most; ties go to the part that lacks most examples, then to a random part. Examples without a tag are
    assigned last. A part with a small share lacks one example of each tag, at the cost of the largest part.

    Args:
        y: `(examples, tags)` of 0 and 1.
        shares: The share of each part; they sum to 1.
        rng: The random generator.

    Returns:
        The part of each example, `(examples,)`.
    """
    tags = np.asarray(y, dtype=bool)
    part_shares = np.asarray(shares, dtype=np.float64)
    lacked_examples = part_shares * len(tags)
    counts = tags.sum(axis=0)
    lacked_tags = np.maximum(np.outer(part_shares, counts), np.minimum(1.0, counts / len(shares)))
    lacked_tags[part_shares.argmax()] -= lacked_tags.sum(axis=0) - counts
    parts = np.full(len(tags), -1, np.int64)
    while True:
        is_unassigned = parts < 0
        remaining = tags[is_unassigned].sum(axis=0)
        if not remaining.any():
            break
        tag = int(np.argmin(np.where(remaining > 0, remaining, np.iinfo(np.int64).max)))
        for example in rng.permutation(np.flatnonzero(is_unassigned & tags[:, tag])):
            part = _most_lacking(lacked_tags[:, tag], lacked_examples, rng)
            parts[example] = part
            lacked_tags[part, tags[example]] -= 1
            lacked_examples[part] -= 1
    for example in rng.permutation(np.flatnonzero(parts < 0)):
        part = _most_lacking(lacked_examples, lacked_examples, rng)
        parts[example] = part
        lacked_examples[part] -= 1
    return parts


def _most_lacking(first: NDArray[np.float64], second: NDArray[np.float64], rng: np.random.Generator) -> int:
    among = np.flatnonzero(first == first.max())
    among = among[second[among] == second[among].max()]
    return int(among[0] if len(among) == 1 else rng.choice(among))
