"""The grammar as a JSON Schema (2020-12), which editors use to complete and check a space.

An editor checks the syntax of one file. `cnnsearch validate` also checks rules that concern the complete
space: for example, it refuses unused defaults and baselines outside their domains.
"""

import re
from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from cnnsearch.architecture.per_dimension import pattern
from cnnsearch.space.dialect.grammar import (
    ARCHITECTURE,
    CONSTRAINTS,
    COUNT,
    GROWTH,
    REPEATS,
    TRAINING,
    fields_of,
    layer_fields,
)
from cnnsearch.space.dialect.parsing_items import ITEM_NAME
from cnnsearch.space.slots import PartSlot, SectionSlot, Slot, ValueSlot

Schema = dict[str, Any]

TRUTH: Schema = {"type": "boolean"}
TEXT: Schema = {"type": "string"}
USE: Schema = {
    "description": "The same part of another space, by name or path; a list is a choice between spaces.",
    "anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}],
}
ITEM: Schema = {
    "type": "string",
    "pattern": f"^{ITEM_NAME.pattern}$",
    "description": "Name of this item in parameter names and baselines.",
}
BASELINES: Schema = {
    "description": "Known points by name, tried first; parameters without a value are sampled.",
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                {"type": ["number", "string", "boolean"]},
                {
                    "type": "object",
                    "properties": {"sequence": {"type": "array", "minItems": 1}},
                    "required": ["sequence"],
                    "additionalProperties": False,
                },
            ]
        },
    },
}


def json_schema() -> Schema:
    """Return the dialect's JSON Schema."""
    writer = _Writer()
    properties: dict[str, Schema] = {
        "version": {"const": 1, "description": "The dialect's version."},
        "name": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},
        "description": {"type": "string", "description": "Summary of the space in one sentence."},
        "architecture": writer.slot(ARCHITECTURE, "architecture"),
        "training": writer.slot(TRAINING, "training"),
        "constraints": {
            "description": "Limits on the costs of a network.",
            **closed({name: {"type": "integer", "minimum": 0} for name in CONSTRAINTS}),
        },
        "baselines": BASELINES,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cnnsearch search space",
        **closed(properties),
        "required": ["version", "architecture"],
        "$defs": writer.definitions,
    }


def closed(properties: Mapping[str, Schema]) -> Schema:
    """Return the schema of an object with these keys and no others."""
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def array_of(items: Schema) -> Schema:
    """Return the schema of a non-empty list."""
    return {"type": "array", "items": items, "minItems": 1}


def scalar(value: ValueSlot) -> Schema:
    """Return the schema of one value of a slot."""
    options = [
        *([{"enum": list(value.words)}] if value.words else []),
        *([number(value)] if value.is_number else []),
        *(
            [{"type": "string", "pattern": f"^{pattern(int(value.low or 0))}$"}]
            if value.per_dimension
            else []
        ),
    ]
    return ({"anyOf": options} if len(options) > 1 else options[0]) if options else {"type": value.kind}


def number(value: ValueSlot) -> Schema:
    """Return the schema of one number of a slot."""
    bounds = {
        "minimum": value.low,
        "maximum": value.high,
        "exclusiveMinimum": value.exclusive_low,
        "exclusiveMaximum": value.exclusive_high,
    }
    return {"type": value.kind, **{key: bound for key, bound in bounds.items() if bound is not None}}


def domain(value: ValueSlot) -> Schema:
    """Return the schema of one value, a list of them, or a range."""
    one = scalar(value)
    options = [one, {**array_of(one), "uniqueItems": True}]
    if value.is_number:
        bound, step = number(value), {"type": value.kind, "exclusiveMinimum": 0}
        options.append(
            {**closed({"low": bound, "high": bound, "log": TRUTH, "step": step}), "required": ["low", "high"]}
        )
    return {"anyOf": options}


