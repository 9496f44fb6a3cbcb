"""Layers that keep the shape: scaling, normalization, activation, dropout."""

from dataclasses import dataclass

from cnnsearch.architecture.layers.base import SameShape, Shape


@dataclass(frozen=True, slots=True)
class Rescaling(SameShape):
    """`x * scale + offset`, by channel or with one number for all; constants, not weights."""

    type = "rescaling"
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    float32: bool = False
    """Whether the output is float32 under mixed precision too, as predictions have to be."""


@dataclass(frozen=True, slots=True)
class BatchNormalization(SameShape):
    """Ioffe & Szegedy 2015: scale and offset are trained, mean and variance are tracked."""

    type = "batch_normalization"
    momentum: float
    epsilon: float

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return 2 * inputs[0][-1], 2 * inputs[0][-1]


@dataclass(frozen=True, slots=True)
class LayerNormalization(SameShape):
    """Ba et al. 2016, over the channels of each position."""

    type = "layer_normalization"
    epsilon: float

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return 2 * inputs[0][-1], 0


@dataclass(frozen=True, slots=True)
class GroupNormalization(SameShape):
    """Wu & He 2018: over the positions and the channels of a group; -1 makes each channel its own."""

    type = "group_normalization"
    groups: int
    epsilon: float

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return 2 * inputs[0][-1], 0


@dataclass(frozen=True, slots=True)
class LocalResponse(SameShape):
    """Krizhevsky et al. 2012, section 3.3: divided by what the neighbouring channels answer."""

    type = "local_response"
    depth_radius: int
    bias: float
    alpha: float
    beta: float


@dataclass(frozen=True, slots=True)
class Activation(SameShape):
    """A detector function, by its Keras name."""

    type = "activation"
    function: str
    float32: bool = False
    """Whether the output is float32 under mixed precision too, as probabilities have to be."""


@dataclass(frozen=True, slots=True)
class Dropout(SameShape):
    """In training, a share of the numbers is dropped (Srivastava et al. 2014).

    Attributes:
        rate: The share.
        unit: What is dropped as one: a `number`, a `channel` of the map (Tompson et al. 2015), or the whole
            `example`, which leaves a residual block its shortcut alone (Huang et al. 2016).
    """

    type = "dropout"
    rate: float
    unit: str = "number"


@dataclass(frozen=True, slots=True)
class ChannelScale(SameShape):
    """One trained factor a channel (Touvron et al. 2021, section 2: LayerScale)."""

    type = "scale"
    initial: float

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return inputs[0][-1], 0
