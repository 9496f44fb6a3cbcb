"""The YAML tree of one value -> its `Spec`: fixed, choice, range, per repeat or progression."""

import re
from typing import Any

from cnnsearch.architecture.per_dimension import PerDimension, merged
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.grammar import GROWTH, REPEATS
from cnnsearch.space.dialect.tree import YamlMapping, YamlNode, YamlScalar, YamlSequence, found
from cnnsearch.space.domains import Choice, Plain, Range, in_order, is_numeric, written
from cnnsearch.space.nodes import Fixed, InTurn, PerRepeat, Progression, Sampled, Spec
from cnnsearch.space.slots import ValueSlot
from cnnsearch.suggestions import did_you_mean, listed

RANGE_KEYS = ("low", "high", "log", "step")
PROGRESSION_KEYS = ("first", "growth", "max")
PER_KEYS = tuple(f"per_{kind}" for kind in REPEATS)
NOT_NESTED = ("first", "growth", *PER_KEYS)
"""Keys that are not allowed in the mapping of a nested value, except `per_...` in `per_...`."""

FOREIGN = {
    "values": "write the list itself, [a, b]",
    "value": "write the value itself",
    "choices": "write the list itself, [a, b]",
    "min": "write 'low'",
    "max": "write 'high'",
    "one_of": "a choice between plain values is a list, [a, b]",
    "sequence": "write {per_stage: {sequence: [a, b]}}",
    "distribution": "write {low: a, high: b, log: true}",
    "type": "write a list, or {low: a, high: b}",
}
"""Keys of other tools, and their equivalent here."""


