"""What every task has: metrics, described as data."""

from dataclasses import dataclass, replace
from typing import Literal

Direction = Literal["maximize", "minimize"]
Unit = Literal["share", "nats", "count", "bytes"]


@dataclass(frozen=True)
class Metric:
    """A quantity by which networks are compared.

    Attributes:
        name: The key in records and files, such as `accuracy`.
        title: The name in text, such as `macro F1`.
        direction: Whether a larger or a smaller value is better.
        unit: What the value counts; it determines how the value is formatted.
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

    def format(self, value: float) -> str:
        """Return a value as plain text: shares and nats with four decimals, whole numbers with separators."""
        return f"{value:.4f}" if self.unit in ("share", "nats") else f"{value:,.0f}"
