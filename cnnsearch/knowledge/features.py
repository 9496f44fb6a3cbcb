"""A dataset -> its features, by which datasets are compared: sizes, statistics, and the scores of two cheap
classifiers. No example and no name is kept."""

import math
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from cnnsearch.data import Dataset
from cnnsearch.data.store import StoredData
from cnnsearch.data.summary import Split
from cnnsearch.tasks.base import Task

MOST_TRAIN, MOST_VALIDATION = 2_000, 1_000
"""Examples that the landmarks are computed from, at most."""
PIECE = 64
"""Examples that are read at a time."""
SIDES = {1: 64, 2: 8, 3: 4}
"""The largest side of downscaled examples, by number of spatial dimensions."""
MOST_CHANNELS = 8
RIDGE = 0.03
"""Strength of the linear model's regularization, relative to the mean variance of a pixel."""
LEAST_SPREAD = 1e-6
MOST_SPREADS = 1e3
"""The largest mean and deviation of values, relative to the range of the data."""


Size = Annotated[int, Field(ge=1, le=2**40)]
Share = Annotated[float, Field(ge=0, le=1)]


class DatasetFeatures(BaseModel):
    """The features of a dataset.

    Attributes:
        task: The name of the task.
        shape: Shape of one example, channels last.
        examples: Number of training examples.
        outputs: Number of classes, tags or numbers.
        balance: Entropy of the classes relative to equal shares, from 0 to 1; 1 for a task without classes.
        mean: Mean of the values, where 0 is the smallest and 1 the largest value of the dataset.
        deviation: Standard deviation of these values.
        constant: Agreement of the mean of the training targets with the validation targets.
        linear: Agreement of a linear model on downscaled examples.
        nearest: Agreement of the nearest neighbour among downscaled examples.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    task: str = Field(pattern=r"^\w{1,64}$")
    shape: tuple[Size, ...] = Field(min_length=2, max_length=4)
    examples: Size
    outputs: Size
    balance: Share
    mean: float = Field(ge=-MOST_SPREADS, le=MOST_SPREADS)
    deviation: float = Field(ge=0, le=MOST_SPREADS)
    constant: Share
    linear: Share
    nearest: Share

    @property
    def dimensions(self) -> int:
        """Number of spatial dimensions."""
        return len(self.shape) - 1

    @property
    def text(self) -> str:
        """The dataset in a few words, such as `28x28x1, 10 outputs, 1,200 examples`."""
        return f"{'x'.join(map(str, self.shape))}, {self.outputs} outputs, {self.examples:,} examples"

    def vector(self) -> NDArray[np.float64]:
        """Return the features as numbers of comparable size, `(9,)`: differences of 1 are considerable."""
        floor = max(1.0 - self.constant, LEAST_SPREAD)
        return np.array(
            [
                math.log(self.examples) / math.log(8),
                math.log2(self.outputs) / 2,
                math.log(math.prod(self.shape[:-1])) / math.log(8),
                math.log2(self.shape[-1]),
                3.0 * self.balance,
                2.0 * self.mean,
                4.0 * self.deviation,
                4.0 * max((1.0 - self.linear) / floor, 0.0),
                4.0 * max((1.0 - self.nearest) / floor, 0.0),
            ]
        )


def features_of(data: StoredData | Dataset) -> DatasetFeatures:
    """Return the features of a dataset, from its training and validation splits; takes at most seconds."""
    summary, task = data.summary, data.summary.task
    low, high = summary.values.ends
    spread = max(high - low, LEAST_SPREAD)
    variance = float(np.mean(summary.channel_variances)) + float(np.var(summary.channel_means))
    train, validation = _sample(data.train, MOST_TRAIN), _sample(data.validation, MOST_VALIDATION)
    constant, linear, nearest = landmarks(task, train, validation)
    counts = np.array(list(summary.counts["train"].values()) if task.has_classes else [1], np.float64)
    return DatasetFeatures(
        task=task.type,
        shape=summary.input_shape,
        examples=summary.num_examples("train"),
        outputs=sum(output.channels for output in task.outputs),
        balance=_balance(counts),
        mean=_limited((float(np.mean(summary.channel_means)) - low) / spread),
        deviation=_limited(math.sqrt(variance) / spread),
        constant=constant,
        linear=linear,
        nearest=nearest,
    )


def landmarks(task: Task, train: Split, validation: Split) -> tuple[float, float, float]:
    """Return the agreement of a constant, a linear and a nearest-neighbour prediction on validation.

    Args:
        task: The task of the targets.
        train, validation: Examples as rows, `(examples, features)`; each feature is standardized over train.
    """
    x, others = train.x, validation.x
    mean, deviation = x.mean(axis=0), np.maximum(x.std(axis=0), LEAST_SPREAD)
    x, others = (x - mean) / deviation, (others - mean) / deviation
    y = task.numbers(train.y)
    middle = y.mean(axis=0)
    gram = x.T @ x + RIDGE * len(x) * np.eye(x.shape[1])
    linear = others @ np.linalg.solve(gram, x.T @ (y - middle)) + middle
    squares = np.square(x).sum(axis=1) - 2.0 * (others @ x.T)  # without the part that is equal for all
    nearest = y[squares.argmin(axis=1)]
    constant = np.broadcast_to(middle, (len(others), len(middle)))
    found = (task.agreement(predicted, validation.y) for predicted in (constant, linear, nearest))
    return tuple(min(max(one, 0.0), 1.0) for one in found)  # type: ignore[return-value]


def downscaled(x: NDArray[Any]) -> NDArray[np.float64]:
    """Return examples as rows of block means, `(examples, features)`: sides of at most `SIDES`, and at most
    `MOST_CHANNELS` channels, each the mean of neighbouring ones."""
    sides = (*[SIDES[x.ndim - 2]] * (x.ndim - 2), MOST_CHANNELS)
    for axis, side in enumerate(sides, start=1):
        size = x.shape[axis]
        starts = np.unique(np.linspace(0, size, min(size, side), endpoint=False).astype(int))
        lengths = np.diff([*starts, size]).reshape(-1, *[1] * (x.ndim - axis - 1))
        x = np.add.reduceat(x, starts, axis=axis, dtype=np.float64) / lengths
    return np.asarray(x, np.float64).reshape(len(x), -1)


def _sample(split: Split, most: int) -> Split:
    """Return downscaled examples of a part of a split, in the order of the file."""
    places = np.arange(len(split))
    if len(split) > most:
        places = np.sort(np.random.default_rng(0).choice(len(split), most, replace=False))
    pieces = [downscaled(split.x[places[start : start + PIECE]]) for start in range(0, len(places), PIECE)]
    return Split(np.concatenate(pieces), np.asarray(split.y)[places])


def _limited(value: float) -> float:
    """Return a value within the limits, which data in another range than the declared one can exceed."""
    return min(max(value, -MOST_SPREADS), MOST_SPREADS)


def _balance(counts: NDArray[np.float64]) -> float:
    shares = counts[counts > 0] / counts.sum()
    entropy = float(-(shares * np.log(shares)).sum())
    return min(entropy / math.log(len(counts)), 1.0) if len(counts) > 1 else 1.0
