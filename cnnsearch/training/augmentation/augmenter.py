"""Apply a plan's augmentations to batches of raw examples, before the network.

One implementation serves every backend: what is drawn for a batch depends on (trial seed, epoch, batch)
alone, not on the thread or on the number of calls, and is applied with numpy or inside a program.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cnnsearch.plan.augmentation import AnyAugmentation
from cnnsearch.tasks.targets import VECTORS, TargetForm
from cnnsearch.training.augmentation import geometry, mixing, points, values
from cnnsearch.training.augmentation.batch import Array, Batch, Drawn, Shape


class _Kind(NamedTuple):
    """An augmentation's two parts.

    Attributes:
        draw: Draws its numbers for a batch.
        apply: Applies them.
        is_small: Whether it draws less than the examples hold, so that the numbers can be sent to a device.
        move: Moves points as it moves the values of an example; None if it leaves them where they are.
        mirrored: Returns which examples it mirrors along their last axis; None if it never does.
    """

    draw: Callable[..., Drawn]
    apply: Callable[..., Batch]
    is_small: bool = True
    move: Callable[..., list[Array]] | None = None
    mirrored: Callable[..., Array | None] | None = None


_KINDS: Mapping[str, _Kind] = {
    "crop": _Kind(geometry.draw_crop, geometry.crop, move=points.move_crop),
    "shift": _Kind(geometry.draw_shift, geometry.shift, move=points.move_shift),
    "flip": _Kind(geometry.draw_flip, geometry.flip, move=points.move_flip, mirrored=points.mirrored),
    "rotation": _Kind(geometry.draw_rotation, geometry.rotation, move=points.move_rotation),
    "zoom": _Kind(geometry.draw_zoom, geometry.zoom, move=points.move_zoom),
    "gaussian_noise": _Kind(values.draw_noise, values.gaussian_noise, is_small=False),
    "brightness": _Kind(values.draw_offset, values.brightness),
    "contrast": _Kind(values.draw_factor, values.contrast),
    "saturation": _Kind(values.draw_factor, values.saturation),
    "hue": _Kind(values.draw_turn, values.hue),
    "cutout": _Kind(mixing.draw_cutout, mixing.cutout),
    "mixup": _Kind(mixing.draw_mixup, mixing.mixup),
    "cutmix": _Kind(mixing.draw_cutmix, mixing.cutmix),
    "scale": _Kind(values.draw_factor, values.scale),
    "time_mask": _Kind(mixing.draw_time_mask, mixing.time_mask),
}


@dataclass(frozen=True)
class Augmenter:
    """Augment a trial's training batches, differently in each epoch.

    Args:
        augmentations: Applied in this order.
        seed: The trial's seed.
        value_range: The smallest and the largest value of the data.
        form: What the targets are, which decides how they follow their examples.
    """

    augmentations: tuple[AnyAugmentation, ...]
    seed: int
    value_range: tuple[float, float]
    form: TargetForm = VECTORS

    def __call__(self, x: Array, targets: Array, epoch: int, batch: int) -> tuple[Array, Array]:
        """Augment one batch.

        Args:
            x: `(batch, *spatial, channels)`, as stored in the dataset.
            targets: `(batch, ...)`, in the form of the targets. Those of `Vectors`, `(batch, classes)`, are
                mixed by mixup and cutmix; others move with the values of the examples.
            epoch: Number of epochs finished before this one.
            batch: Index of the batch in the epoch, from 0.

        Returns:
            New examples and targets of the same shapes and types. uint8 values are clipped to 0 to 255; other
            types are not clipped.
        """
        return self.apply(x, targets, self.draw(x.shape, epoch, batch))

    def draw(self, shape: Shape, epoch: int, batch: int) -> tuple[Drawn, ...]:
        """Return what each augmentation draws for a batch, `(batch, ...)`."""
        key = np.random.SeedSequence((self.seed, epoch), spawn_key=(batch,))
        return _drawn(self.augmentations, shape, np.random.default_rng(key))

    def apply(self, x: Array, targets: Array, drawn: Sequence[Drawn]) -> tuple[Array, Array]:
        """Augment a batch with what was drawn for it, which may have more examples."""
        return _applied(x, targets, self.augmentations, self.value_range, drawn, self.form)


def can_be_applied_on_a_device(augmentations: Sequence[AnyAugmentation]) -> bool:
    """Return whether less is drawn than the examples hold, so that it is better sent than they are."""
    return all(_KINDS[kind.type].is_small for kind in augmentations)


def augment(
    x: Array,
    targets: Array,
    augmentations: Sequence[AnyAugmentation],
    value_range: tuple[float, float],
    draws: np.random.Generator,
) -> tuple[Array, Array]:
    """Augment one batch with the given draws; see `Augmenter`. Targets do not move."""
    return _applied(x, targets, augmentations, value_range, _drawn(augmentations, x.shape, draws), VECTORS)


def augmented(kind: AnyAugmentation, batch: Batch, draws: np.random.Generator) -> Batch:
    """Apply one augmentation to a batch, without converting the values to their own type."""
    return _KINDS[kind.type].apply(kind, batch, _KINDS[kind.type].draw(kind, batch.x.shape, draws))


def _drawn(
    augmentations: Sequence[AnyAugmentation], shape: Shape, draws: np.random.Generator
) -> tuple[Drawn, ...]:
    return tuple(_KINDS[kind.type].draw(kind, shape, draws) for kind in augmentations)


def _applied(
    x: Array,
    targets: Array,
    augmentations: Sequence[AnyAugmentation],
    value_range: tuple[float, float],
    drawn: Sequence[Drawn],
    form: TargetForm,
) -> tuple[Array, Array]:
    low, high = value_range
    batch = Batch(x, targets, high - low)
    for kind, numbers in zip(augmentations, drawn, strict=True):
        batch = _KINDS[kind.type].apply(kind, batch, numbers)
    motions = [
        _Motion(kind, numbers, batch.sizes)
        for kind, numbers in zip(augmentations, drawn, strict=True)
        if _KINDS[kind.type].move is not None
    ]
    return _as_stored(batch, x.dtype), form.moved(batch.targets, motions)


@dataclass(frozen=True, eq=False)
class _Motion:
    """An augmentation that moves values, with what it drew; see `targets.Motion`."""

    kind: AnyAugmentation
    drawn: Drawn
    sizes: tuple[int, ...]

    @property
    def mirrored(self) -> Array | None:
        mirrored = _KINDS[self.kind.type].mirrored
        return None if mirrored is None else mirrored(self.drawn)

    def points(self, places: Sequence[Array]) -> Sequence[Array]:
        move = _KINDS[self.kind.type].move
        assert move is not None
        return move(self.kind, places, self.sizes, self.drawn)

    def maps(self, values: Array) -> Array:
        batch = Batch(values, values, 255.0, are_names=True)
        return _KINDS[self.kind.type].apply(self.kind, batch, self.drawn).x


def _as_stored(batch: Batch, dtype: np.dtype[Any]) -> Array:
    """Convert values to the data's own type, once, after all augmentations."""
    x = batch.x
    if dtype == np.uint8 and x.dtype != dtype:
        x = batch.library.clip(batch.library.rint(x), 0, 255)
    return x.astype(dtype, copy=False) if isinstance(x, np.ndarray) else x.astype(dtype)
