"""Run lengths of COCO: how many pixels outside and inside of an object follow each other down the columns.

The compressed text has each number in groups of five bits, the lowest first, one character for each; from
the fourth number on it is the difference to the one two places before.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.errors import DataError

_FIRST = 48  # the character of the value 0
_BITS, _VALUE, _SIGN, _MORE = 5, 0x1F, 0x10, 0x20


def read_counts(counts: Any, pixels: int, place: str) -> str | tuple[int, ...]:
    """Return run lengths as they are in a file, checked.

    Args:
        counts: A list of numbers, or the compressed text.
        pixels: The number of pixels that they cover.
        place: The annotation, for messages.

    Raises:
        DataError: They are not run lengths, or cover another number of pixels.
    """
    is_list = isinstance(counts, list) and all(isinstance(count, int) for count in counts)
    if not is_list and not isinstance(counts, str):
        raise DataError(f"{place}: segmentation, counts: expected a list of numbers, or a compressed text.")
    try:
        runs = list(_decompressed(counts)) if isinstance(counts, str) else counts
    except ValueError as error:
        raise DataError(f"{place}: segmentation, counts: {error}.") from error
    if any(run < 0 for run in runs) or sum(runs) != pixels:
        raise DataError(
            f"{place}: segmentation: found run lengths of {sum(runs):,} pixels; expected {pixels:,}, none of "
            "them below 0."
        )
    return counts if isinstance(counts, str) else tuple(runs)


def pixels_of(counts: str | tuple[int, ...], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which pixels are of an object, `(height, width)`.

    Args:
        counts: Run lengths, checked.
        size: `(height, width)`.
    """
    runs = list(_decompressed(counts)) if isinstance(counts, str) else list(counts)
    inside = np.arange(len(runs)) % 2 == 1
    return np.repeat(inside, runs).reshape(size[::-1]).T


def _decompressed(text: str) -> Iterator[int]:
    """Yield the run lengths of a compressed text.

    Raises:
        ValueError: A character is not one of the format, or the last number is not complete.
    """
    before: list[int] = []
    number = shift = 0
    for character in text:
        value = ord(character) - _FIRST
        if not 0 <= value < 2 * _MORE:
            raise ValueError(f"found the character {character!r}, which is not of compressed run lengths")
        number |= (value & _VALUE) << shift
        shift += _BITS
        if not value & _MORE:
            if value & _SIGN:
                number -= 1 << shift
            if len(before) > 2:
                number += before[-2]
            before.append(number)
            yield number
            number = shift = 0
    if shift:
        raise ValueError("the last number of the compressed run lengths is not complete")
