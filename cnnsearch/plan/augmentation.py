"""Augmentations of training examples as data, one model per kind; imports no NumPy.

`training/augmentation/augmenter.py` applies them. Random values are drawn for each example; strength 0
changes nothing.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, FiniteFloat

from cnnsearch.plan.base import PlanPart

PICTURE_FILE = "augmented.png"
"""The image of a few augmented examples, in the folder of a trial with augmentation."""

FillMode = Annotated[
    Literal["constant", "nearest", "reflect", "wrap"],
    Field(description="Fill outside the example: zeros, edge value, reflection, or the opposite end."),
]
Alpha = Annotated[
    FiniteFloat,
    Field(
        ge=0, le=100, description="Both parameters of the beta distribution of an example's mixing weight."
    ),
]


class Augmentation(PlanPart):
    """Base of all augmentations."""

    dimensions: ClassVar[tuple[int, ...]]
    """Supported numbers of spatial dimensions: 1 for signals, 2 for images, 3 for volumes."""
    needs_colour: ClassVar[bool] = False
    """Whether the augmentation requires three channels, taken as red, green and blue."""
    mixes_targets: ClassVar[bool] = False
    """Whether an example gets a part of another one's target."""


class Crop(Augmentation):
    """Random crop, resized to the original size (Szegedy et al., 2015, section 6).

    The crop keeps the aspect ratio. In 1D it is window slicing (Le Guennec et al., 2016).
    """

    dimensions = (1, 2, 3)
    type: Literal["crop"] = Field(default="crop", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.2, ge=0, lt=1, description="Maximum fraction removed from each dimension."
    )


class Shift(Augmentation):
    """Random shift along each axis by an integer number of positions (Krizhevsky et al., 2012,
    section 4.1)."""

    dimensions = (1, 2, 3)
    type: Literal["shift"] = Field(default="shift", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.1, ge=0, le=1, description="Maximum shift, as a fraction of each dimension."
    )
    fill_mode: FillMode = "reflect"


class Flip(Augmentation):
    """Random flip along each axis of `mode`, with probability 0.5 (Krizhevsky et al., 2012, section 4.1).

    The horizontal axis is the last spatial axis, the vertical axis the one before it.
    """

    dimensions = (2, 3)
    type: Literal["flip"] = Field(default="flip", description="Word of the augmentation.")
    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = Field(
        default="horizontal", description="Flipped axes; `horizontal_and_vertical` draws each separately."
    )
    pictures: Literal["all", "colour"] = Field(
        default="all",
        description="Whether to flip all images, or only images with three channels: grey images often "
        "show digits and letters, whose meaning a flip changes.",
    )


class Rotation(Augmentation):
    """Random rotation about the centre (Simard et al., 2003)."""

    dimensions = (2,)
    type: Literal["rotation"] = Field(default="rotation", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.05, ge=0, le=0.5, description="Maximum angle, as a fraction of a full turn."
    )
    fill_mode: FillMode = "reflect"


class Zoom(Augmentation):
    """Random zoom about the centre, as in Keras's `RandomZoom`.

    In 1D it changes the speed of a sound and its pitch (Ko et al., 2015).
    """

    dimensions = (1, 2, 3)
    type: Literal["zoom"] = Field(default="zoom", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.1, ge=0, lt=1, description="Maximum change of the visible size, as a fraction of it."
    )
    fill_mode: FillMode = "reflect"


class GaussianNoise(Augmentation):
    """Gaussian noise added to every value (Bishop, 1995)."""

    dimensions = (1, 2, 3)
    type: Literal["gaussian_noise"] = Field(default="gaussian_noise", description="Word of the augmentation.")
    stddev: FiniteFloat = Field(
        default=0.05, ge=0, le=1, description="Standard deviation, as a fraction of the data's value range."
    )


class Brightness(Augmentation):
    """Random offset added to all values of an example (Howard, 2013)."""

    dimensions = (2, 3)
    type: Literal["brightness"] = Field(default="brightness", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Maximum offset, as a fraction of the data's value range.",
    )


