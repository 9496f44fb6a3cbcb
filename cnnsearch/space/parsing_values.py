"""The tree of one value -> how it comes about: fixed, a choice, a range, for each repeat, a progression."""

from cnnsearch.space.domains import Choice, Range, written
from cnnsearch.space.grammar import REPEATS, Value
from cnnsearch.space.nodes import Drawn, Fixed, InTurn, PerRepeat, Progression, Spec
from cnnsearch.space.reading import Faults, Listing, Mapping, Plain, Scalar, Tree, near

RANGE_KEYS = ("low", "high", "log", "step")
PROGRESSION_KEYS = ("first", "growth", "max")
PER_KEYS = tuple(f"per_{kind}" for kind in REPEATS)

FOREIGN = {
    "values": "write the list itself, [a, b]",
    "value": "write the value itself",
    "choices": "write the list itself, [a, b]",
    "min": "write 'low'",
    "max": "write 'high'",
    "one_of": "a choice between plain values is a list, [a, b]",
    "distribution": "write {low: a, high: b, log: true}",
    "type": "write a list, or {low: a, high: b}",
}
"""Other tools' keys, and what to write instead."""


class ValueParser:
    """Parses values, noting every fault; a faulty value is taken for a fixed one and parsing goes on."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def parse(self, tree: Tree, slot: Value, where: str) -> Spec:
        """How the value at `where` comes about."""
        if isinstance(tree, Scalar):
            return Fixed(self._scalar(tree, slot, where))
        if isinstance(tree, Listing):
            return self._choice(tree, slot, where)
        keys = tree.entries.keys()
        if any(key in PER_KEYS for key in keys):
            return self._per_repeat(tree, slot, where)
        if "first" in keys or "growth" in keys:
            return self._progression(tree, slot, where)
        if "low" in keys or "high" in keys:
            return self._range(tree, slot, where)
        return self._unknown(tree, (*RANGE_KEYS, *PROGRESSION_KEYS, *PER_KEYS), where, slot)

    def _scalar(self, tree: Tree, slot: Value, where: str) -> Plain:
        if not isinstance(tree, Scalar):
            self._faults.add(tree.mark, where, f"found a {kind_of(tree)}; expected {slot.expected}")
            return 1
        value = tree.value
        if slot.kind == "number" and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not slot.accepts(value):
            hint = near(tree.text, slot.words)
            self._faults.add(tree.mark, where, f"found {tree.text}; expected {slot.expected}.{hint}")
        return value

    def _choice(self, tree: Listing, slot: Value, where: str) -> Spec:
        if any(isinstance(item, Mapping) for item in tree.items):
            self._faults.add(
                tree.mark, where, "found fields in a list of values; a choice lists plain values, [a, b]"
            )
            return Fixed(1)
        values = [self._scalar(item, slot, where) for item in tree.items]
        if not values:
            self._faults.add(tree.mark, where, f"found an empty list; expected {slot.expected}")
            return Fixed(1)
        for value in {value for value in values if values.count(value) > 1}:
            self._faults.add(tree.mark, where, f"{written(value)} is listed twice")
        return drawn(values)

    def _range(self, tree: Mapping, slot: Value, where: str) -> Spec:
        self._only(tree, RANGE_KEYS, where)
        if slot.kind not in ("integer", "number"):
            self._faults.add(tree.mark, where, f"found a range; expected {slot.expected}, or a list of those")
            return Fixed(1)
        missing = [key for key in ("low", "high") if key not in tree.entries]
        if missing:
            self._faults.add(tree.mark, where, f"the range has no {missing[0]}")
            return Fixed(1)
        low, high = (self._scalar(tree.entries[key], slot, f"{where}.{key}") for key in ("low", "high"))
        log = self._truth(tree, "log", where)
        step = self._step(tree, slot, where)
        return self._checked_range(tree, low, high, log, step, where)

    def _checked_range(
        self, tree: Mapping, low: Plain, high: Plain, log: bool, step: float | None, where: str
    ) -> Spec:
        if isinstance(low, str | bool) or isinstance(high, str | bool):
            return Fixed(1)
        fault = ""
        if low > high:
            fault = f"low must not be above high, but found low {written(low)}, high {written(high)}"
        elif log and low <= 0:
            fault = f"log needs a low above 0, but found {written(low)}"
        elif log and step is not None:
            fault = "found both log and step; a range has at most one of them"
        if fault:
            self._faults.add(tree.mark, where, fault)
            return Fixed(low)
        return Fixed(low) if low == high else Drawn(Range(low, high, log, step))

    def _truth(self, tree: Mapping, key: str, where: str) -> bool:
        if key not in tree.entries:
            return False
        return bool(self._scalar(tree.entries[key], Value("boolean"), f"{where}.{key}"))

    def _step(self, tree: Mapping, slot: Value, where: str) -> float | None:
        if "step" not in tree.entries:
            return None
        step = self._scalar(tree.entries["step"], Value(slot.kind, exclusive_low=0), f"{where}.step")
        return None if isinstance(step, str | bool) else step

    def _progression(self, tree: Mapping, slot: Value, where: str) -> Spec:
        self._only(tree, PROGRESSION_KEYS, where)
        if slot.kind not in ("integer", "number"):
            self._faults.add(tree.mark, where, f"found a progression; expected {slot.expected}")
            return Fixed(1)
        growth = Value("number", exclusive_low=0)
        parts = {
            key: self.parse(tree.entries[key], growth if key == "growth" else slot, f"{where}.{key}")
            for key in PROGRESSION_KEYS
            if key in tree.entries
        }
        missing = [key for key in ("first", "growth") if key not in parts]
        if missing:
            self._faults.add(tree.mark, where, f"the progression has no {missing[0]}")
            return Fixed(1)
        return Progression(parts["first"], parts["growth"], parts.get("max"), slot.kind == "integer")

    def _per_repeat(self, tree: Mapping, slot: Value, where: str) -> Spec:
        key = next(key for key in tree.entries if key in PER_KEYS)
        self._only(tree, (key,), where)
        inner = tree.entries[key]
        if isinstance(inner, Mapping) and "sequence" in inner.entries:
            self._only(inner, ("sequence",), where)
            spec = self._in_turn(inner.entries["sequence"], slot, where)
        else:
            spec = self.parse(inner, slot, where)
        return PerRepeat(key.removeprefix("per_"), spec)

    def _in_turn(self, tree: Tree, slot: Value, where: str) -> Spec:
        if not isinstance(tree, Listing) or not tree.items:
            self._faults.add(tree.mark, where, "a sequence holds a list of values, one for each in turn")
            return Fixed(1)
        return InTurn(tuple(self.parse(item, slot, where) for item in tree.items))

    def _only(self, tree: Mapping, known: tuple[str, ...], where: str) -> None:
        for key in tree.entries:
            if key not in known:
                hint = near(key, known)
                self._faults.add(
                    tree.marks[key], f"{where}.{key}", f"found '{key}' beside {'/'.join(known)}.{hint}"
                )

    def _unknown(self, tree: Mapping, known: tuple[str, ...], where: str, slot: Value) -> Spec:
        for key in tree.entries:
            advice = f" Here, {FOREIGN[key]}." if key in FOREIGN else near(key, known)
            self._faults.add(
                tree.marks[key],
                f"{where}.{key}",
                f"found '{key}'; expected {slot.expected}, a list of those, or {', '.join(known)}.{advice}",
            )
        if not tree.entries:
            self._faults.add(tree.mark, where, f"found an empty mapping; expected {slot.expected}")
        return Fixed(1)


def drawn(values: list[Plain]) -> Spec:
    """A choice between values, sorted where they have an order; fixed where there is one."""
    if len(values) == 1:
        return Fixed(values[0])
    has_order = all(not isinstance(value, str | bool) for value in values)
    return Drawn(Choice(tuple(sorted(values) if has_order else values)))


def kind_of(tree: Tree) -> str:
    """What a tree is, for a message."""
    return {Scalar: "value", Listing: "list", Mapping: "mapping"}[type(tree)]
