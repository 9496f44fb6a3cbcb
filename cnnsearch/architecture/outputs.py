"""The outputs of a network: a vector for each example, for each of its positions, or for each position of
its last map."""

import math
from typing import Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks import Description, HeadPooling
from cnnsearch.architecture.decoder import fitted
from cnnsearch.architecture.graph import Graph
from cnnsearch.architecture.per_dimension import merged


class Output(Description):
    """A named output.

    Its last layers compute `activation(x * scale + offset)`. `scale` and `offset` hold one number, or one per
    channel: the unit of the targets of a linear output, or the first prediction of another one.

    Attributes:
        name: Name of the output's last layer.
        channels: Length of each vector.
        form: `vector`: one for each example; `map`: one for each position of the input; `grid`: one for each
            position of the last map.
        activation: `softmax`: probabilities that sum to 1; `sigmoid`: independent probabilities; `softplus`:
            positive numbers; `linear`: any numbers.
        scale: Factor.
        offset: Offset.
    """

    name: str
    channels: int = Field(ge=1)
    form: Literal["vector", "map", "grid"] = Field("vector", exclude_if=lambda form: form == "vector")
    activation: Literal["softmax", "sigmoid", "softplus", "linear"]
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)

    @property
    def guessing_loss(self) -> float:
        """Upper bound of the loss of the best constant prediction.

        Cross-entropy in nats of equal probabilities, for `sigmoid` the mean over channels; for
        numbers the mean squared error in units of the variance.
        """
        return {"softmax": math.log(self.channels), "sigmoid": math.log(2.0)}.get(self.activation, 1.0)

    def add_to(self, graph: Graph, node: int, pooling: HeadPooling, whole: int) -> int:
        """Add the output's layers after `node` and return the number of the last one.

        Args:
            graph: The graph.
            node: The node with the features.
            pooling: The pooling of the head, which only a vector needs.
            whole: A node with the size of the input.
        """
        if self.form == "vector":
            node = graph.add(layers.FullyConnected(self.channels), node, name="logits")
            node = pooling.after(graph, node)
        else:
            node = graph.add(layers.Convolution(self.channels, 1), node, name="logits")
        if self.form == "map":
            node = self._enlarged(graph, node, whole)
        is_linear = self.activation == "linear"
        if is_linear or (self.scale, self.offset) != ((1.0,), (0.0,)):
            rescaling = layers.Rescaling(self.scale, self.offset, float32=True)
            node = graph.add(rescaling, node, name=self.name if is_linear else "")
        if is_linear:
            return node
        return graph.add(layers.Activation(self.activation, float32=True), node, name=self.name)

    def _enlarged(self, graph: Graph, node: int, whole: int) -> int:
        """Give the logits the size of the input (Long et al. 2015, section 3)."""
        stride = graph.stride(node)
        if max(stride) > 1:
            node = graph.add(layers.Upsampling(merged(stride), "bilinear"), node)
        return fitted(graph, node, whole, merged(stride))
