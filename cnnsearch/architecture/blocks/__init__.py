"""The blocks that a space can name: their fields, defaults and layers.

These models are the only source of the dialect's words, defaults and bounds: the grammar of spaces, its
JSON Schema and the documentation read them. To add a block, write its class in a module here and add its
word below.
"""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cnnsearch.architecture.blocks.base import Block, Description, Rate
from cnnsearch.architecture.blocks.branching import DenseBlock, Inception, Parallel, Series
from cnnsearch.architecture.blocks.convolutions import (
    Conv,
    DepthwiseConv,
    SeparableConv,
    StridedConv,
    TiledConv,
    UnsharedConv,
)
from cnnsearch.architecture.blocks.heads import (
    HEAD_POOLINGS,
    AnyHeadPooling,
    Dense,
    FlattenMap,
    FullyConvolutional,
    GlobalAverage,
    GlobalMax,
    HeadPooling,
    SpatialPyramid,
)
from cnnsearch.architecture.blocks.normalizations import (
    NORMALIZATIONS,
    BatchNorm,
    Group,
    Instance,
    LayerNorm,
    Normalization,
)
from cnnsearch.architecture.blocks.poolings import AveragePool, LocalResponse, MaxPool, MinPool
from cnnsearch.architecture.blocks.pyramids import AtrousPyramid
from cnnsearch.architecture.blocks.residual import ConvNeXt, InvertedResidual, Residual

BLOCKS: dict[str, type[Block]] = {
    "conv": Conv,
    "separable_conv": SeparableConv,
    "depthwise_conv": DepthwiseConv,
    "tiled_conv": TiledConv,
    "unshared_conv": UnsharedConv,
    "strided_conv": StridedConv,
    "residual": Residual,
    "inverted_residual": InvertedResidual,
    "convnext": ConvNeXt,
    "inception": Inception,
    "dense_block": DenseBlock,
    "aspp": AtrousPyramid,
    "parallel": Parallel,
    "series": Series,
    "max_pool": MaxPool,
    "average_pool": AveragePool,
    "min_pool": MinPool,
    "local_response": LocalResponse,
}
if TYPE_CHECKING:
    AnyBlock = Block
else:
    AnyBlock = Annotated[reduce(or_, BLOCKS.values()), Field(discriminator="type")]
for _nesting in (Series, Parallel):
    _nesting.model_rebuild(_types_namespace={"AnyBlock": AnyBlock})

__all__ = [
    "BLOCKS",
    "HEAD_POOLINGS",
    "NORMALIZATIONS",
    "AnyBlock",
    "AnyHeadPooling",
    "AtrousPyramid",
    "AveragePool",
    "BatchNorm",
    "Block",
    "Conv",
    "ConvNeXt",
    "Dense",
    "DenseBlock",
    "DepthwiseConv",
    "Description",
    "FlattenMap",
    "FullyConvolutional",
    "GlobalAverage",
    "GlobalMax",
    "Group",
    "HeadPooling",
    "Inception",
    "Instance",
    "InvertedResidual",
    "LayerNorm",
    "LocalResponse",
    "MaxPool",
    "MinPool",
    "Normalization",
    "Parallel",
    "Rate",
    "Residual",
    "SeparableConv",
    "Series",
    "SpatialPyramid",
    "StridedConv",
    "TiledConv",
    "UnsharedConv",
]
