"""Apply a plan's augmentations to batches of raw examples, before the network. Uses numpy only.

One implementation gives the same bits on every backend: the draws of a batch depend on (trial seed, epoch,
batch) alone, not on the thread or on the number of calls.
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
    """Augment a trial's training batches, differently in each epoch.

    Args:
        augmentations: Applied in this order.
        seed: The trial's seed.
        value_range: The smallest and the largest value of the data.
    """

    augmentations: tuple[AnyAugmentation, ...]
    seed: int
    value_range: tuple[float, float]

    def __call__(self, x: Array, targets: Array, epoch: int, batch: int) -> tuple[Array, Array]:
        """Augment one batch.

        Args:
            x: `(batch, *spatial, channels)`, as stored in the dataset.
            targets: `(batch, classes)`; mixup and cutmix mix them too.
            epoch: Number of epochs finished before this one.
            batch: Index of the batch in the epoch, from 0.

        Returns:
            New examples and targets of the same shapes and types. uint8 values are clipped to 0 to 255; other
            types are not clipped.
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
    """Augment one batch with the given draws; see `Augmenter`."""
    low, high = value_range
    batch = Batch(x, targets, high - low)
    for kind in augmentations:
        batch = _FUNCTIONS[kind.type](kind, batch, draws)
    return _as_stored(batch.x, x.dtype), batch.targets


def _as_stored(x: Array, dtype: np.dtype[Any]) -> Array:
    """Convert values to the data's own type, once, after all augmentations."""
    if dtype == np.uint8 and x.dtype != dtype:
        x = np.clip(np.rint(x), 0, 255)
    return x.astype(dtype, copy=False)
