"""A metric as data: its name, direction and unit."""

import math
from dataclasses import dataclass, replace
from typing import Literal

Direction = Literal["maximize", "minimize"]
Unit = Literal["share", "nats", "number", "count", "bytes", "target", "pixels"]
Values = dict[str, float]
"""The value of each metric, by name."""


@dataclass(frozen=True)
class Metric:
    """A quantity by which networks are compared.

    Attributes:
        name: The key in records and files, such as `accuracy`.
        title: The name in text, such as `macro F1`.
        direction: Whether a larger or a smaller value is better.
        unit: The unit of the value, which determines its formatting.
        worst: The value to assume for a network that has none.
    """

    name: str
    title: str
    direction: Direction
    unit: Unit
    worst: float

    def on(self, split: str) -> "Metric":
        """Return this metric as measured on one split, such as `validation_accuracy`."""
        return replace(self, name=f"{split}_{self.name}", title=f"{split} {self.title}")

    def standard_error(self, value: float, examples: int) -> float:
        """Return the approximate standard error of a value measured on `examples` examples.

        For a share p it is that of a proportion, sqrt(p (1 - p) / n). For a mean of errors it is the mean
        divided by sqrt(n), since the deviation of exponentially distributed errors equals their mean.
        """
        if self.unit == "share":
            return math.sqrt(max(value * (1.0 - value), 0.0) / examples)
        return abs(value) / math.sqrt(examples)

    def is_as_good(self, value: float, best: float, margin: float) -> bool:
        """Return whether a value is within a margin of the best one, or better."""
        return value >= best - margin if self.direction == "maximize" else value <= best + margin

    def format_interval(self, interval: tuple[float, float]) -> str:
        """Return an interval as plain text, such as `0.9496 to 0.9872`."""
        low, high = interval
        return f"{self.format(low)} to {self.format(high)}"

    def format(self, value: float) -> str:
        """Return a value as plain text.

        Counts have separators, values in the unit of the targets have four significant digits, and all others
        four decimals.
        """
        if self.unit == "target":
            return f"{value:.4g}"
        return f"{value:,.0f}" if self.unit in ("count", "bytes") else f"{value:.4f}"