class ValueParser:
    """Parser of values; it records every fault and continues with a fixed value in place of a faulty one."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def parse(self, tree: YamlNode, slot: ValueSlot, where: str) -> Spec:
        """Parse the value at `where`."""
        if isinstance(tree, YamlMapping):
            if any(key in PER_KEYS for key in tree.entries):
                return self._per_repeat(tree, slot, where)
            if any(key in NOT_NESTED for key in tree.entries):
                return self._progression(tree, slot, where)
        return self._domain(tree, slot, where)

    def _domain(self, tree: YamlNode, slot: ValueSlot, where: str) -> Spec:
        if isinstance(tree, YamlScalar):
            return Fixed(self._scalar(tree, slot, where))
        if isinstance(tree, YamlSequence):
            return self._choice(tree, slot, where)
        nested = [key for key in tree.entries if key in NOT_NESTED]
        if nested:
            message = f"found {nested[0]} in a nested value; expected a value, a list of values or a range"
            return self._faulty(tree, where, message)
        if "low" in tree.entries or "high" in tree.entries:
            return self._range(tree, slot, where)
        return self._unknown(tree, slot, where)

    def _scalar(self, tree: YamlNode, slot: ValueSlot, where: str) -> Plain:
        if not isinstance(tree, YamlScalar):
            self._faults.add(tree, where, f"found {found(tree)}; expected {slot.expected}")
            return 1
        value = tree.value
        if slot.per_dimension and isinstance(value, str):
            value = PerDimension.read(value) or value
        if slot.kind == "number" and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not slot.accepts(value):
            hint = _respelled(tree.text, slot) or did_you_mean(tree.text, slot.words)
            self._faults.add(tree, where, f"found {tree.text}; expected {slot.expected}.{hint}")
        return value

    def _choice(self, tree: YamlSequence, slot: ValueSlot, where: str) -> Spec:
        if any(isinstance(item, YamlMapping) for item in tree.items):
            message = "found a mapping in a list of values; expected plain values, [a, b]"
            return self._faulty(tree, where, message)
        if not tree.items:
            return self._faulty(tree, where, f"found an empty list; expected {slot.expected}")
        values = [self._scalar(item, slot, where) for item in tree.items]
        texts = [(type(value), value) for value in values]
        for kind, value in {item: None for item in texts if texts.count(item) > 1}:
            self._faults.add(tree, where, f"{written(kind(value))} is listed twice")
        self._check_per_dimension(tree, values, where)
        return choice_of(values)

    def _check_per_dimension(self, tree: YamlSequence, values: list[Plain], where: str) -> None:
        """Record values per dimension that differ in their dimensions, or equal another value."""
        several = [value for value in values if isinstance(value, PerDimension)]
        for value in several:
            one = merged(value.numbers)
            if len(value.numbers) != len(several[0].numbers):
                message = f"found {several[0]} and {value}; expected numbers for the same dimensions"
                self._faults.add(tree, where, message)
            elif isinstance(one, int) and one in values:
                self._faults.add(tree, where, f"{value} is the same as {one}; remove one of them")

    def _range(self, tree: YamlMapping, slot: ValueSlot, where: str) -> Spec:
        if not self._has_only(tree, RANGE_KEYS, where):
            return Fixed(1)
        if not slot.is_number:
            return self._faulty(tree, where, f"found a range; expected {slot.expected}, or a list of those")
        missing = [key for key in ("low", "high") if key not in tree.entries]
        if missing:
            return self._faulty(tree, where, f"the range has no {missing[0]}")
        before = self._faults.count
        one = slot.one_number
        low, high = (self._scalar(tree.entries[key], one, f"{where}.{key}") for key in ("low", "high"))
        log = self._option(tree, "log", ValueSlot("boolean"), where)
        step = self._option(tree, "step", ValueSlot(slot.kind, exclusive_low=0), where)
        if self._faults.count > before or isinstance(low, str) or isinstance(high, str):
            return Fixed(1)
        return self._checked_range(tree, Range(low, high, bool(log), step), where)

    def _option(self, tree: YamlMapping, key: str, slot: ValueSlot, where: str) -> Any:
        return self._scalar(tree.entries[key], slot, f"{where}.{key}") if key in tree.entries else None

    def _checked_range(self, tree: YamlMapping, domain: Range, where: str) -> Spec:
        low, high, step = domain.low, domain.high, domain.step
        fault = ""
        if low > high:
            fault = f"low must not be above high; found low {written(low)}, high {written(high)}"
        elif domain.log and low <= 0:
            fault = f"log requires low above 0; found low {written(low)}"
        elif domain.log and step is not None:
            fault = "found both log and step; expected at most one of them"
        elif step is not None and step > high - low:
            fault = f"found step {written(step)}, above the range {written(low)} to {written(high)}"
        if fault:
            return self._faulty(tree, where, fault)
        return Fixed(low) if low == high else Sampled(domain.trimmed())

    def _progression(self, tree: YamlMapping, slot: ValueSlot, where: str) -> Spec:
        if not self._has_only(tree, PROGRESSION_KEYS, where):
            return Fixed(1)
        if not slot.is_number:
            return self._faulty(tree, where, f"found a progression; expected {slot.expected}")
        missing = [key for key in ("first", "growth") if key not in tree.entries]
        if missing:
            return self._faulty(tree, where, f"the progression has no {missing[0]}")
        parts = {
            key: self._domain(part, GROWTH if key == "growth" else slot.one_number, f"{where}.{key}")
            for key, part in tree.entries.items()
        }
        return Progression(parts["first"], parts["growth"], parts.get("max"), slot.one_number)

    def _per_repeat(self, tree: YamlMapping, slot: ValueSlot, where: str) -> Spec:
        key = next(key for key in tree.entries if key in PER_KEYS)
        self._has_only(tree, (key,), where)
        inner = tree.entries[key]
        if isinstance(inner, YamlMapping) and "sequence" in inner.entries:
            self._has_only(inner, ("sequence",), where)
            spec = self._in_turn(inner.entries["sequence"], slot, where)
        elif isinstance(inner, YamlMapping) and any(key in ("first", "growth") for key in inner.entries):
            return self._faulty(
                inner, where, f"found a progression under {key}; a progression already varies per stage"
            )
        else:
            spec = self.parse(inner, slot, where)
        return PerRepeat(key.removeprefix("per_"), spec)

    def _in_turn(self, tree: YamlNode, slot: ValueSlot, where: str) -> Spec:
        if not isinstance(tree, YamlSequence) or not tree.items:
            return self._faulty(
                tree, where, f"found {found(tree)} under sequence; expected a non-empty list of values"
            )
        return InTurn(tuple(self._domain(item, slot, where) for item in tree.items))

    def _has_only(self, tree: YamlMapping, known: tuple[str, ...], where: str) -> bool:
        """Return whether all keys are known, and record the unknown ones as faults."""
        unknown = [key for key in tree.entries if key not in known]
        for key in unknown:
            hint = did_you_mean(key, known)
            if known == RANGE_KEYS and key in FOREIGN:
                hint = f" Here, {FOREIGN[key]}."
            message = f"found '{key}' beside {', '.join(key for key in known if key in tree.entries)}; "
            self._faults.add(tree.marks[key], f"{where}.{key}", f"{message}expected {listed(known)}.{hint}")
        return not unknown

    def _unknown(self, tree: YamlMapping, slot: ValueSlot, where: str) -> Spec:
        known = (*RANGE_KEYS, *PROGRESSION_KEYS, *PER_KEYS)
        for key in tree.entries:
            advice = f" Here, {FOREIGN[key]}." if key in FOREIGN else did_you_mean(key, known)
            expected = f"{slot.expected}, a list of those, or {listed(known)}"
            self._faults.add(
                tree.marks[key], f"{where}.{key}", f"found '{key}'; expected {expected}.{advice}"
            )
        if not tree.entries:
            self._faults.add(tree, where, f"found an empty mapping; expected {slot.expected}")
        return Fixed(1)

    def _faulty(self, at: YamlNode, where: str, message: str) -> Spec:
        self._faults.add(at, where, message)
        return Fixed(1)


def choice_of(values: list[Plain]) -> Spec:
    """Return a choice between values, numbers sorted; a fixed value if there is only one."""
    if len(values) == 1:
        return Fixed(values[0])
    has_order = all(is_numeric(value) for value in values)
    return Sampled(Choice(in_order(values) if has_order else tuple(values)))


def _respelled(text: str, slot: ValueSlot) -> str:
    """Return a hint if a text has another sign, such as X or *, between the numbers of the dimensions."""
    numbers = re.fullmatch(r"[(\[]?([0-9]+)\s*[xX×*,]\s*([0-9]+)(?:\s*[xX×*,]\s*([0-9]+))?[)\]]?", text)
    value = PerDimension.read("x".join(filter(None, numbers.groups()))) if numbers else None
    return f" Did you mean '{value}'?" if value is not None and value != text and slot.accepts(value) else ""