class Contrast(Augmentation):
    """Deviation from the mean of each channel, multiplied by a random factor around 1 (Howard, 2013)."""

    dimensions = (2, 3)
    type: Literal["contrast"] = Field(default="contrast", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.2, ge=0, le=1, description="Maximum deviation of the factor from 1."
    )


class Saturation(Augmentation):
    """Deviation of each pixel from its grey value, multiplied by a random factor around 1 (Haeberli and
    Voorhies, 1994)."""

    dimensions = (2, 3)
    needs_colour = True
    type: Literal["saturation"] = Field(default="saturation", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.3, ge=0, le=1, description="Maximum deviation of the factor from 1."
    )


class Hue(Augmentation):
    """Random rotation of colours about the grey axis of the RGB cube (Haeberli, 1993)."""

    dimensions = (2, 3)
    needs_colour = True
    type: Literal["hue"] = Field(default="hue", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.05, ge=0, le=0.5, description="Maximum angle, as a fraction of a full turn."
    )


class Cutout(Augmentation):
    """Random box, filled with the mean of each channel (DeVries and Taylor, 2017).

    The box is centred at a random position and may extend beyond the edge.
    """

    dimensions = (2, 3)
    type: Literal["cutout"] = Field(default="cutout", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.25, ge=0, le=1, description="Size of the box, as a fraction of each dimension."
    )


class Mixup(Augmentation):
    """Weighted mean of pairs of examples of a batch and of their labels (Zhang et al., 2018)."""

    mixes_targets = True
    dimensions = (1, 2, 3)
    type: Literal["mixup"] = Field(default="mixup", description="Word of the augmentation.")
    alpha: Alpha = 0.2


class Cutmix(Augmentation):
    """Random box replaced by that of another example of the batch, labels mixed by volume (Yun et al.,
    2019)."""

    mixes_targets = True
    dimensions = (1, 2, 3)
    type: Literal["cutmix"] = Field(default="cutmix", description="Word of the augmentation.")
    alpha: Alpha = 1.0


class Scale(Augmentation):
    """Signal multiplied by a random factor around 1 (Um et al., 2017)."""

    dimensions = (1,)
    type: Literal["scale"] = Field(default="scale", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.1, ge=0, le=1, description="Maximum deviation of the factor from 1."
    )


class TimeMask(Augmentation):
    """Random section of a signal, filled with the mean of each channel (SpecAugment: Park et al., 2019)."""

    dimensions = (1,)
    type: Literal["time_mask"] = Field(default="time_mask", description="Word of the augmentation.")
    factor: FiniteFloat = Field(
        default=0.2, ge=0, le=1, description="Maximum length of the section, as a fraction of the signal's."
    )


AnyAugmentation = Annotated[
    Crop
    | Shift
    | Flip
    | Rotation
    | Zoom
    | GaussianNoise
    | Brightness
    | Contrast
    | Saturation
    | Hue
    | Cutout
    | Mixup
    | Cutmix
    | Scale
    | TimeMask,
    Field(discriminator="type"),
]

AUGMENTATIONS: dict[str, type[Augmentation]] = {
    "crop": Crop,
    "shift": Shift,
    "flip": Flip,
    "rotation": Rotation,
    "zoom": Zoom,
    "gaussian_noise": GaussianNoise,
    "brightness": Brightness,
    "contrast": Contrast,
    "saturation": Saturation,
    "hue": Hue,
    "cutout": Cutout,
    "mixup": Mixup,
    "cutmix": Cutmix,
    "scale": Scale,
    "time_mask": TimeMask,
}
"""All augmentations by word."""


def applies(part: Augmentation, shape: tuple[int, ...]) -> bool:
    """Return whether an augmentation supports examples of a shape, `(*spatial, channels)`."""
    return len(shape) - 1 in part.dimensions and (shape[-1] == 3 or not part.needs_colour)
