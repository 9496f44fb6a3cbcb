"""The augmentations of training examples, as data: one model for each kind. Imports no numpy.

training/augmentation/augmenter.py applies them. Shares are drawn anew for every example;
strength 0 leaves the examples as they are.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, FiniteFloat

from cnnsearch.plan.base import PlanPart

PICTURE_FILE = "augmented.png"
"""The picture of a few augmented examples, in the folder of a trial whose plan augments."""

FillMode = Annotated[
    Literal["constant", "nearest", "reflect", "wrap"],
    Field(description="What lies outside: zeros, the edge, the mirrored example, or its other end."),
]
Alpha = Annotated[
    FiniteFloat,
    Field(ge=0, le=100, description="Of the Beta(alpha, alpha) that an example's own share is drawn from."),
]


class Augmentation(PlanPart):
    """What every kind says about itself."""

    dimensions: ClassVar[tuple[int, ...]]
    """The numbers of spatial dimensions that it serves: 1 signals, 2 pictures, 3 volumes."""
    needs_colour: ClassVar[bool] = False
    """Whether it takes red, green and blue for the three channels."""


class Crop(Augmentation):
    """Cuts a window out at a random place and scales it back to full size (Szegedy et al., 2015, section 6).

    The window keeps the example's proportions. In 1D it is window slicing (Le Guennec et al., 2016).
    """

    dimensions = (1, 2, 3)
    type: Literal["crop"] = Field(default="crop", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.2, ge=0, lt=1, description="Largest share of each side that is cut away."
    )


class Shift(Augmentation):
    """Moves examples along each axis by whole positions (Krizhevsky et al., 2012, section 4.1)."""

    dimensions = (1, 2, 3)
    type: Literal["shift"] = Field(default="shift", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.1, ge=0, le=1, description="Largest shift either way, as a share of each side."
    )
    fill_mode: FillMode = "reflect"


class Flip(Augmentation):
    """Mirrors half of the examples along each axis of the mode (Krizhevsky et al., 2012, section 4.1).

    Horizontal is the last spatial axis, vertical the one before it.
    """

    dimensions = (2, 3)
    type: Literal["flip"] = Field(default="flip", description="Names the augmentation.")
    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = Field(
        default="horizontal", description="Left with right, top with bottom, or each by a draw of its own."
    )
    pictures: Literal["all", "colour"] = Field(
        default="all",
        description="All pictures, or only those with three channels: grey ones are often digits and "
        "letters, which mean something else when mirrored.",
    )


class Rotation(Augmentation):
    """Turns pictures about their centres (Simard et al., 2003)."""

    dimensions = (2,)
    type: Literal["rotation"] = Field(default="rotation", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.05, ge=0, le=0.5, description="Largest turn either way, as a share of a full one."
    )
    fill_mode: FillMode = "reflect"


class Zoom(Augmentation):
    """Makes examples larger or smaller about their centres, as Keras's RandomZoom does."""

    dimensions = (2, 3)
    type: Literal["zoom"] = Field(default="zoom", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.1, ge=0, lt=1, description="Largest change of the visible part's sides, as a share of them."
    )
    fill_mode: FillMode = "reflect"


class GaussianNoise(Augmentation):
    """Adds normal noise to every value (Bishop, 1995)."""

    dimensions = (1, 2, 3)
    type: Literal["gaussian_noise"] = Field(default="gaussian_noise", description="Names the augmentation.")
    stddev: FiniteFloat = Field(
        default=0.05, ge=0, le=1, description="Standard deviation, as a share of the data's value range."
    )


class Brightness(Augmentation):
    """Adds one number to all values of an example (Howard, 2013)."""

    dimensions = (2, 3)
    type: Literal["brightness"] = Field(default="brightness", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Largest change either way, as a share of the data's value range.",
    )


class Contrast(Augmentation):
    """Multiplies each channel's distance from its mean by a number about 1 (Howard, 2013)."""

    dimensions = (2, 3)
    type: Literal["contrast"] = Field(default="contrast", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.2, ge=0, le=1, description="Largest distance of that number from 1."
    )


class Saturation(Augmentation):
    """Multiplies each pixel's distance from its grey by a number about 1 (Haeberli and Voorhies, 1994)."""

    dimensions = (2, 3)
    needs_colour = True
    type: Literal["saturation"] = Field(default="saturation", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.3, ge=0, le=1, description="Largest distance of that number from 1."
    )


class Hue(Augmentation):
    """Turns colours about the grey axis of the RGB cube (Haeberli, 1993)."""

    dimensions = (2, 3)
    needs_colour = True
    type: Literal["hue"] = Field(default="hue", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.05, ge=0, le=0.5, description="Largest turn either way, as a share of a full one."
    )


class Cutout(Augmentation):
    """Hides a box about a random position (DeVries and Taylor, 2017).

    The box may reach over the edge, and is filled with each channel's mean.
    """

    dimensions = (2, 3)
    type: Literal["cutout"] = Field(default="cutout", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.25, ge=0, le=1, description="The box's sides, as a share of the example's."
    )


class Mixup(Augmentation):
    """Averages examples and labels with others of the batch, by shares of their own (Zhang et al., 2018)."""

    dimensions = (1, 2, 3)
    type: Literal["mixup"] = Field(default="mixup", description="Names the augmentation.")
    alpha: Alpha = 0.2


class Cutmix(Augmentation):
    """Puts a box of another example of the batch over each, and mixes labels by volume (Yun et al., 2019)."""

    dimensions = (1, 2, 3)
    type: Literal["cutmix"] = Field(default="cutmix", description="Names the augmentation.")
    alpha: Alpha = 1.0


class Scale(Augmentation):
    """Multiplies a signal by a number about 1 (Um et al., 2017)."""

    dimensions = (1,)
    type: Literal["scale"] = Field(default="scale", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.1, ge=0, le=1, description="Largest distance of that number from 1."
    )


class TimeMask(Augmentation):
    """Hides a stretch of a signal, filled with each channel's mean (SpecAugment: Park et al., 2019)."""

    dimensions = (1,)
    type: Literal["time_mask"] = Field(default="time_mask", description="Names the augmentation.")
    factor: FiniteFloat = Field(
        default=0.2, ge=0, le=1, description="Longest stretch, as a share of the signal's length."
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
"""Every kind by its word."""
