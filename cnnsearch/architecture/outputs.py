"""The output of a network: a vector for each example, or for each of its positions."""

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

    The last layer rescales a linear output to the unit of its targets, `x * scale + offset`. `scale` and
    `offset` hold one number, or one per channel.

    Attributes:
        name: Name of the output's last layer.
        channels: Length of each vector.
        form: `vector`: one for each example; `map`: one for each position of the input.
        activation: `softmax`: probabilities that sum to 1; `sigmoid`: independent probabilities; `linear`:
            any numbers.
        scale: Factor of a linear output.
        offset: Offset of a linear output.
    """

    name: str
    channels: int = Field(ge=1)
    form: Literal["vector", "map"] = Field("vector", exclude_if=lambda form: form == "vector")
    activation: Literal["softmax", "sigmoid", "linear"]
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)

    @property
    def guessing_loss(self) -> float:
        """Upper bound of the loss of the best constant prediction.

        Cross-entropy in nats of equal probabilities, for `sigmoid` the mean over channels; for `linear` the
        mean squared error in units of the variance.
        """
        return {"softmax": math.log(self.channels), "sigmoid": math.log(2.0), "linear": 1.0}[self.activation]

    def add_to(self, graph: Graph, node: int, pooling: HeadPooling, whole: int) -> int:
        """Add the output's layers after `node` and return the number of the last one.

        Args:
            graph: The graph.
            node: The node with the features.
            pooling: The pooling of the head, which a map does without.
            whole: A node with the size of the input.
        """
        if self.form == "map":
            node = self._map(graph, node, whole)
        else:
            node = graph.add(layers.FullyConnected(self.channels), node, name="logits")
            node = pooling.after(graph, node)
        if self.activation == "linear":
            rescaling = layers.Rescaling(self.scale, self.offset, float32=True)
            return graph.add(rescaling, node, name=self.name)
        return graph.add(layers.Activation(self.activation, float32=True), node, name=self.name)

    def _map(self, graph: Graph, node: int, whole: int) -> int:
        """Add the logits of each position, at the size of the input (Long et al. 2015, section 3)."""
        node = graph.add(layers.Convolution(self.channels, 1), node, name="logits")
        stride = graph.stride(node)
        if max(stride) > 1:
            node = graph.add(layers.Upsampling(merged(stride), "bilinear"), node)
        return fitted(graph, node, whole, merged(stride))
