"""Predicted seconds of a training step, from a network's arithmetic and from steps that were clocked.

A step is taken to be a sum: MACs by kind of layer and numbers written, each times the batch size; weights to
update; layers to launch. What each costs begins with what is usual for a processor of the measured
matrix-product rate, and follows the steps that were clocked, those of similar networks most.
"""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from cnnsearch.architecture import Analysis

BACKWARD = 3.0
"""How many times the arithmetic of a forward pass a training step has: gradients by input and by weight."""
_USUAL = np.array([0.45, 0.04, 0.30, 0.05])
"""Share of the matrix-product rate that convolutions, depthwise ones, dense and unshared layers reach."""
_BYTES_PER_FLOP = 0.07
"""Bytes of activations that are written and read again in the time of one operation of a matrix product."""
_WEIGHT_FLOPS, _LAYER_SECONDS, _STEP_SECONDS = 60.0, 40e-6, 1e-3
"""Operations' time for the update of a weight; seconds to launch a layer, and a step."""
_TRUST_IN_USUAL = 0.02
"""Weight of the usual values against one clocked step."""
_REACH = 0.35
"""Distance, in logarithms of the parts of a step, within which networks are similar."""
_DOUBT = 0.05
"""Similar networks that it takes for half of what they deviate by to be believed."""
_PARTS = 7
_MATRIX, _PRODUCTS = 1024, 3


class Workload(BaseModel):
    """What one example costs a network, and what a step costs beside its examples.

    Attributes:
        macs: Multiply-accumulates of a forward pass: convolutions, depthwise ones, dense and unshared layers.
        activation_bytes: Of all layers' outputs.
        weights: That training changes.
        layers: How many.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    macs: tuple[int, int, int, int]
    activation_bytes: int
    weights: int
    layers: int

    @staticmethod
    def of(analysis: Analysis) -> "Workload":
        """The workload of a network."""
        macs = [0, 0, 0, 0]
        kinds = {"depthwise_conv": 1, "dense": 2, "unshared_conv": 3}
        for layer in analysis.layers:
            macs[kinds.get(layer.type, 0)] += layer.macs
        return Workload(
            macs=(macs[0], macs[1], macs[2], macs[3]),
            activation_bytes=analysis.activation_bytes,
            weights=analysis.num_trainable_weights,
            layers=len(analysis.layers),
        )

    def parts(self, batch_size: int) -> NDArray[np.float64]:
        """What a step is a sum of, `(7,)`, before each is multiplied by its cost."""
        flops = [2.0 * BACKWARD * batch_size * macs for macs in self.macs]
        return np.array([*flops, BACKWARD * batch_size * self.activation_bytes, self.weights, self.layers])


class ClockedStep(BaseModel):
    """A step that was clocked, on a given machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workload: Workload
    batch_size: int = Field(ge=1)
    seconds: float = Field(gt=0)


@dataclass(frozen=True, eq=False)
class _Fit:
    costs: NDArray[np.float64]
    features: NDArray[np.float64]
    deviations: NDArray[np.float64]


class CostModel:
    """Predicts the seconds of a training step.

    Args:
        flops: Operations of a matrix product a second, as `matrix_rate` measures them.
        clocked: Steps of this machine that are known from before.
    """

    def __init__(self, flops: float, clocked: Iterable[ClockedStep] = ()) -> None:
        rates = flops * np.concatenate([_USUAL, [_BYTES_PER_FLOP]])
        self._usual = np.array([*(1.0 / rates), _WEIGHT_FLOPS / flops, _LAYER_SECONDS])
        self._clocked = {(step.workload, step.batch_size): step for step in clocked}
        self._fit: _Fit | None = None

    @property
    def num_known(self) -> int:
        """How many steps of this machine are known."""
        return len(self._clocked)

    def add(self, step: ClockedStep) -> None:
        """Learns from a step, in place of what was known of the same network's."""
        self._clocked[step.workload, step.batch_size] = step
        self._fit = None

    def step_seconds(self, workload: Workload, batch_size: int) -> float:
        """Predicted seconds of a training step."""
        fit = self._fitted()
        parts = workload.parts(batch_size)
        predicted = float(fit.costs @ parts) + _STEP_SECONDS
        if not len(fit.features):
            return predicted
        distances = np.linalg.norm(fit.features - _feature(parts, batch_size), axis=1)
        nearness = np.exp(-0.5 * (distances / _REACH) ** 2)
        return predicted * math.exp(float(nearness @ fit.deviations) / (float(nearness.sum()) + _DOUBT))

    def example_seconds(self, workload: Workload, batch_size: int) -> float:
        """Predicted seconds of training, for each example seen."""
        return self.step_seconds(workload, batch_size) / batch_size

    def _fitted(self) -> _Fit:
        if self._fit is None:
            clocked = list(self._clocked.values())
            parts = np.array([step.workload.parts(step.batch_size) for step in clocked]).reshape(-1, _PARTS)
            seconds = np.array([step.seconds for step in clocked])
            costs = _fitted_costs(parts, np.maximum(seconds - _STEP_SECONDS, 1e-5), self._usual)
            deviations = np.log(seconds) - np.log(parts @ costs + _STEP_SECONDS)
            features = [_feature(row, step.batch_size) for row, step in zip(parts, clocked, strict=True)]
            self._fit = _Fit(costs, np.array(features).reshape(-1, _PARTS + 1), deviations)
        return self._fit


def _feature(parts: NDArray[np.float64], batch_size: int) -> NDArray[np.float64]:
    return np.log([*(parts + 1.0), batch_size])


def _fitted_costs(
    parts: NDArray[np.float64], seconds: NDArray[np.float64], usual: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Costs that are not negative and least in squared relative errors, near the usual ones where little is
    known.

    Args:
        parts: `(steps, parts)`.
        seconds: `(steps,)`.
        usual: `(parts,)`.
    """
    if not len(seconds):
        return usual
    scale = float(np.exp(np.median(np.log(seconds) - np.log(parts @ usual))))
    usual = usual * scale
    rows = parts * usual / seconds[:, None]  # of shares: 1 is the usual cost
    matrix = rows.T @ rows + _TRUST_IN_USUAL * np.eye(len(usual))
    target = rows.sum(axis=0) + _TRUST_IN_USUAL
    shares = np.ones(len(usual))
    for _ in range(200):  # coordinate descent (Franc et al. 2005, section 2): few unknowns, quick to converge
        for place in range(len(shares)):
            gradient = matrix[place] @ shares - target[place]
            shares[place] = max(0.0, shares[place] - gradient / matrix[place, place])
    return shares * usual


def matrix_rate() -> float:
    """Operations a second of a float32 matrix product on this machine's processor, measured in a moment."""
    matrix = np.random.default_rng(0).random((_MATRIX, _MATRIX), np.float32)
    best = math.inf
    for _ in range(_PRODUCTS):
        begun = time.perf_counter()
        np.matmul(matrix, matrix)
        best = min(best, time.perf_counter() - begun)
    return 2.0 * _MATRIX**3 / best
