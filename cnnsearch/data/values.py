"""The range of a dataset's values: one record, which every reader of the values uses.

The rule: images of 8-bit files have 0 to 255, whatever they show. The range of all other examples is that of
the training split; whole numbers from 0 that nearly fill a number of bits (4,000 of 4,095) get the range of
these bits.
"""

import logging
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

logger = logging.getLogger(__name__)

_FULL = 0.9  # of the largest number of so many bits
_MOST_BITS = 16
_CHUNK = 1 << 22  # values compared at a time, to limit memory
_ALIKE = 2 / 3  # of the union of two ranges

Origin = Literal["files", "bits", "train", "given"]


class ValueRange(BaseModel):
    """The range of a dataset's values.

    Attributes:
        low: The smallest value.
        high: The largest value.
        dtype: The type of the values as they were brought, as `uint8` or `float64`.
        origin: How the range was found: `files` (8-bit images), `bits` (the training split nearly fills a
            number of bits), `train` (the smallest and the largest value of the training split), or `given`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = 0.0
    high: float = 255.0
    dtype: str = "uint8"
    origin: Origin = "files"

    @property
    def ends(self) -> tuple[float, float]:
        """`(low, high)`."""
        return self.low, self.high

    @property
    def text(self) -> str:
        """The range in words, as `0 to 255`."""
        return between(self.low, self.high)

    @property
    def reason(self) -> str:
        """How the range was found, in words."""
        return _REASONS[self.origin]

    def mismatch(self, x: NDArray[Any]) -> str:
        """Return the range of other values in words if it is not this one, else an empty string.

        Two ranges are the same if they have at least two thirds of their union in common.
        """
        finite = x[np.isfinite(x)] if x.dtype.kind == "f" else x
        if not finite.size:
            return ""
        low, high = extremes(finite)
        common = min(high, self.high) - max(low, self.low)
        union = max(high, self.high) - min(low, self.low)
        return "" if common >= _ALIKE * union else between(low, high)


_REASONS: dict[Origin, str] = {
    "files": "of 8-bit images",
    "bits": "of the bits that the training split uses",
    "train": "of the training split",
    "given": "given",
}


def find_range(x: NDArray[Any], dtype: str, given: tuple[float, float] | None = None) -> ValueRange:
    """Return the range of the training examples `x` that were brought as `dtype`, or the given range.

    A warning is logged if the examples exceed a given range.
    """
    low, high = extremes(x)
    if given is not None:
        if low < given[0] or high > given[1]:
            logger.warning(
                "the training examples have values from %s, outside of the given range, %s",
                between(low, high),
                between(*given),
            )
        return ValueRange(low=given[0], high=given[1], dtype=dtype, origin="given")
    if low >= 0 and (full := _filled_bits(high)) and _is_whole(x):
        return ValueRange(low=0.0, high=full, dtype=dtype, origin="bits")
    return ValueRange(low=low, high=high, dtype=dtype, origin="train")


def extremes(x: NDArray[Any]) -> tuple[float, float]:
    """Return the smallest and the largest value."""
    return float(x.min()), float(x.max())


def between(low: float, high: float) -> str:
    """Return a range in words."""
    return f"{low:g} to {high:g}"


def _filled_bits(high: float) -> float | None:
    """Return the largest number of the bits that a number nearly fills; None if there are none."""
    found = (2.0**bits - 1 for bits in range(1, _MOST_BITS + 1))
    return next((full for full in found if _FULL * full <= high <= full), None)


def _is_whole(x: NDArray[Any]) -> bool:
    """Return whether all values are whole numbers."""
    if x.dtype.kind != "f":
        return True
    rows = max(1, _CHUNK // max(1, x[0].size))
    chunks = (x[start : start + rows] for start in range(0, len(x), rows))
    return all(bool((chunk == np.rint(chunk)).all()) for chunk in chunks)
