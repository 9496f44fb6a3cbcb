"""A plan's augmentations on batches of raw examples, before they reach the network. numpy alone.

One implementation serves every backend, bit for bit: each batch's draws follow from (trial seed, epoch,
batch), whichever thread asks for it, and however often.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.plan.augmentation import AnyAugmentation
from cnnsearch.training.augmentation import geometry, mixing, values
from cnnsearch.training.augmentation.batch import Array, Batch

_FUNCTIONS: Mapping[str, Callable[..., Batch]] = {
    "crop": geometry.crop,
    "shift": geometry.shift,
    "flip": geometry.flip,
    "rotation": geometry.rotation,
    "zoom": geometry.zoom,
    "gaussian_noise": values.gaussian_noise,
    "brightness": values.brightness,
    "contrast": values.contrast,
    "saturation": values.saturation,
    "hue": values.hue,
    "cutout": mixing.cutout,
    "mixup": mixing.mixup,
    "cutmix": mixing.cutmix,
    "scale": values.scale,
    "time_mask": mixing.time_mask,
}


@dataclass(frozen=True)
class Augmenter:
    """Changes a trial's training batches, each in each epoch in its own way.

    Args:
        augmentations: Applied in this order.
        seed: The trial's.
        value_range: The data's least and greatest value.
    """

    augmentations: tuple[AnyAugmentation, ...]
    seed: int
    value_range: tuple[float, float]

    def __call__(self, x: Array, targets: Array, epoch: int, batch: int) -> tuple[Array, Array]:
        """Augments one batch.

        Args:
            x: `(batch, *spatial, channels)`, as the dataset holds them.
            targets: `(batch, classes)`; mixup and cutmix mix them too.
            epoch: Epochs finished before this one.
            batch: The batch's number in the epoch, from 0.

        Returns:
            Both anew, in their shapes and types. uint8 stays within 0 to 255; other numbers are not cut.
        """
        key = np.random.SeedSequence((self.seed, epoch), spawn_key=(batch,))
        return augment(x, targets, self.augmentations, self.value_range, np.random.default_rng(key))


def augment(
    x: Array,
    targets: Array,
    augmentations: Sequence[AnyAugmentation],
    value_range: tuple[float, float],
    draws: np.random.Generator,
) -> tuple[Array, Array]:
    """Augments one batch with the draws given; see `Augmenter`."""
    low, high = value_range
    batch = Batch(x, targets, high - low)
    for kind in augmentations:
        batch = _FUNCTIONS[kind.type](kind, batch, draws)
    return _as_stored(batch.x, x.dtype), batch.targets


def _as_stored(x: Array, dtype: np.dtype[Any]) -> Array:
    """Brings values back to the data's own type, once, after all has been done to them."""
    if dtype == np.uint8 and x.dtype != dtype:
        x = np.clip(np.rint(x), 0, 255)
    return x.astype(dtype, copy=False)
