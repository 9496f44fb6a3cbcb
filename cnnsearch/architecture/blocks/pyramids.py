"""The block with convolutions of several dilation rates in parallel: atrous spatial pyramid pooling."""

from typing import Annotated, Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks.convolutions import Detector, Filters
from cnnsearch.architecture.graph import Graph
from cnnsearch.architecture.per_dimension import Numbers, Positive, each, merged, resolved


class AtrousPyramid(Detector):
    """Atrous spatial pyramid pooling: a 1x1 convolution, dilated 3x3 convolutions and the mean of the map in
    parallel, then a 1x1 convolution (Chen et al. 2017, Rethinking atrous convolution for semantic image
    segmentation, section 3.3)."""

    type: Literal["aspp"] = "aspp"
    filters: Filters
    rate: Annotated[
        Positive,
        Field(
            description="Dilation rate of the first dilated convolution; the n-th has n times this rate: 6, "
            "12, 18."
        ),
    ] = 6
    levels: int = Field(3, ge=0, description="Number of dilated convolutions.")

    def add_to(self, graph: Graph, node: int) -> int:
        rates = each(resolved(self.rate, graph.dimensions), graph.dimensions)
        branches = [self._branch(graph, node, 1, 1, "1x1")]
        for level in range(1, self.levels + 1):
            dilation = merged(tuple(level * rate for rate in rates))
            branches.append(self._branch(graph, node, 3, dilation, f"dilated{level}"))
        branches.append(self._mean(graph, node))
        node = graph.add(layers.Concatenate(), *branches)
        with graph.within("project"):
            return self.finished(graph, self.convolved(graph, node, self.filters))

    def _branch(self, graph: Graph, node: int, kernel_size: int, dilation: Numbers, name: str) -> int:
        with graph.within(name):
            node = self.convolved(graph, node, self.filters, kernel_size, dilation_rate=dilation)
            return self.detected(graph, node)

    def _mean(self, graph: Graph, node: int) -> int:
        """Add the features of the whole map, the same at every position."""
        pooled = graph.add(layers.GlobalPooling("average", keepdims=True), node, name="mean")
        return graph.add(layers.Broadcast(), self._branch(graph, pooled, 1, 1, "mean"), node)
