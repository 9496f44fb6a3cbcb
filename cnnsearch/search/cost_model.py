"""Predicted seconds of a training step, from the arithmetic of a network and from measured steps.

A step is modeled as a sum: MACs by kind of layer and activations written, both times the batch size; weights
to update; layers to launch. The cost of each part starts from typical values for a processor with the
measured matrix-product rate; it is fitted to measured steps, with the largest weight on similar networks.
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
"""Arithmetic of a training step relative to a forward pass: gradients by input and by weight."""
_USUAL = np.array([0.45, 0.04, 0.30, 0.05])
"""The share of the matrix-product rate reached by convolutions, depthwise, dense and unshared layers."""
_BYTES_PER_FLOP = 0.07
"""Bytes of activations that are written and read in the time of one operation of a matrix product."""
_WEIGHT_FLOPS, _LAYER_SECONDS, _STEP_SECONDS = 60.0, 40e-6, 1e-3
"""Operations per weight update; seconds to launch a layer; seconds per step."""
_TRUST_IN_USUAL = 0.02
"""Weight of the typical values relative to one measured step."""
_REACH = 0.35
"""Distance, in logarithms of the parts of a step, within which networks count as similar."""
_DOUBT = 0.05
"""Number of similar networks at which half of their deviation is applied."""
_PARTS = 7
_MATRIX, _PRODUCTS = 1024, 3


class Workload(BaseModel):
    """The cost of one example in a network, and the cost of a step that does not depend on examples.

    Attributes:
        macs: Multiply-accumulates of a forward pass in convolutions, depthwise, dense and unshared layers.
        activation_bytes: Bytes of the outputs of all layers.
        weights: Number of trainable weights.
        layers: Number of layers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    macs: tuple[int, int, int, int]
    activation_bytes: int
    weights: int
    layers: int

    @staticmethod
    def of(analysis: Analysis) -> "Workload":
        """Return the workload of a network."""
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
        """Return the parts of a step, `(7,)`, before multiplication with their costs."""
        flops = [2.0 * BACKWARD * batch_size * macs for macs in self.macs]
        return np.array([*flops, BACKWARD * batch_size * self.activation_bytes, self.weights, self.layers])


class ClockedStep(BaseModel):
    """A step that was measured on a given machine."""

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
    """Predict the seconds of a training step.

    Args:
        flops: Operations per second of a matrix product, as measured by `matrix_rate`.
        clocked: Earlier measurements on this machine.
    """

    def __init__(self, flops: float, clocked: Iterable[ClockedStep] = ()) -> None:
        rates = flops * np.concatenate([_USUAL, [_BYTES_PER_FLOP]])
        self._usual = np.array([*(1.0 / rates), _WEIGHT_FLOPS / flops, _LAYER_SECONDS])
        self._clocked = {(step.workload, step.batch_size): step for step in clocked}
        self._fit: _Fit | None = None

    @property
    def num_known(self) -> int:
        """The number of measured steps of this machine."""
        return len(self._clocked)

    def add(self, step: ClockedStep) -> None:
        """Add a measured step, replacing an earlier one of the same network and batch size."""
        self._clocked[step.workload, step.batch_size] = step
        self._fit = None

    def step_seconds(self, workload: Workload, batch_size: int) -> float:
        """Return the predicted seconds of a training step."""
        fit = self._fitted()
        parts = workload.parts(batch_size)
        predicted = float(fit.costs @ parts) + _STEP_SECONDS
        if not len(fit.features):
            return predicted
        distances = np.linalg.norm(fit.features - _feature(parts, batch_size), axis=1)
        nearness = np.exp(-0.5 * (distances / _REACH) ** 2)
        return predicted * math.exp(float(nearness @ fit.deviations) / (float(nearness.sum()) + _DOUBT))

    def example_seconds(self, workload: Workload, batch_size: int) -> float:
        """Return the predicted seconds of training per example."""
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
    """Return the non-negative costs with the least squared relative errors, regularized towards the typical
    ones.

    Args:
        parts: `(steps, parts)`.
        seconds: `(steps,)`.
        usual: `(parts,)`; the typical costs.
    """
    if not len(seconds):
        return usual
    scale = float(np.exp(np.median(np.log(seconds) - np.log(parts @ usual))))
    usual = usual * scale
    rows = parts * usual / seconds[:, None]  # in units of the typical costs
    matrix = rows.T @ rows + _TRUST_IN_USUAL * np.eye(len(usual))
    target = rows.sum(axis=0) + _TRUST_IN_USUAL
    shares = np.ones(len(usual))
    for _ in range(200):  # coordinate descent (Franc et al. 2005, section 2): few unknowns, quick to converge
        for place in range(len(shares)):
            gradient = matrix[place] @ shares - target[place]
            shares[place] = max(0.0, shares[place] - gradient / matrix[place, place])
    return shares * usual


def matrix_rate() -> float:
    """Measure the operations per second of a float32 matrix product on this machine's processor."""
    matrix = np.random.default_rng(0).random((_MATRIX, _MATRIX), np.float32)
    best = math.inf
    for _ in range(_PRODUCTS):
        begun = time.perf_counter()
        np.matmul(matrix, matrix)
        best = min(best, time.perf_counter() - begun)
    return 2.0 * _MATRIX**3 / best
