"""The `Pruner` protocol."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

Curve = Sequence[float]
"""The objective after each epoch, larger being better."""


@runtime_checkable
class Pruner(Protocol):
    """Decides whether to continue a trial."""

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        """Return why the trial should end after its last epoch; empty if it should continue.

        Args:
            number: The trial's number.
            curve: The trial's curve.
            others: The curves of all other trials, in any state.
        """
