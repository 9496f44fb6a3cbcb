"""Limits that a candidate has to keep, checked on what it would cost before anything is trained."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.space.grammar import CONSTRAINTS
from cnnsearch.space.reading import Faults, Scalar, Tree, found, near, quoted
from cnnsearch.space.reading import Mapping as TreeMapping
from cnnsearch.space.slots import Value

LIMIT = Value("integer", low=0)


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


def parse_constraints(tree: Tree | None, faults: Faults) -> Constraints:
    """Reads a space's `constraints`, noting faults."""
    if tree is None:
        return Constraints()
    if not isinstance(tree, TreeMapping):
        faults.add(tree, "constraints", f"found {found(tree)}; expected {quoted(CONSTRAINTS)}")
        return Constraints()
    limits: dict[str, int] = {}
    for name, value in tree.entries.items():
        where = f"constraints.{name}"
        if name not in CONSTRAINTS:
            hint = near(name, CONSTRAINTS)
            faults.add(tree.marks[name], where, f"found '{name}'; expected {quoted(CONSTRAINTS)}.{hint}")
        elif not isinstance(value, Scalar) or not LIMIT.accepts(value.value):
            faults.add(value, where, f"found {found(value)}; expected {LIMIT.expected}")
        else:
            limits[name] = int(value.value)
    _check_order(tree, limits, faults)
    return Constraints(limits)


def _check_order(tree: TreeMapping, limits: Mapping[str, int], faults: Faults) -> None:
    for name, limit in limits.items():
        highest = limits.get(f"max_{name[4:]}", limit)
        if name.startswith("min_") and limit > highest:
            message = f"found {limit}, above max_{name[4:]}, {highest}"
            faults.add(tree.marks[name], f"constraints.{name}", message)
