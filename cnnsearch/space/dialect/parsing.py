"""The YAML tree of a space -> the nodes that build its candidates, checked against the grammar."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from cnnsearch.architecture.decoder import Decoder
from cnnsearch.architecture.network import Head, Stage
from cnnsearch.space.dialect.faults import FaultReporter, Faults
from cnnsearch.space.dialect.grammar import COUNT, WIDTH, fields_of, layer_fields
from cnnsearch.space.dialect.parsing_items import ItemParser, Place
from cnnsearch.space.dialect.parsing_values import PER_KEYS, ValueParser
from cnnsearch.space.dialect.scope import EMPTY_SCOPE, OuterField, Scope
from cnnsearch.space.dialect.tree import Mark, YamlMapping, YamlNode, YamlScalar, YamlSequence, found
from cnnsearch.space.dialect.uses import Library
from cnnsearch.space.nodes import (
    Absent,
    FirstStrides,
    Node,
    PartNode,
    PartsNode,
    Repeat,
    Settled,
    ValueNode,
    WidenedNode,
)
from cnnsearch.space.position import Label, Path
from cnnsearch.space.slots import PartSlot, SectionSlot, Slot, ValueSlot
from cnnsearch.suggestions import did_you_mean, listed

LISTS = ("one_of", "sequence")
ELSEWHERE = ("use", *PER_KEYS)
"""Keys of mappings that hold no part: `use` refers to another space, `per_...` to a choice."""


class Parser:
    """Parser of one half of a space.

    Args:
        root: The key of the half: `architecture` or `training`.
        faults: Where faults are recorded.
        library: Reads the spaces that `use` names.
    """

    def __init__(self, root: str, faults: Faults, library: Library) -> None:
        self.places: dict[Path, tuple[Mark, str]] = {}
        """The line of each path, and its name in messages."""
        self._faults = faults
        self._library = library
        self._report = FaultReporter(root, faults)
        self._values = ValueParser(faults)
        self._items = ItemParser(self._report, self._group)
        self._written: list[OuterField] = []

    def parse(self, tree: YamlNode, slot: SectionSlot) -> Node:
        """Parse the value of the root key; `slot` defines what it may hold."""
        node = self._slot(tree, slot, (), EMPTY_SCOPE)
        for written in self._written:
            if not written.used:
                self._report.fault(written.tree, written.path, "no part inside uses it")
        return node

    def _slot(self, tree: YamlNode, slot: Slot, path: Path, scope: Scope) -> Node:
        self.places.setdefault(path, (tree.mark, self._report.where(path)))
        if isinstance(slot, ValueSlot):
            return ValueNode(path, self._values.parse(tree, slot, self._report.where(path)))
        node = self._group(tree, Place(slot, path, scope))
        return PartsNode(slot.repeated, node) if slot.repeated else node

    def _group(self, tree: YamlNode, place: Place) -> Node:
        if isinstance(tree, YamlScalar):
            return self._bare(tree, place)
        if isinstance(tree, YamlSequence):
            return self._items.words(tree, place)
        if "use" in tree.entries:
            return self._used(tree, place)
        if any(key in PER_KEYS for key in tree.entries):
            return self._items.per_repeat(tree, place)
        return self._mapping(tree, place)

    def _bare(self, tree: YamlScalar, place: Place) -> Node:
        slot = place.slot
        if tree.text == "none" and slot.optional:
            return Absent()
        if isinstance(slot, PartSlot) and tree.text in slot.table:
            return self._part(tree.text, YamlMapping(tree.mark, {}), place)
        hint = did_you_mean(tree.text, (*slot.keys, *(["none"] if slot.optional else [])))
        return self._faulty(tree, place.path, f"found {tree.text}; expected {slot.expected}.{hint}")

    def _used(self, tree: YamlMapping, place: Place) -> Node:
        """Parse the same part of another space, or a choice between those of several spaces."""
        for key in tree.entries:
            if key != "use":
                self._report.fault(
                    tree.marks[key], place.path, f"found {key} beside use; expected no other key"
                )
        keys = (self._report.root, *(key for key in place.path if not isinstance(key, Label)))
        with self._library.following(tree.mark):
            used = self._library.part(tree.entries["use"], keys, self._report.where(place.path), self._faults)
            return self._group(used, place) if used is not None else Absent()

    # Mappings: layer fields for all parts inside, and the part or list of parts itself

    def _mapping(self, tree: YamlMapping, place: Place) -> Node:
        slot, before = place.slot, self._faults.count
        given = self._report.corrected(tree, *self._keys(slot, place.path))
        if any(key in ELSEWHERE for key in given.entries):  # was misspelled
            return self._group(given, place)
        written = self._defaults(given, place)
        is_complete = len(given.entries) == len(tree.entries)
        node = self._content(given, place._replace(scope=place.scope.inside(written)), is_complete)
        if self._faults.count > before:
            self._excuse(written)
        if "repeat" in given.entries and slot.repeated:
            count = self._slot(given.entries["repeat"], COUNT, (*place.path, "repeat"), place.scope)
            return Repeat(place.path, slot.repeated, count, node)
        return node

    def _excuse(self, written: list[OuterField]) -> None:
        """Mark defaults beside a fault as used: the faulty part may be the part that uses them."""
        for entry in written:
            if not entry.used and isinstance(entry.slot, ValueSlot):
                self._slot(entry.tree, entry.slot, entry.path, EMPTY_SCOPE)  # records the entry's faults
            entry.used = True

    def _keys(self, slot: PartSlot | SectionSlot, path: Path) -> tuple[tuple[str, ...], Path, str]:
        """Return the keys that a mapping can have, its path, and the keys for a message."""
        own = (*slot.keys, *(("repeat", *LISTS) if slot.repeated else ("one_of",)), "use")
        layers = tuple(layer_fields()) if slot.is_layered else ()
        return (
            (*own, *layers, *PER_KEYS),
            path,
            listed(own) + (", or a layer field" if layers else ""),
        )

    def _defaults(self, tree: YamlMapping, place: Place) -> list[OuterField]:
        """Return the fields of a mapping that are defaults for the parts inside it.

        These are layer fields, the filters and strides of a stage, and, beside a list of items, the keys
        that an item may omit.
        """
        own = place.slot if isinstance(place.slot, SectionSlot) else None
        has_items = any(key in tree.entries for key in LISTS)
        written: list[OuterField] = []
        for key, value in tree.entries.items():
            if own is not None and key in own.slots:
                if has_items or key in own.passed:
                    written.append(OuterField(own.scoped(key), value, (*place.path, key), own.slots[key]))
            elif key in layer_fields():
                written.append(OuterField(key, value, (*place.path, key), layer_fields()[key]))
        self._written += written
        return written

    def _content(self, tree: YamlMapping, place: Place, is_complete: bool) -> Node:
        lists = [key for key in LISTS if key in tree.entries]
        if not lists:
            if isinstance(place.slot, PartSlot):
                return self._word(tree, place, is_complete)
            return self._section(tree, place, is_complete)
        words = place.slot.keys if isinstance(place.slot, PartSlot) else ()
        for key in (*lists[1:], *(word for word in words if word in tree.entries)):
            message = f"found {key} beside {lists[0]}; write the part in the list"
            self._report.fault(tree.marks[key], place.path, message)
        parse = self._items.one_of if lists[0] == "one_of" else self._items.sequence
        return parse(tree.entries[lists[0]], place)

    def _word(self, tree: YamlMapping, place: Place, is_complete: bool) -> Node:
        words = [key for key in tree.entries if key in place.slot.keys]
        if len(words) == 1:
            return self._part(words[0], tree.entries[words[0]], place)
        if len(words) > 1:
            message = f"found {listed(words)}; write one part, or several under one_of or sequence"
            return self._faulty(tree, place.path, message)
        if is_complete:
            self._report.fault(tree, place.path, f"found no part; expected {place.slot.expected}")
        return Absent()

    def _part(self, word: str, tree: YamlNode, place: Place) -> Node:
        assert isinstance(place.slot, PartSlot)
        path, model = (*place.path, word), place.slot.table[word]
        scope = place.scope.settling(place.slot.settled)
        place = place._replace(scope=scope if place.slot.takes_strides else scope.without("strides"))
        slots = fields_of(model)
        expected = f"fields: {listed(slots)}" if slots else "no fields"
        if not isinstance(tree, YamlMapping):
            return self._faulty(tree, path, f"found {found(tree)}; expected {expected}")
        given = self._report.corrected(tree, tuple(slots), path)
        fields = self._fields(given, model, place._replace(path=path))
        is_complete = len(given.entries) == len(tree.entries)
        missing = [name for name in slots if model.model_fields[name].is_required() and name not in fields]
        if is_complete and missing:
            message = f"{word} has no {missing[0]}; write it here, or at an outer level for all parts inside"
            return self._faulty(tree, path, message)
        named = place.slot.repeated if "name" in model.model_fields else ""
        return PartNode(model, tuple(fields.items()), named)

    def _fields(self, tree: YamlMapping, model: type[BaseModel], place: Place) -> dict[str, Node]:
        """Parse the fields of a part, written here or at an outer level; the model has the other defaults."""
        fields: dict[str, Node] = {}
        for name, slot in fields_of(model).items():
            if name in place.scope.settled:
                if name in tree.entries:
                    message = (
                        f"found {name} of a block; expected them beside blocks, for all blocks of a level"
                    )
                    self._report.fault(tree.marks[name], (*place.path, name), message)
                fields[name] = Settled(1)
            elif name in tree.entries:
                fields[name] = self._slot(tree.entries[name], slot, (*place.path, name), place.scope)
            elif (inherited := self._inherited(name, slot, place.scope)) is not None:
                own = model.model_fields[name].default
                fields[name] = FirstStrides(inherited, own) if name == "strides" else inherited
        widths = [name for name in fields if name.startswith("filters")]
        if widths and (width := self._inherited("width", WIDTH, place.scope)) is not None:
            fields |= {name: WidenedNode(fields[name], width) for name in widths}
        return fields

    def _inherited(self, name: str, slot: Slot, scope: Scope) -> Node | None:
        """Return a field written at an outer level, parsed once for all parts that use it; None if absent."""
        written = scope.find(name)
        if written is None:
            return None
        if id(slot) not in written.nodes:
            written.nodes[id(slot)] = self._slot(written.tree, slot, written.path, EMPTY_SCOPE)
        return written.nodes[id(slot)]

    def _section(self, tree: YamlMapping, place: Place, is_complete: bool) -> Node:
        """Parse a mapping with fixed keys; a missing key may be written beside the list of the mapping."""
        slot = place.slot
        assert isinstance(slot, SectionSlot)
        if slot.model is not None:
            return PartNode(slot.model, tuple(self._fields(tree, slot.model, place).items()))
        nodes: dict[str, Node] = {}
        for name, inner in slot.slots.items():
            if name in slot.passed:
                continue
            if name in tree.entries:
                nodes[name] = self._slot(tree.entries[name], inner, (*place.path, name), place.scope)
            elif (written := place.scope.find(slot.scoped(name))) is not None:
                nodes[name] = self._slot(written.tree, inner, written.path, place.scope)
        for name in slot.required:
            if name not in nodes and is_complete:
                self._report.fault(tree, place.path, f"has no {name}")
        return PartNode(MAKERS.get(slot.title, dict), tuple(nodes.items()), slot.repeated)

    def _faulty(self, at: YamlNode, path: Path, message: str) -> Node:
        self._report.fault(at, path, message)
        return Absent()


MAKERS: dict[str, Callable[..., Any]] = {"stage": Stage, "decoder": Decoder, "head": Head}
"""The classes that sections without a model build, by title."""
