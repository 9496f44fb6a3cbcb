"""Layers that keep the shape: scaling, normalization, activation and dropout."""

from dataclasses import dataclass

from cnnsearch.architecture.layers.base import SameShape, Shape


@dataclass(frozen=True, slots=True)
class Rescaling(SameShape):
    """`x * scale + offset`, with one constant per channel or one for all channels; no weights."""

    type = "rescaling"
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    float32: bool = False
    """Whether the output is float32 even under mixed precision, as predictions must be."""


@dataclass(frozen=True, slots=True)
class BatchNormalization(SameShape):
    """Batch normalization (Ioffe & Szegedy 2015): trained scale and offset, moving mean and variance."""

    type = "batch_normalization"
    momentum: float
    epsilon: float

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return 2 * inputs[0][-1], 2 * inputs[0][-1]


@dataclass(frozen=True, slots=True)
class LayerNormalization(SameShape):
    """Layer normalization over the channels of each position (Ba et al. 2016)."""

    type = "layer_normalization"
    epsilon: float

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return 2 * inputs[0][-1], 0


@dataclass(frozen=True, slots=True)
class GroupNormalization(SameShape):
    """Group normalization over the positions and the channels of a group (Wu & He 2018); `groups=-1` makes
    each channel a group."""

    type = "group_normalization"
    groups: int
    epsilon: float

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return 2 * inputs[0][-1], 0


@dataclass(frozen=True, slots=True)
class LocalResponse(SameShape):
    """Local response normalization over neighbouring channels (Krizhevsky et al. 2012, section 3.3)."""

    type = "local_response"
    depth_radius: int
    bias: float
    alpha: float
    beta: float


@dataclass(frozen=True, slots=True)
class Activation(SameShape):
    """Activation function, by its Keras name."""

    type = "activation"
    function: str
    float32: bool = False
    """Whether the output is float32 even under mixed precision, as probabilities must be."""


@dataclass(frozen=True, slots=True)
class Dropout(SameShape):
    """Dropout (Srivastava et al. 2014).

    Attributes:
        rate: Fraction of the units dropped during training.
        unit: The unit dropped: a `number`, a `channel` of the map (Tompson et al. 2015), or an `example`,
            which reduces a residual block to its shortcut (Huang et al. 2016).
    """

    type = "dropout"
    rate: float
    unit: str = "number"


@dataclass(frozen=True, slots=True)
class ChannelScale(SameShape):
    """LayerScale: one trained factor per channel (Touvron et al. 2021, section 2)."""

    type = "scale"
    initial: float

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return inputs[0][-1], 0
