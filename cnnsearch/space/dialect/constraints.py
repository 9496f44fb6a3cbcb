"""The `constraints` of a space, checked when the space is loaded."""

from collections.abc import Mapping

from cnnsearch.space.constraints import Constraints
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.grammar import CONSTRAINTS
from cnnsearch.space.dialect.tree import YamlMapping, YamlNode, YamlScalar, found
from cnnsearch.space.slots import ValueSlot
from cnnsearch.suggestions import did_you_mean, listed

LIMIT = ValueSlot("integer", low=0)


def parse_constraints(tree: YamlNode | None, faults: Faults) -> Constraints:
    """Parse a space's `constraints` and record the faults."""
    if tree is None:
        return Constraints()
    if not isinstance(tree, YamlMapping):
        faults.add(tree, "constraints", f"found {found(tree)}; expected {listed(CONSTRAINTS)}")
        return Constraints()
    limits: dict[str, int] = {}
    for name, value in tree.entries.items():
        where = f"constraints.{name}"
        if name not in CONSTRAINTS:
            hint = did_you_mean(name, CONSTRAINTS)
            faults.add(tree.marks[name], where, f"found '{name}'; expected {listed(CONSTRAINTS)}.{hint}")
        elif not isinstance(value, YamlScalar) or not LIMIT.accepts(value.value):
            faults.add(value, where, f"found {found(value)}; expected {LIMIT.expected}")
        else:
            limits[name] = int(value.value)
    _check_order(tree, limits, faults)
    return Constraints(limits)


def _check_order(tree: YamlMapping, limits: Mapping[str, int], faults: Faults) -> None:
    for name, limit in limits.items():
        highest = limits.get(f"max_{name[4:]}", limit)
        if name.startswith("min_") and limit > highest:
            message = f"found {limit}; expected at most max_{name[4:]}, which is {highest}"
            faults.add(tree.marks[name], f"constraints.{name}", message)
