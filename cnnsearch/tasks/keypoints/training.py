"""Training of keypoint networks: the loss of heat maps and displacements, and the points they stand for."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.heatmaps import (
    at,
    best,
    gaussians,
    heat_loss,
    near,
    nearest,
    peaks,
    place_of_largest,
    places,
    weighted_mean,
)
from cnnsearch.tasks.in_parts import in_parts
from cnnsearch.tasks.keypoints.metrics import LOSS, matched, values_of
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.training import Measured, OfObjects

SIGMA = 1.5
"""Standard deviation of a Gaussian, in positions of the grid."""
MOST = 20
"""The number of instances of an example, where there may be several."""
_JOINTS_WEIGHT = 10.0  # of the displacements from centres, which are shares of the side
_NEAR = 0.1  # deviation of a keypoint from the place that its centre predicts, as a share of the side


class KeypointsTraining(OfObjects):
    """See `TaskTraining`.

    Args:
        keypoints: The number of keypoints of an instance.
        has_several: Whether an example may have several instances.
        size: Height and width of an example.
        stride: Pixels between neighbouring positions of the outputs, along height and width.
    """

    def __init__(
        self, keypoints: int, *, has_several: bool, size: tuple[int, int], stride: Sequence[int]
    ) -> None:
        self._maps = Maps(keypoints, has_several, max(size), tuple(stride))
        self._size = size

    @property
    def loss(self) -> Any:
        """The loss of heat maps and displacements."""
        return KeypointsLoss(self._maps)

    def measured(self, predictions: NDArray[Any], y: Targets) -> Measured:
        """Return the loss and the points of each example."""
        y = np.asarray(y)
        losses = in_parts(self.loss.call, y, predictions)
        return {"losses": losses, "points": in_parts(self._maps.points, predictions), "y": y}

    def values(self, measured: Measured) -> Values:
        """Return the mean loss, and the metrics of the points over all examples."""
        found = matched(measured["points"], measured["y"], self._size)
        return {LOSS.name: float(measured["losses"].mean())} | values_of(found)


class Maps:
    """The outputs of a network, `(batch, height, width, channels)`: a heat map for each keypoint and the
    displacements to it; with several instances a heat map of their centres and the displacements from a
    centre to each keypoint as well (Papandreou et al. 2018, section 3; Zhou et al. 2019, section 4.2).

    Args:
        keypoints: The number of keypoints of an instance.
        has_several: Whether an example may have several instances.
        side: The larger side of an example.
        stride: See `KeypointsTraining`.
    """

    def __init__(self, keypoints: int, has_several: bool, side: int, stride: Sequence[int]) -> None:
        self.keypoints, self.has_several, self.side, self.stride = keypoints, has_several, side, stride

    def heats(self, outputs: Any) -> Any:
        """Return the heat map of each keypoint."""
        return outputs[..., : self.keypoints]

    def offsets(self, outputs: Any) -> Any:
        """Return the displacement to each keypoint, `(batch, height, width, keypoints, 2)`, in positions of
        the grid."""
        return self._pairs(outputs[..., self.keypoints : 3 * self.keypoints])

    def centres(self, outputs: Any) -> Any:
        """Return the heat map of the centres of instances."""
        return outputs[..., 3 * self.keypoints : 3 * self.keypoints + 1]

    def joints(self, outputs: Any) -> Any:
        """Return the displacement from a centre to each keypoint, `(batch, height, width, keypoints, 2)`, in
        shares of the side."""
        return self._pairs(outputs[..., 3 * self.keypoints + 1 :])

    def encoded(self, y: Any, sizes: tuple[int, int]) -> "Encoded":
        """Return keypoints as maps on a grid of these sizes; the centre of an instance is the mean of its
        labelled points.

        Args:
            y: `(batch, instances, keypoints, 3)`.
            sizes: Height and width of the grid.
        """
        y = ops.cast(y, "float32")
        points, is_shown = y[..., :2], ops.cast(y[..., 2] > 0.0, "float32")
        drawn = [self._drawn(points[:, :, k], is_shown[..., k], sizes) for k in range(self.keypoints)]
        grid = places(drawn[0], self.stride)
        own = [nearest(each, points[:, :, k]) - grid for k, each in enumerate(drawn)]
        counts = ops.sum(is_shown, axis=-1)
        centres = ops.sum(points * is_shown[..., None], axis=2) / ops.maximum(counts, 1.0)[..., None]
        around = self._drawn(centres, ops.cast(counts > 0.0, "float32"), sizes)
        joints = nearest(around, points) - grid[..., None, :]
        return Encoded(
            heats=ops.stack([ops.max(each, axis=-1) for each in drawn], axis=-1),
            offsets=ops.stack(own, axis=-2) / self._steps,
            weights=ops.stack([near(each) for each in drawn], axis=-1),
            centres=ops.max(around, axis=-1, keepdims=True),
            joints=joints / self.side,
            joint_weights=near(around)[..., None] * nearest(around, is_shown),
        )

    def _drawn(self, points: Any, is_shown: Any, sizes: tuple[int, int]) -> Any:
        sigmas = ops.ones_like(points) * (SIGMA * self._steps)
        return gaussians(points, sigmas, sizes, self.stride) * is_shown[:, None, None, :]

    def points(self, outputs: Any) -> Any:
        """Return the instances, `(batch, instances, keypoints, 3)`: x, y and a score.

        A keypoint is the displaced position of a peak of its heat map: the most probable peak; with several
        instances, a probable one near to the place that the displacement from the centre predicts.
        """
        grid = places(outputs, self.stride)
        shifts = self.offsets(outputs) * self._steps
        heats = peaks(self.heats(outputs))
        if not self.has_several:
            return self._single(heats, grid, shifts)
        scores, positions, _ = best(peaks(self.centres(outputs)), MOST)
        expected = self._pairs(at(outputs, positions)[..., 3 * self.keypoints + 1 :]) * self.side
        expected = at(grid, positions)[:, :, None, :] + expected  # (batch, instances, keypoints, 2)
        chosen = [self._nearest(heats, grid, shifts, expected, number) for number in range(self.keypoints)]
        return ops.stack(chosen, axis=2) * _with_score(scores[:, :, None, None])

    def _single(self, heats: Any, grid: Any, shifts: Any) -> Any:
        found = []
        for number in range(self.keypoints):
            scores, positions, _ = best(heats[..., number : number + 1], 1)
            point = at(grid + shifts[..., number, :], positions)
            found.append(ops.concatenate([point, scores[..., None]], axis=-1))
        return ops.stack(found, axis=2)

    def _nearest(self, heats: Any, grid: Any, shifts: Any, expected: Any, number: int) -> Any:
        """Return the point of one keypoint for each instance, `(batch, instances, 3)`: the best of the peaks
        near to the place that the centre predicts, and that place if there is none."""
        scores, positions, _ = best(heats[..., number : number + 1], 4 * MOST)
        points = at(grid + shifts[..., number, :], positions)  # (batch, peaks, 2)
        own = expected[:, :, number, :]
        squares = ops.sum(ops.square(own[:, :, None, :] - points[:, None, :, :]), axis=-1)
        likely = scores[:, None, :] * ops.exp(-0.5 * squares / (_NEAR * self.side) ** 2)
        place = place_of_largest(likely)
        score = ops.max(likely, axis=-1)[..., None]
        point = ops.take_along_axis(points, ops.repeat(place[..., None], 2, axis=-1), axis=1)
        point = ops.where(score > 0.1, point, own)
        return ops.concatenate([point, score], axis=-1)

    def _pairs(self, channels: Any) -> Any:
        return ops.stack(ops.split(channels, self.keypoints, axis=-1), axis=-2)

    @property
    def _steps(self) -> NDArray[np.float32]:
        """Pixels between neighbouring positions along x and y."""
        return np.array(self.stride[::-1], np.float32)


class Encoded(NamedTuple):
    """Targets as maps; see `Maps` for the first axes and the units.

    Attributes:
        heats: The heat map of each keypoint.
        offsets: The displacement to the nearest point of each keypoint.
        weights: How much it counts, `(batch, height, width, keypoints)`.
        centres: The heat map of the centres of instances.
        joints: The displacement to each keypoint of the nearest instance.
        joint_weights: How much it counts, `(batch, height, width, keypoints)`.
    """

    heats: Any
    offsets: Any
    weights: Any
    centres: Any
    joints: Any
    joint_weights: Any


class KeypointsLoss(keras.losses.Loss):  # type: ignore[misc]
    """Focal loss of the heat maps, and the absolute errors of the displacements around the points.

    Args:
        maps: The outputs.
    """

    def __init__(self, maps: Maps) -> None:
        super().__init__(name="loss")
        self._maps = maps

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return `(batch,)` losses."""
        maps, sizes = self._maps, (y_pred.shape[1], y_pred.shape[2])
        wanted = maps.encoded(y_true, sizes)
        found = heat_loss(wanted.heats, maps.heats(y_pred))
        errors = ops.sum(ops.abs(maps.offsets(y_pred) - wanted.offsets), axis=-1)
        found += weighted_mean(errors, wanted.weights)
        if not maps.has_several:
            return found
        errors = ops.sum(ops.abs(maps.joints(y_pred) - wanted.joints), axis=-1)
        found += heat_loss(wanted.centres, maps.centres(y_pred))
        return found + _JOINTS_WEIGHT * weighted_mean(errors, wanted.joint_weights)


def _with_score(scores: Any) -> Any:
    """Return factors of x, y and score."""
    ones = ops.ones_like(scores)
    return ops.concatenate([ones, ones, scores], axis=-1)
