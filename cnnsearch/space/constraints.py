"""Limits on the costs of a candidate, checked before training."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnsearch.errors import InfeasibleArchitectureError


@dataclass(frozen=True)
class Constraints:
    """Limits by name: `min_` or `max_` followed by the name of a cost."""

    limits: Mapping[str, int] = field(default_factory=dict)

    def check(self, costs: Mapping[str, int]) -> None:
        """Check a candidate's costs against all limits.

        Args:
            costs: Costs by name.

        Raises:
            InfeasibleArchitectureError: A limit is violated; the message names the one violated by the
                largest factor.
        """
        excess = {name: self._excess(name, limit, costs) for name, limit in self.limits.items()}
        if not excess:
            return
        name = max(excess, key=lambda key: excess[key])
        if excess[name] > 0:
            raise InfeasibleArchitectureError(
                f"{name} is {self.limits[name]:,}, but the network has {costs[name[4:]]:,}",
                limit=name,
                violation=excess[name],
            )

    @staticmethod
    def _excess(name: str, limit: int, costs: Mapping[str, int]) -> float:
        """Return the logarithm of the factor by which a limit is violated; not positive if it holds."""
        excess = math.log(max(1, costs[name[4:]]) / max(1, limit))
        return excess if name.startswith("max_") else -excess
