"""Parsing of lists of parts: choices of words, `one_of`, `sequence`, and choices per repeat (`per_...`)."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from cnnsearch.space.dialect.faults import FaultReporter
from cnnsearch.space.dialect.parsing_values import PER_KEYS, choice_of
from cnnsearch.space.dialect.scope import Scope
from cnnsearch.space.dialect.tree import YamlMapping, YamlNode, YamlScalar, YamlSequence, found
from cnnsearch.space.nodes import Absent, InTurn, Node, OneOf, PerRepeat, Sequence, Spec
from cnnsearch.space.position import Label, Path
from cnnsearch.space.slots import PartSlot, SectionSlot

ITEM_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_-]*")


class Place(NamedTuple):
    """The place of a part: the slot it fills, its path, and the fields written at outer levels."""

    slot: PartSlot | SectionSlot
    path: Path
    scope: Scope


class ItemParser:
    """Parser of parts in lists.

    Args:
        report: Where faults are recorded.
        parse_item: Parses one item at a place.
    """

    def __init__(self, report: FaultReporter, parse_item: Callable[[YamlNode, Place], Node]) -> None:
        self._report = report
        self._parse_item = parse_item

    def words(self, tree: YamlSequence, place: Place, kinds: Path = ()) -> Node:
        """Parse a choice between bare words, sampled for each of the repeats `kinds`."""
        words = [item for item in tree.items if isinstance(item, YamlScalar)]
        if len(words) < len(tree.items):
            message = "found a list of parts with fields; write it under one_of or sequence"
            return self._faulty(tree, place, message)
        if not words:
            return self._faulty(tree, place, f"found an empty list; expected {place.slot.expected}")
        items = {word.text: self._parse_item(word, place) for word in words}
        if len(items) < len(words):
            self._report.fault(tree, place.path, "a word is listed twice")
        return self._choice(place, kinds, choice_of(list(items)), items)

    def per_repeat(self, tree: YamlMapping, place: Place, kinds: Path = ()) -> Node:
        """Parse a choice sampled for each stage, block, layer or branch."""
        key = next(key for key in tree.entries if key in PER_KEYS)
        self._report.corrected(tree, (key,), place.path)
        kinds, inner = (*kinds, key.removeprefix("per_")), tree.entries[key]
        if isinstance(inner, YamlSequence):
            return self.words(inner, place, kinds)
        if isinstance(inner, YamlMapping) and len(inner.entries) == 1:
            if "one_of" in inner.entries:
                return self.one_of(inner.entries["one_of"], place, kinds)
            if "sequence" in inner.entries:
                return self._words_in_turn(inner.entries["sequence"], place, kinds)
            if any(key in PER_KEYS for key in inner.entries):
                return self.per_repeat(inner, place, kinds)
        message = (
            f"found {found(inner)} under {key}; expected a list of words, one_of, or a sequence of words"
        )
        return self._faulty(inner, place, message)

    def _words_in_turn(self, tree: YamlNode, place: Place, kinds: Path) -> Node:
        items: dict[str, Node] = {}
        specs: list[Spec] = []
        for turn in tree.items if isinstance(tree, YamlSequence) else ():
            node = self.words(
                turn if isinstance(turn, YamlSequence) else YamlSequence(turn.mark, (turn,)), place
            )
            if isinstance(node, OneOf):
                items |= node.items
                specs.append(node.select)
        if not specs:
            return self._faulty(
                tree, place, f"found {found(tree)} under sequence; expected a non-empty list of words"
            )
        return self._choice(place, kinds, InTurn(tuple(specs)), items)

    def one_of(self, tree: YamlNode, place: Place, kinds: Path = ()) -> Node:
        """Parse a choice between parts with fields, each labelled by its name, word or number."""
        items: dict[str, Node] = {}
        for number, item in enumerate(self._listed(tree, "one_of", place)):
            name, rest = self._named(item, place)
            label = name or _word_of(rest, place.slot) or str(number)
            if label in items:
                self._report.fault(item, place.path, f"two items have the name '{label}'; name each item")
            is_labelled = bool(name) or isinstance(place.slot, SectionSlot)
            path = (*place.path, Label(label)) if is_labelled else place.path
            items[label] = self._parse_item(rest, place._replace(path=path))
        return self._choice(place, kinds, choice_of(list(items)), items) if items else Absent()

    def sequence(self, tree: YamlNode, place: Place) -> Node:
        """Parse parts in order, each labelled by its name or number; each may be `none`."""
        place = place._replace(slot=replace(place.slot, optional=True))
        items: dict[Label, Node] = {}
        for number, item in enumerate(self._listed(tree, "sequence", place)):
            name, rest = self._named(item, place)
            label = Label(name or number)
            if label in items:
                self._report.fault(item, place.path, f"two items have the name '{label}'; rename one of them")
            items[label] = self._parse_item(rest, place._replace(path=(*place.path, label)))
        return Sequence(place.path, place.slot.repeated, items)

    def _choice(self, place: Place, kinds: Path, select: Spec, items: dict[str, Node]) -> Node:
        for kind in reversed(kinds):
            select = PerRepeat(kind, select)
        return OneOf(place.path or (self._report.root,), select, items)

    def _listed(self, tree: YamlNode, key: str, place: Place) -> tuple[YamlNode, ...]:
        if isinstance(tree, YamlSequence) and tree.items:
            return tree.items
        what = "an empty list" if isinstance(tree, YamlSequence) else found(tree)
        self._report.fault(tree, place.path, f"found {what} under {key}; expected a list of parts")
        return ()

    def _named(self, item: YamlNode, place: Place) -> tuple[str, YamlNode]:
        """Return the name of an item, empty if it has none, and the item without it."""
        if not isinstance(item, YamlMapping) or "name" not in item.entries:
            return "", item
        name, rest = item.entries["name"], item.without("name")
        if isinstance(name, YamlScalar) and isinstance(name.value, str) and ITEM_NAME.fullmatch(name.text):
            return name.text, rest
        rule = "letters, digits, _ and -, and not a number"
        self._report.fault(name, place.path, f"found the name {found(name)}; expected {rule}")
        return "", rest

    def _faulty(self, at: YamlNode, place: Place, message: str) -> Node:
        self._report.fault(at, place.path, message)
        return Absent()


def _word_of(item: YamlNode, slot: PartSlot | SectionSlot) -> str:
    if isinstance(item, YamlScalar):
        return item.text
    if isinstance(item, YamlMapping) and isinstance(slot, PartSlot):
        return next((key for key in item.entries if key in slot.table), "")
    return ""
