"""Limits that a candidate has to keep, checked on what it would cost before anything is trained."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnsearch.errors import InfeasibleArchitectureError


@dataclass(frozen=True)
class Constraints:
    """Limits by name, `min_` or `max_` and a cost."""

    limits: Mapping[str, int] = field(default_factory=dict)

    def check(self, costs: Mapping[str, int]) -> None:
        """Passes where every limit is kept.

        Args:
            costs: A candidate's costs by name.

        Raises:
            InfeasibleArchitectureError: The limit that is broken by the largest factor.
        """
        broken = {name: self._excess(name, limit, costs) for name, limit in self.limits.items()}
        if not broken:
            return
        name = max(broken, key=lambda key: broken[key])
        if broken[name] > 0:
            raise InfeasibleArchitectureError(
                f"{name} is {self.limits[name]:,}, but the network has {costs[name[4:]]:,}",
                limit=name,
                violation=broken[name],
            )

    @staticmethod
    def _excess(name: str, limit: int, costs: Mapping[str, int]) -> float:
        """By how much a limit is broken, as the logarithm of the factor; zero or less where it is kept."""
        excess = math.log(max(1, costs[name[4:]]) / max(1, limit))
        return excess if name.startswith("max_") else -excess
