"""Values per dimension: written `3x1` in spaces and records, tuples of numbers in layers."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from cnnsearch.errors import InfeasibleArchitectureError

Numbers = int | tuple[int, ...]
"""One number for all spatial dimensions, or one for each of two or three that are not all the same."""
_NUMBERS = {0: "(0|[1-9][0-9]{0,14})", 1: "[1-9][0-9]{0,14}"}
"""Patterns of numbers of at least 0 or 1 that every reader of JSON represents exactly."""


def pattern(low: int) -> str:
    """Return the pattern of values per dimension whose numbers are at least `low`, 0 or 1."""
    return f"{_NUMBERS[low]}(x{_NUMBERS[low]}){{1,2}}"


class PerDimension(str):
    """A number for each of two or three spatial dimensions, as the dialect writes it: `3x1`.

    It is a string, so that records and other programs store and show it as one.
    """

    __slots__ = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers, in the order of the dimensions."""
        return tuple(int(number) for number in self.split("x"))

    @classmethod
    def read(cls, text: str) -> "PerDimension | None":
        """Return a text as a value per dimension; None if it has another form."""
        return cls(text) if re.fullmatch(pattern(0), text) else None


Positive = (
    Annotated[int, Field(ge=1)]
    | Annotated[str, Field(pattern=f"^{pattern(1)}$"), AfterValidator(PerDimension)]
)
"""A number of at least 1, or one per dimension."""
NotNegative = (
    Annotated[int, Field(ge=0)]
    | Annotated[str, Field(pattern=f"^{pattern(0)}$"), AfterValidator(PerDimension)]
)
"""A number of at least 0, or one per dimension."""


def resolved(value: int | str, dimensions: int) -> Numbers:
    """Return a value as layers hold it: one number if it is the same in all dimensions.

    Raises:
        InfeasibleArchitectureError: The value has another number of dimensions.
    """
    if isinstance(value, int):
        return value
    numbers = PerDimension(value).numbers
    if len(numbers) != dimensions:
        raise InfeasibleArchitectureError(
            f"{value} has numbers for {len(numbers)} spatial dimensions; the examples have {dimensions}",
            limit="number of dimensions",
        )
    return merged(numbers)


def merged(numbers: tuple[int, ...]) -> Numbers:
    """Return one number if all are the same."""
    return numbers[0] if len(set(numbers)) == 1 else numbers


def each(numbers: Numbers, dimensions: int) -> tuple[int, ...]:
    """Return the number of each dimension."""
    return (numbers,) * dimensions if isinstance(numbers, int) else numbers


def written(numbers: tuple[int, ...]) -> int | PerDimension:
    """Return the numbers of all dimensions as the dialect writes them."""
    one = merged(numbers)
    return one if isinstance(one, int) else PerDimension("x".join(map(str, one)))
