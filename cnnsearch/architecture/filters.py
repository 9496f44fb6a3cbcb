"""Fixed filters: kernels of three positions a dimension that find edges, sharpen or blur; not trained.

The kernels follow Gonzalez & Woods 2018, Digital Image Processing, sections 3.5, 3.6 and 10.2. In other
than two dimensions each is the product of the same three numbers along every dimension. They are
correlated with the input, zeros around it, as Keras's convolutions are.
"""

import math
from abc import ABC, abstractmethod
from itertools import product
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnsearch.architecture.blocks.base import Description

Kernel = tuple[float, ...]
"""A kernel's numbers in row-major order."""

ONE, DERIVATIVE, SECOND = (0.0, 1.0, 0.0), (-1.0, 0.0, 1.0), (1.0, -2.0, 1.0)
MEAN, GAUSSIAN = (1 / 3, 1 / 3, 1 / 3), (0.25, 0.5, 0.25)
PREWITT, SOBEL, SCHARR = (1.0, 1.0, 1.0), (1.0, 2.0, 1.0), (3.0, 10.0, 3.0)


def outer(*factors: Kernel) -> Kernel:
    """The product of three numbers along each dimension."""
    return tuple(math.prod(numbers) for numbers in product(*factors))


def along(axis: int, derivative: Kernel, others: Kernel, dimensions: int) -> Kernel:
    """A derivative along one dimension, smoothed along all others."""
    return outer(*(derivative if other == axis else others for other in range(dimensions)))


def laplacian(dimensions: int) -> Kernel:
    """The sum of the second derivatives."""
    parts = (along(axis, SECOND, ONE, dimensions) for axis in range(dimensions))
    return tuple(map(sum, zip(*parts, strict=True)))


class FixedFilter(Description, ABC):
    """Kernels that every input channel is filtered with."""

    @abstractmethod
    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        """The kernels for so many spatial dimensions."""


class VerticalEdge(FixedFilter):
    """Prewitt's derivative along the width."""

    type: Literal["vertical_edge"] = "vertical_edge"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return (along(dimensions - 1, DERIVATIVE, PREWITT, dimensions),)


class HorizontalEdge(FixedFilter):
    """Prewitt's derivative along the height."""

    type: Literal["horizontal_edge"] = "horizontal_edge"
    dimensions: ClassVar[tuple[int, ...]] = (2, 3)

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return (along(dimensions - 2, DERIVATIVE, PREWITT, dimensions),)


class Sobel(FixedFilter):
    """Sobel's derivatives, one along each dimension."""

    type: Literal["sobel"] = "sobel"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return tuple(along(axis, DERIVATIVE, SOBEL, dimensions) for axis in range(dimensions))


class Scharr(FixedFilter):
    """Scharr's derivatives, one along each dimension (Scharr 2000, Optimal operators in digital image
    processing)."""

    type: Literal["scharr"] = "scharr"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return tuple(along(axis, DERIVATIVE, SCHARR, dimensions) for axis in range(dimensions))


class Laplacian(FixedFilter):
    """Second derivatives: edges of every direction."""

    type: Literal["laplacian"] = "laplacian"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return (laplacian(dimensions),)


class Sharpen(FixedFilter):
    """The picture less its second derivatives."""

    type: Literal["sharpen"] = "sharpen"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        identity = outer(*(ONE,) * dimensions)
        return (tuple(one - edge for one, edge in zip(identity, laplacian(dimensions), strict=True)),)


class BoxBlur(FixedFilter):
    """The mean of the neighbourhood."""

    type: Literal["box_blur"] = "box_blur"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return (outer(*(MEAN,) * dimensions),)


class GaussianBlur(FixedFilter):
    """The neighbourhood weighed by a binomial, close to a Gaussian of variance 0.5."""

    type: Literal["gaussian_blur"] = "gaussian_blur"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return (outer(*(GAUSSIAN,) * dimensions),)


FIXED_FILTERS: dict[str, type[FixedFilter]] = {
    "vertical_edge": VerticalEdge,
    "horizontal_edge": HorizontalEdge,
    "sobel": Sobel,
    "scharr": Scharr,
    "laplacian": Laplacian,
    "sharpen": Sharpen,
    "box_blur": BoxBlur,
    "gaussian_blur": GaussianBlur,
}
AnyFixedFilter = Annotated[
    VerticalEdge | HorizontalEdge | Sobel | Scharr | Laplacian | Sharpen | BoxBlur | GaussianBlur,
    Field(discriminator="type"),
]
