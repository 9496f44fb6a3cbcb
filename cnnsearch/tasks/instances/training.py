"""Training of instance segmentation: the loss of classes, centres and displacements, and the instances that
outputs stand for."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from cnnsearch.plan.training_plan import Loss
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.heatmaps import (
    at,
    best,
    heat,
    heat_loss,
    peaks,
    place_of_largest,
    places,
    weighted_mean,
)
from cnnsearch.tasks.in_parts import in_parts
from cnnsearch.tasks.instances.metrics import LOSS, values_of
from cnnsearch.tasks.instances.metrics import measured as compared
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.segmentation.metrics import IGNORED
from cnnsearch.tasks.segmentation.training import MapLoss
from cnnsearch.tasks.training import Measured, OfObjects

SIGMA = 0.1
"""Standard deviation of a centre's Gaussian, as a share of the square root of the instance's area."""
MOST = 64
"""The largest number of instances of an example."""
LEAST = 0.1
"""The smallest probability of a centre that counts."""
_WINDOW = 5  # positions, in which there is one centre


class InstancesTraining(OfObjects):
    """See `TaskTraining`.

    Args:
        outputs: The outputs of a network.
        most: The largest number of instances of a training example.
        loss: The plan's loss of the classes.
    """

    def __init__(self, outputs: "Maps", most: int, loss: Loss) -> None:
        self._maps, self._most, self._loss = outputs, most, loss

    @property
    def loss(self) -> Any:
        """The loss of classes, centres and displacements."""
        return InstancesLoss(self._maps, self._most, self._loss)

    def measured(self, predictions: NDArray[Any], y: Targets) -> Measured:
        """Return the loss and the instances of each example."""
        y = np.asarray(y)
        plain = InstancesLoss(self._maps, max(1, int(y[..., 1].max())), "auto")
        losses = in_parts(plain.call, y, predictions)
        return {"losses": losses, "instances": in_parts(self._maps.instances, predictions), "y": y}

    def values(self, measured: Measured) -> Values:
        """Return the mean loss, and the metrics over all examples."""
        found = compared(measured["instances"], measured["y"], self._maps.classes)
        return {LOSS.name: float(measured["losses"].mean())} | values_of(found)


class Maps:
    """The outputs of a network, `(batch, height, width, channels)`: the probability of each class, a heat map
    of the centres of instances, and the displacement from each position to the centre of its instance (Cheng
    et al. 2020, section 3).

    Args:
        classes: The number of classes.
        things: The classes that have instances.
        extent: The unit of displacements, in pixels.
    """

    def __init__(self, classes: int, things: Sequence[int], extent: float) -> None:
        self.classes, self.things, self.extent = classes, tuple(things), extent

    def probabilities(self, outputs: Any) -> Any:
        """Return the probability of each class."""
        return outputs[..., : self.classes]

    def centres(self, outputs: Any) -> Any:
        """Return the heat map of centres."""
        return outputs[..., self.classes : self.classes + 1]

    def displacements(self, outputs: Any) -> Any:
        """Return the displacement to the centre, in units of the extent."""
        return outputs[..., self.classes + 1 :]

    def encoded(self, numbers: Any, most: int) -> "Encoded":
        """Return instances as maps; the centre of an instance is the mean of its positions.

        Args:
            numbers: The number of the instance of each position, `(batch, height, width)`; 0: none.
            most: The largest number.
        """
        own = ops.one_hot(numbers - 1, most, dtype="float32")  # zeros where no instance is
        grid = places(own, (1, 1))
        sizes = ops.sum(own, axis=(1, 2))
        centres = ops.einsum("bhwm,bhwc->bmc", own, grid) / ops.maximum(sizes, 1.0)[..., None]
        sigmas = ops.repeat(SIGMA * ops.sqrt(sizes)[..., None], 2, axis=-1)
        is_shown = ops.cast(sizes > 0.0, "float32")
        drawn = heat(centres, sigmas, is_shown, (own.shape[1], own.shape[2]), (1, 1))
        displacements = (ops.einsum("bhwm,bmc->bhwc", own, centres) - grid) / self.extent
        return Encoded(drawn[..., None], displacements, ops.sum(own, axis=-1))

    def instances(self, outputs: Any) -> Any:
        """Return the instance of each position, `(batch, height, width, 3)`: its class, its number, 0 where
        none is, and its score.

        A position whose most probable class has instances belongs to the nearest centre of its displaced
        place; an instance has the class that is most probable over its positions (Cheng et al. 2020, section
        3.2).
        """
        probabilities = self.probabilities(outputs)
        scores, positions, _ = best(peaks(self.centres(outputs), _WINDOW), MOST)
        grid = places(outputs, (1, 1))
        squares = _squares(grid + self.displacements(outputs) * self.extent, at(grid, positions))
        is_centre = scores >= LEAST
        squares = ops.where(is_centre[:, None, None, :], squares, 1e9 + squares)
        own = ops.one_hot(place_of_largest(-squares), scores.shape[1], dtype="float32")
        kinds = place_of_largest(probabilities)
        is_any = ops.max(ops.cast(is_centre, "float32"), axis=1)[:, None, None]
        is_thing = is_any * sum(ops.cast(ops.equal(kinds, thing), "float32") for thing in self.things)
        own = own * is_thing[..., None]
        sums = ops.einsum("bhwp,bhwc->bpc", own, probabilities)
        sizes = ops.maximum(ops.sum(own, axis=(1, 2)), 1.0)
        among = ops.concatenate(
            [
                part if kind in self.things else ops.zeros_like(part)
                for kind, part in enumerate(ops.split(sums, self.classes, axis=-1))
            ],
            axis=-1,
        )
        shares = ops.max(among, axis=-1) / sizes
        of_instance = ops.stack(
            [
                ops.cast(place_of_largest(among), "float32"),
                ops.cumsum(ops.ones_like(scores), axis=1),
                scores * shares,
            ],
            axis=-1,
        )
        found = ops.einsum("bhwp,bpk->bhwk", own, of_instance)
        kept = ops.where(is_thing > 0.0, found[..., 0], ops.cast(kinds, "float32"))
        return ops.concatenate([kept[..., None], found[..., 1:]], axis=-1)


def _squares(places: Any, points: Any) -> Any:
    """Return the squared distances of places, `(batch, height, width, 2)`, from points, `(batch, points, 2)`:
    `(batch, height, width, points)`."""
    return sum(ops.square(places[..., axis : axis + 1] - points[:, None, None, :, axis]) for axis in range(2))


class Encoded(NamedTuple):
    """Targets as maps; see `Maps` for the axes and the units.

    Attributes:
        centres: The heat map of centres.
        displacements: The displacement to the centre of each position's instance.
        weights: 1 where an instance is, else 0, `(batch, height, width)`.
    """

    centres: Any
    displacements: Any
    weights: Any


class InstancesLoss(keras.losses.Loss):  # type: ignore[misc]
    """The plan's loss of the classes, the focal loss of centres, and the absolute errors of displacements.

    Args:
        maps: The outputs.
        most: The largest number of instances of an example.
        loss: The plan's loss of the classes.
    """

    def __init__(self, maps: Maps, most: int, loss: Loss) -> None:
        super().__init__(name="loss")
        self._maps, self._most = maps, most
        self._classes = MapLoss(loss, (1.0,) * maps.classes)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return `(batch,)` losses of targets `(batch, height, width, 2)`."""
        maps = self._maps
        kinds, numbers = y_true[..., 0], ops.cast(y_true[..., 1], "int32")
        found = self._classes.call(kinds, maps.probabilities(y_pred))
        wanted = maps.encoded(numbers, self._most)
        counted = ops.cast(ops.cast(kinds, "int32") != IGNORED, "float32")[..., None]
        found += heat_loss(wanted.centres, maps.centres(y_pred), counted)
        errors = ops.sum(ops.abs(maps.displacements(y_pred) - wanted.displacements), axis=-1)
        return found + weighted_mean(errors, wanted.weights)