class _Writer:
    """Writes each rule once under `$defs`; schemas refer to it."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self._names: dict[Hashable, str] = {}

    def slot(self, slot: Slot, name: str = "") -> Schema:
        """Return a reference to the schema of a slot, with its description and default."""
        rule = _rule(slot)
        if rule not in self._names:
            label = self._names[rule] = self._free(_label(slot, name))
            self.definitions[label] = {}  # reserves its position before nested definitions
            self.definitions[label] = (
                self._value(slot, label) if isinstance(slot, ValueSlot) else self._part(slot, label)
            )
        shown = _reference(self._names[rule])
        if slot.description:
            shown["description"] = slot.description
        if slot.default not in (None, ""):
            shown["default"] = slot.default
        return shown

    def _free(self, name: str) -> str:
        names, number = {*self.definitions, *self._names.values()}, 2
        free = name
        while free in names:
            free, number = f"{name}{number}", number + 1
        return free

    def _value(self, value: ValueSlot, label: str) -> Schema:
        plain = _reference(f"{label}-domain")
        self.definitions[f"{label}-domain"] = domain(value)
        options = [plain, self._per_repeat(label, plain, _in_turn(plain))]
        if value.is_number:
            self.definitions.setdefault("growth", domain(GROWTH))
            parts = closed({"first": plain, "growth": _reference("growth"), "max": plain})
            options.append({**parts, "required": ["first", "growth"]})
        return {"anyOf": options}

    def _per_repeat(self, label: str, *inner: Schema) -> Schema:
        """Return the schema of `per_...` that holds one of `inner` or another `per_...`."""
        each = f"{label}-each"
        keys = closed({f"per_{kind}": _reference(each) for kind in REPEATS})
        one = {**keys, "minProperties": 1, "maxProperties": 1}
        self.definitions[each] = {"anyOf": [*inner, one]}
        return one

    def _part(self, slot: PartSlot | SectionSlot, label: str) -> Schema:
        words = list(slot.table) if isinstance(slot, PartSlot) else []
        word: Schema = {"enum": [*words, "none"] if slot.optional else words}
        item: Schema = {"enum": [*words, "none"]}
        choice = {**array_of(word), "uniqueItems": True}
        self.definitions[f"{label}-item"] = {
            "anyOf": [item, {**array_of(item), "uniqueItems": True}, self._mapping(slot, label, is_item=True)]
        }
        chosen = {**closed({"one_of": self._items(label)}), "required": ["one_of"]}
        each = self._per_repeat(label, choice, chosen, _in_turn({"anyOf": [word, choice]}))
        return {"anyOf": [*([word, choice] if word["enum"] else []), self._mapping(slot, label), each]}

    def _items(self, label: str) -> Schema:
        return array_of(_reference(f"{label}-item"))

    def _mapping(self, slot: PartSlot | SectionSlot, label: str, *, is_item: bool = False) -> Schema:
        """Return the schema of a part's mapping: its keys, `one_of`, `sequence`, `repeat`, and defaults."""
        properties: dict[str, Schema] = {"use": USE, "one_of": self._items(label)}
        if slot.repeated:
            properties |= {"sequence": self._items(label), "repeat": self.slot(COUNT, "repeat")}
        if is_item:
            properties["name"] = ITEM
        if slot.is_layered:
            properties |= {name: self.slot(inner, name) for name, inner in layer_fields().items()}
        return closed(properties | self._own(slot))

    def _own(self, slot: PartSlot | SectionSlot) -> dict[str, Schema]:
        if isinstance(slot, SectionSlot):
            return {name: self.slot(inner, name) for name, inner in slot.slots.items()}
        return {word: self._fields(word, model) for word, model in slot.table.items()}

    def _fields(self, word: str, model: type[BaseModel]) -> Schema:
        label = f"{word}-fields"
        if label not in self.definitions:
            self.definitions[label] = {}
            fields = {name: self.slot(slot, name) for name, slot in fields_of(model).items()}
            self.definitions[label] = {"description": docstring_summary(model), **closed(fields)}
        return _reference(label)


def _reference(label: str) -> Schema:
    return {"$ref": f"#/$defs/{label}"}


def _rule(slot: Slot) -> Hashable:
    """Return a key that slots of the same rule share: all attributes but description and default."""
    if isinstance(slot, ValueSlot):
        return replace(slot, description="", default=None)
    if isinstance(slot, PartSlot):
        return (tuple(slot.table), slot.optional, slot.repeated, slot.is_layered)
    return id(slot)


def _label(slot: Slot, name: str) -> str:
    """Return the name of a rule; numbers with the same bounds share a name."""
    if isinstance(slot, ValueSlot) and slot.is_number:
        return re.sub(r"[^a-z0-9]+", "-", slot.expected.removeprefix("a "))
    return name


def _in_turn(item: Schema) -> Schema:
    return {**closed({"sequence": array_of(item)}), "required": ["sequence"]}


def docstring_summary(model: type[BaseModel]) -> str:
    """Return the first sentence of a model's docstring."""
    text = " ".join((model.__doc__ or "").split())
    return re.split(r"(?<!et al)\. ", text)[0].rstrip(".") + "."
