"""The output of a network: a vector for each example, computed from the features of the head."""

import math
from typing import Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks import Description, HeadPooling
from cnnsearch.architecture.graph import Graph


class Output(Description):
    """A named output vector.

    The last layer rescales a linear output to the unit of its targets, `x * scale + offset`. `scale` and
    `offset` hold one number, or one per channel.

    Attributes:
        name: Name of the output's last layer.
        channels: Length of the vector.
        activation: `softmax`: probabilities that sum to 1; `sigmoid`: independent probabilities; `linear`:
            any numbers.
        scale: Factor of a linear output.
        offset: Offset of a linear output.
    """

    name: str
    channels: int = Field(ge=1)
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

    def add_to(self, graph: Graph, node: int, pooling: HeadPooling) -> int:
        """Add the output's layers after `node` and return the number of the last one."""
        node = graph.add(layers.FullyConnected(self.channels), node, name="logits")
        node = pooling.after(graph, node)
        if self.activation == "linear":
            rescaling = layers.Rescaling(self.scale, self.offset, float32=True)
            return graph.add(rescaling, node, name=self.name)
        return graph.add(layers.Activation(self.activation, float32=True), node, name=self.name)
