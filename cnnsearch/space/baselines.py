"""Named points of a space: checked against its parameters when the space is loaded."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cnnsearch.space.domains import written
from cnnsearch.space.reading import Faults, Listing, Plain, Scalar, Tree, found, near
from cnnsearch.space.reading import Mapping as TreeMapping
from cnnsearch.space.survey import SpaceEntry
from cnnsearch.space.walk import Label, Path

Baseline = Mapping[str, Plain]
"""Values by parameter name; a parameter that is not here is sampled."""


def parse_baselines(
    tree: Tree | None, slots: Mapping[str, SpaceEntry], faults: Faults
) -> dict[str, Baseline]:
    """Reads a space's `baselines`, noting faults.

    Args:
        tree: What stands under `baselines`, if anything.
        slots: Every place of the space that holds a value, by name.
        faults: Where faults are noted.
    """
    if tree is None:
        return {}
    if not isinstance(tree, TreeMapping):
        faults.add(tree, "baselines", f"found {found(tree)}; expected name: {{parameter: value}}")
        return {}
    return {
        name: _baseline(f"baselines.{name}", point, slots, faults) for name, point in tree.entries.items()
    }


def without_replaced(
    tree: TreeMapping, before: Mapping[str, SpaceEntry], now: Mapping[str, SpaceEntry]
) -> TreeMapping:
    """A space's `baselines` less the values that stood in it before some of its values were replaced, and do
    so no more; they are sampled, or what replaced them.

    Args:
        tree: What stands under `baselines`.
        before: The places of the space as it was.
        now: Its places now.
    """
    points = dict(tree.entries)
    for name, point in points.items():
        if isinstance(point, TreeMapping):
            gone = (k for k in point.entries if _fits(point, k, before) and not _fits(point, k, now))
            points[name] = point.without(*gone)
    return TreeMapping(tree.mark, points, tree.marks)


def _fits(point: TreeMapping, key: str, slots: Mapping[str, SpaceEntry]) -> bool:
    faults = Faults()
    _baseline("", TreeMapping(point.mark, {key: point.entries[key]}, point.marks), slots, faults)
    return not faults.met


def _baseline(where: str, tree: Tree, slots: Mapping[str, SpaceEntry], faults: Faults) -> Baseline:
    if not isinstance(tree, TreeMapping):
        faults.add(tree, where, f"found {found(tree)}; expected parameter: value")
        return {}
    values: dict[str, Plain] = {}
    for key in sorted(tree.entries, key=lambda key: key.count(".")):  # the longer name is the nearer one
        names = [name for name, slot in slots.items() if covers(tuple(key.split(".")), slot.path)]
        if not names:
            hint = near(key, [*slots, *{unlabelled_path(slot.path) for slot in slots.values()}])
            faults.add(tree.marks[key], f"{where}.{key}", f"the space has no parameter '{key}'.{hint}")
            continue
        items = _spread(tree.entries[key], len(names), f"{where}.{key}", faults)
        for name, item in zip(names, items, strict=False):
            _check(item, slots[name], name, f"{where}.{key}", faults)
            values[name] = item.value
    chosen = {**_implied(values, slots), **values}
    return {name: value for name, value in chosen.items() if slots[name].domain is not None}


def _implied(names: Iterable[str], slots: Mapping[str, SpaceEntry]) -> dict[str, Plain]:
    """The alternatives of choices that are named by what stands in them; none where that is in several."""
    inside: dict[str, set[str]] = defaultdict(set)
    for path in (slots[name].path for name in names):
        for length in range(1, len(path)):
            choice = slots.get(".".join(path[:length]))
            if choice is not None and choice.domain is not None and path[length] in choice.domain:
                inside[".".join(choice.path)].add(path[length])
    return {choice: alternatives.pop() for choice, alternatives in inside.items() if len(alternatives) == 1}


def _spread(tree: Tree, count: int, where: str, faults: Faults) -> list[Scalar]:
    """One value for each of `count` parameters; a sequence's last one goes on. None where it is faulty."""
    items = (tree,) if isinstance(tree, Scalar) else _sequence(tree)
    scalars = [item for item in items if isinstance(item, Scalar)]
    if not scalars or len(scalars) < len(items):
        faults.add(tree, where, "a baseline gives a value, or {sequence: [one, for, each]}")
        return []
    if len(scalars) > count:
        faults.add(tree, where, f"found {len(scalars)} values for {count} of the space's parameters")
        return []
    return [scalars[min(place, len(scalars) - 1)] for place in range(count)]


def _sequence(tree: Tree) -> tuple[Tree, ...]:
    inner = tree.entries.get("sequence") if isinstance(tree, TreeMapping) and len(tree.entries) == 1 else None
    return inner.items if isinstance(inner, Listing) else ()


def _check(item: Scalar, slot: SpaceEntry, name: str, where: str, faults: Faults) -> None:
    if slot.domain is not None:
        if item.value not in slot.domain:
            faults.add(item, where, f"found {item.text}, but {name} is {slot.domain}")
    elif slot.value is not None and item.value != slot.value:
        faults.add(item, where, f"found {item.text}, but {name} is fixed at {written(slot.value)}")


def covers(key: Path, path: Path) -> bool:
    """Whether a name, with any items' names or numbers left out, names a path."""
    place = 0
    for piece in path:
        if place < len(key) and key[place] == piece:
            place += 1
        elif not isinstance(piece, Label):
            return False
    return place == len(key)


def unlabelled_path(path: Path) -> str:
    """A path without items' names and numbers."""
    return ".".join(piece for piece in path if not isinstance(piece, Label))
