"""Fixed filters: untrained kernels of size 3 that detect edges, sharpen or blur.

The kernels follow Gonzalez & Woods 2018, Digital Image Processing, sections 3.5, 3.6 and 10.2. In one and
three dimensions each is the product of the same three numbers along every dimension. As in Keras, a
convolution is a cross-correlation; the input is padded with zeros.
"""

import math
from abc import ABC, abstractmethod
from itertools import product
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnsearch.architecture.blocks.base import Description

Kernel = tuple[float, ...]
"""The values of a kernel in row-major order."""

ONE, DERIVATIVE, SECOND = (0.0, 1.0, 0.0), (-1.0, 0.0, 1.0), (1.0, -2.0, 1.0)
MEAN, GAUSSIAN = (1 / 3, 1 / 3, 1 / 3), (0.25, 0.5, 0.25)
PREWITT, SOBEL, SCHARR = (1.0, 1.0, 1.0), (1.0, 2.0, 1.0), (3.0, 10.0, 3.0)


def outer(*factors: Kernel) -> Kernel:
    """Return the outer product of one-dimensional kernels, one per dimension."""
    return tuple(math.prod(numbers) for numbers in product(*factors))


def along(axis: int, derivative: Kernel, others: Kernel, dimensions: int) -> Kernel:
    """Return a derivative along one dimension, smoothed along all others."""
    return outer(*(derivative if other == axis else others for other in range(dimensions)))


def laplacian(dimensions: int) -> Kernel:
    """Return the sum of the second derivatives."""
    parts = (along(axis, SECOND, ONE, dimensions) for axis in range(dimensions))
    return tuple(map(sum, zip(*parts, strict=True)))


class FixedFilter(Description, ABC):
    """Kernels that are applied to every input channel."""

    @abstractmethod
    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        """Return the kernels for a number of spatial dimensions."""


class VerticalEdge(FixedFilter):
    """Prewitt derivative along the width."""

    type: Literal["vertical_edge"] = "vertical_edge"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return (along(dimensions - 1, DERIVATIVE, PREWITT, dimensions),)


class HorizontalEdge(FixedFilter):
    """Prewitt derivative along the height."""

    type: Literal["horizontal_edge"] = "horizontal_edge"
    dimensions: ClassVar[tuple[int, ...]] = (2, 3)

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return (along(dimensions - 2, DERIVATIVE, PREWITT, dimensions),)


class Sobel(FixedFilter):
    """Sobel derivatives, one along each dimension."""

    type: Literal["sobel"] = "sobel"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return tuple(along(axis, DERIVATIVE, SOBEL, dimensions) for axis in range(dimensions))


class Scharr(FixedFilter):
    """Scharr derivatives, one along each dimension (Scharr 2000, Optimal operators in digital image
    processing)."""

    type: Literal["scharr"] = "scharr"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return tuple(along(axis, DERIVATIVE, SCHARR, dimensions) for axis in range(dimensions))


class Laplacian(FixedFilter):
    """Laplacian: sum of the second derivatives, for edges of every direction."""

    type: Literal["laplacian"] = "laplacian"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return (laplacian(dimensions),)


class Sharpen(FixedFilter):
    """Sharpening: the image minus its Laplacian."""

    type: Literal["sharpen"] = "sharpen"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        identity = outer(*(ONE,) * dimensions)
        return (tuple(one - edge for one, edge in zip(identity, laplacian(dimensions), strict=True)),)


class BoxBlur(FixedFilter):
    """Mean of the neighbourhood."""

    type: Literal["box_blur"] = "box_blur"

    def kernels(self, dimensions: int) -> tuple[Kernel, ...]:
        return (outer(*(MEAN,) * dimensions),)


class GaussianBlur(FixedFilter):
    """Binomial blur, close to a Gaussian of variance 0.5."""

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
