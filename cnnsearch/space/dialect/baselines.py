"""The `baselines` of a space: named points, checked against its parameters when the space is loaded."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cnnsearch.space.candidate import Baseline
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.tree import YamlMapping, YamlNode, YamlScalar, YamlSequence, found
from cnnsearch.space.domains import Plain, written
from cnnsearch.space.position import Label, Path
from cnnsearch.space.survey import Field
from cnnsearch.suggestions import did_you_mean


def parse_baselines(
    tree: YamlNode | None, fields: Mapping[str, Field], faults: Faults
) -> dict[str, Baseline]:
    """Parse a space's `baselines` and record the faults.

    Args:
        tree: The value of `baselines`, if present.
        fields: All fields of the space that hold a value, by name.
        faults: Where faults are recorded.
    """
    if tree is None:
        return {}
    if not isinstance(tree, YamlMapping):
        faults.add(tree, "baselines", f"found {found(tree)}; expected name: {{parameter: value}}")
        return {}
    return {
        name: _baseline(f"baselines.{name}", point, fields, faults) for name, point in tree.entries.items()
    }


def without_replaced(tree: YamlMapping, before: Mapping[str, Field], now: Mapping[str, Field]) -> YamlMapping:
    """Return a space's `baselines` without the values that its overridden values exclude.

    The parameters of the removed values are sampled, or fixed by the override.

    Args:
        tree: The value of `baselines`.
        before: The fields of the space before the overrides.
        now: The fields of the space after the overrides.
    """
    points = dict(tree.entries)
    for name, point in points.items():
        if isinstance(point, YamlMapping):
            excluded = (k for k in point.entries if _fits(point, k, before) and not _fits(point, k, now))
            points[name] = point.without(*excluded)
    return YamlMapping(tree.mark, points, tree.marks)


def _fits(point: YamlMapping, key: str, fields: Mapping[str, Field]) -> bool:
    faults = Faults()
    _baseline("", YamlMapping(point.mark, {key: point.entries[key]}, point.marks), fields, faults)
    return not faults.count


def _baseline(where: str, tree: YamlNode, fields: Mapping[str, Field], faults: Faults) -> Baseline:
    if not isinstance(tree, YamlMapping):
        faults.add(tree, where, f"found {found(tree)}; expected parameter: value")
        return {}
    values: dict[str, Plain] = {}
    for key in sorted(tree.entries, key=lambda key: key.count(".")):  # longer names take precedence
        names = [name for name, field in fields.items() if covers(tuple(key.split(".")), field.path)]
        if not names:
            hint = did_you_mean(key, [*fields, *{short(field.path) for field in fields.values()}])
            faults.add(tree.marks[key], f"{where}.{key}", f"the space has no parameter '{key}'.{hint}")
            continue
        items = _spread(tree.entries[key], len(names), f"{where}.{key}", faults)
        for name, item in zip(names, items, strict=False):
            _check(item, fields[name], name, f"{where}.{key}", faults)
            values[name] = item.value
    chosen = {**_implied(values, fields), **values}
    return {name: value for name, value in chosen.items() if fields[name].domain is not None}


def _implied(names: Iterable[str], fields: Mapping[str, Field]) -> dict[str, Plain]:
    """Return the choices implied by parameters inside an alternative, unless several are implied."""
    inside: dict[str, set[str]] = defaultdict(set)
    for path in (fields[name].path for name in names):
        for length in range(1, len(path)):
            choice = fields.get(".".join(path[:length]))
            if choice is not None and choice.domain is not None and path[length] in choice.domain:
                inside[".".join(choice.path)].add(path[length])
    return {choice: alternatives.pop() for choice, alternatives in inside.items() if len(alternatives) == 1}


def _spread(tree: YamlNode, count: int, where: str, faults: Faults) -> list[YamlScalar]:
    """Return a value for each of `count` parameters, repeating the last one; empty if there is a fault."""
    items = (tree,) if isinstance(tree, YamlScalar) else _sequence(tree)
    scalars = [item for item in items if isinstance(item, YamlScalar)]
    if not scalars or len(scalars) < len(items):
        faults.add(tree, where, f"found {found(tree)}; expected a value or {{sequence: [one, for, each]}}")
        return []
    if len(scalars) > count:
        faults.add(tree, where, f"found {len(scalars)} values; the name matches {count} parameters")
        return []
    return [scalars[min(place, len(scalars) - 1)] for place in range(count)]


def _sequence(tree: YamlNode) -> tuple[YamlNode, ...]:
    inner = tree.entries.get("sequence") if isinstance(tree, YamlMapping) and len(tree.entries) == 1 else None
    return inner.items if isinstance(inner, YamlSequence) else ()


def _check(item: YamlScalar, field: Field, name: str, where: str, faults: Faults) -> None:
    if field.domain is not None:
        if item.value not in field.domain:
            faults.add(item, where, f"found {item.text}, but {name} is {field.domain}")
    elif field.value is not None and item.value != field.value:
        faults.add(item, where, f"found {item.text}, but {name} is fixed at {written(field.value)}")


def covers(key: Path, path: Path) -> bool:
    """Return whether a name refers to a path; the name may omit the names and numbers of items."""
    place = 0
    for piece in path:
        if place < len(key) and key[place] == piece:
            place += 1
        elif not isinstance(piece, Label):
            return False
    return place == len(key)


def short(path: Path) -> str:
    """Return a path without the names and numbers of items."""
    return ".".join(piece for piece in path if not isinstance(piece, Label))
