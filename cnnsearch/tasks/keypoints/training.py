"""Training of keypoint networks: the loss of heat maps and displacements, and the points they stand for."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.heatmaps import at, best, gaussians, heat_loss, peaks, places, weighted_mean
from cnnsearch.tasks.in_parts import in_parts
from cnnsearch.tasks.keypoints.metrics import LOSS, matched, values_of
from cnnsearch.tasks.metric import Values

SIGMA = 1.5
"""Standard deviation of a Gaussian, in positions of the grid."""
MOST = 20
"""The number of instances of an example, where there may be several."""
_NEAR = 0.1
"""Standard deviation of the distance between a keypoint and its place as seen from the centre of its instance,
as a share of the larger side of the example."""


class KeypointsTraining:
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

    metrics: Sequence[Any] = ()
    """None."""
    constants: tuple[float, ...] = ()
    """None."""

    def training_targets(self, y: Targets) -> NDArray[Any]:
        """Return the keypoints unchanged."""
        return np.asarray(y)

    def values(self, predictions: NDArray[Any], y: Targets) -> Values:
        """Return the mean loss, and the metrics of the points over all examples."""
        y = np.asarray(y)
        losses = in_parts(self.loss.call, y, predictions)
        points = in_parts(self._maps.points, predictions)
        return {LOSS.name: float(losses.mean())} | values_of(matched(points, y, self._size))


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

    def points(self, outputs: Any) -> Any:
        """Return the instances, `(batch, instances, keypoints, 3)`: x, y and a score.

        Each heat map votes for the displaced points; with several instances those near to where the centre
        of the instance sees the keypoint count most.
        """
        grid = places(outputs, self.stride)
        shifts = self.offsets(outputs) * self._steps()
        heats = peaks(self.heats(outputs))
        if not self.has_several:
            return self._single(heats, grid, shifts)
        scores, positions, _ = best(peaks(self.centres(outputs)), MOST)
        seen = self._pairs(at(outputs, positions)[..., 3 * self.keypoints + 1 :]) * self.side
        seen = at(grid, positions)[:, :, None, :] + seen  # (batch, instances, keypoints, 2)
        chosen = [self._nearest(heats, grid, shifts, seen, number) for number in range(self.keypoints)]
        return ops.stack(chosen, axis=2) * _with_score(scores[:, :, None, None])

    def _single(self, heats: Any, grid: Any, shifts: Any) -> Any:
        found = []
        for number in range(self.keypoints):
            scores, positions, _ = best(heats[..., number : number + 1], 1)
            point = at(grid + shifts[..., number, :], positions)
            found.append(ops.concatenate([point, scores[..., None]], axis=-1))
        return ops.stack(found, axis=2)

    def _nearest(self, heats: Any, grid: Any, shifts: Any, seen: Any, number: int) -> Any:
        """Return the point of one keypoint for each instance, `(batch, instances, 3)`: the best of the peaks
        near to where it is seen, and that place if there is none."""
        scores, positions, _ = best(heats[..., number : number + 1], 4 * MOST)
        points = at(grid + shifts[..., number, :], positions)  # (batch, peaks, 2)
        own = seen[:, :, number, :]
        squares = ops.sum(ops.square(own[:, :, None, :] - points[:, None, :, :]), axis=-1)
        near = ops.exp(-0.5 * squares / (_NEAR * self.side) ** 2)
        votes = scores[:, None, :] * near
        place = ops.argmax(votes, axis=-1)
        score = ops.max(votes, axis=-1)[..., None]
        point = ops.take_along_axis(points, ops.repeat(place[..., None], 2, axis=-1), axis=1)
        point = ops.where(score > 0.1, point, own)
        return ops.concatenate([point, score], axis=-1)

    def _pairs(self, channels: Any) -> Any:
        return keras.layers.Reshape((*channels.shape[1:-1], self.keypoints, 2))(channels)

    def _steps(self) -> Any:
        return np.array([self.stride[1], self.stride[0]], np.float32)


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
        maps, truth = self._maps, ops.cast(y_true, "float32")
        sizes, steps = (y_pred.shape[1], y_pred.shape[2]), maps._steps()
        points, is_shown = truth[..., :2], ops.cast(truth[..., 2] > 0.0, "float32")
        sigmas = ops.ones_like(points[:, :, 0]) * (SIGMA * steps)
        grid = places(y_pred, maps.stride)
        heats, errors, weights = [], [], []
        for number in range(maps.keypoints):
            drawn = gaussians(points[:, :, number], sigmas, sizes, maps.stride)
            drawn = drawn * is_shown[:, None, None, :, number]
            heats.append(ops.max(drawn, axis=-1))
            own = ops.one_hot(ops.argmax(drawn, axis=-1), points.shape[1], dtype="float32")
            wanted = (ops.einsum("bhwm,bmc->bhwc", own, points[:, :, number]) - grid) / steps
            errors.append(ops.sum(ops.abs(maps.offsets(y_pred)[..., number, :] - wanted), axis=-1))
            weights.append(ops.where(heats[-1] > 0.1, heats[-1], 0.0))
        found = heat_loss(ops.stack(heats, axis=-1), maps.heats(y_pred))
        found += weighted_mean(ops.stack(errors, axis=-1), ops.stack(weights, axis=-1))
        return found + self._of_instances(points, is_shown, y_pred, grid) if maps.has_several else found

    def _of_instances(self, points: Any, is_shown: Any, y_pred: Any, grid: Any) -> Any:
        maps, sizes = self._maps, (y_pred.shape[1], y_pred.shape[2])
        counts = ops.sum(is_shown, axis=-1)
        centres = ops.sum(points * is_shown[..., None], axis=2) / ops.maximum(counts, 1.0)[..., None]
        drawn = gaussians(centres, ops.ones_like(centres) * (SIGMA * maps._steps()), sizes, maps.stride)
        drawn = drawn * ops.cast(counts > 0.0, "float32")[:, None, None, :]
        heat = ops.max(drawn, axis=-1)
        own = ops.one_hot(ops.argmax(drawn, axis=-1), points.shape[1], dtype="float32")
        wanted = ops.einsum("bhwm,bmkc->bhwkc", own, points) - grid[..., None, :]
        shown = ops.einsum("bhwm,bmk->bhwk", own, is_shown)
        errors = ops.sum(ops.abs(maps.joints(y_pred) - wanted / maps.side), axis=-1)
        weights = ops.where(heat > 0.1, heat, 0.0)[..., None] * shown
        found = heat_loss(heat[..., None], maps.centres(y_pred))
        return found + 10.0 * weighted_mean(errors, weights)


def _with_score(scores: Any) -> Any:
    """Return factors of x, y and score."""
    ones = ops.ones_like(scores)
    return ops.concatenate([ones, ones, scores], axis=-1)
