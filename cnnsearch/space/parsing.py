"""The tree of a space -> the nodes that sample it, by the grammar; every fault noted with its line."""

import re
from collections.abc import Callable
from typing import Any

from cnnsearch.architecture.network import Head, Stage
from cnnsearch.space.grammar import Section, Slot, Value, Words, fields_of, layer_fields
from cnnsearch.space.library import Library
from cnnsearch.space.nodes import (
    Absent,
    FirstStrides,
    InTurn,
    Many,
    Node,
    OneOf,
    PartNode,
    PerRepeat,
    Repeat,
    Sequence,
    Spec,
    ValueNode,
    WidenedNode,
)
from cnnsearch.space.parsing_values import PER_KEYS, ValueParser, drawn, kind_of
from cnnsearch.space.reading import Faults, Listing, Mapping, Mark, Scalar, Tree, near, quoted
from cnnsearch.space.scope import EMPTY, Scope, Written
from cnnsearch.space.walk import Label, Path

COUNT = Value("integer", low=0, description="How often the part comes in a row.", default=1)
CONTROL = ("repeat", "one_of", "sequence", "use")
ITEM_NAME = re.compile(r"^(?=.*[A-Za-z_])[A-Za-z0-9_-]+$")

Makers = dict[int, Callable[..., Any]]


class Parser:
    """Parses the parts of a space.

    Args:
        faults: Where faults are noted.
        library: Finds the spaces that `use` names.
    """

    def __init__(self, faults: Faults, library: Library) -> None:
        self.marks: dict[Path, Mark] = {}
        self._faults = faults
        self._library = library
        self._values = ValueParser(faults)
        self._written: list[Written] = []

    def parse(self, tree: Tree, root: str, slot: Section) -> Node:
        """Parses `architecture` or `training` whole.

        Args:
            root: The key that the tree stands under.
            slot: What may stand there.
        """
        self._root = root
        node = self._slot(tree, slot, (), EMPTY)
        for written in self._written:
            if not written.used:
                self._fault(written.tree, written.path, "nothing inside uses it")
        self._written.clear()
        return node

    def _where(self, path: Path) -> str:
        return ".".join((self._root, *path))

    def _fault(self, tree: Tree, path: Path, message: str) -> None:
        self._faults.add(self.marks.get(path, tree.mark), self._where(path), message)

    def _slot(self, tree: Tree, slot: Slot, path: Path, scope: Scope) -> Node:
        self.marks.setdefault(path, tree.mark)
        if isinstance(slot, Value):
            return ValueNode(path, self._values.parse(tree, slot, self._where(path)))
        node = self._group(tree, slot, path, scope)
        return Many(slot.repeated, node) if slot.repeated else node

    def _group(self, tree: Tree, slot: Words | Section, path: Path, scope: Scope) -> Node:
        if isinstance(tree, Scalar):
            return self._bare(tree, slot, path, scope)
        if isinstance(tree, Listing):
            return self._words(tree, slot, path, scope, ())
        if "use" in tree.entries:
            return self._used(tree, slot, path, scope)
        if any(key in PER_KEYS for key in tree.entries):
            return self._per_repeat(tree, slot, path, scope, ())
        return self._mapping(tree, slot, path, scope)

    # One word, or a choice between words

    def _bare(self, tree: Scalar, slot: Words | Section, path: Path, scope: Scope) -> Node:
        word = str(tree.value)
        if word == "none" and slot.optional:
            return Absent()
        if isinstance(slot, Words) and word in slot.table:
            return self._part(word, Mapping(tree.mark, {}), slot, path, scope)
        self._fault(
            tree, path, f"found {tree.text}; expected {self._expected(slot)}.{self._near(word, slot)}"
        )
        return Absent()

    def _words(self, tree: Listing, slot: Words | Section, path: Path, scope: Scope, kinds: Path) -> Node:
        words = [item for item in tree.items if isinstance(item, Scalar)]
        if len(words) < len(tree.items):
            self._fault(tree, path, "a list whose items have fields says what it is: one_of or sequence")
            return Absent()
        if not words:
            self._fault(tree, path, f"found an empty list; expected {self._expected(slot)}")
            return Absent()
        items = {str(word.value): self._bare(word, slot, path, scope) for word in words}
        if len(items) < len(words):
            self._fault(tree, path, "a word is listed twice")
        return OneOf(self._select_path(path), _for_each(kinds, drawn(list(items))), items)

    def _per_repeat(
        self, tree: Mapping, slot: Words | Section, path: Path, scope: Scope, kinds: Path
    ) -> Node:
        key = next(key for key in tree.entries if key in PER_KEYS)
        for other in tree.entries:
            if other != key:
                self._unknown(tree, other, (key,), path)
        kinds, inner = (*kinds, key.removeprefix("per_")), tree.entries[key]
        if isinstance(inner, Listing):
            return self._words(inner, slot, path, scope, kinds)
        if isinstance(inner, Mapping) and len(inner.entries) == 1:
            if "one_of" in inner.entries:
                return self._one_of(inner.entries["one_of"], slot, path, scope, kinds)
            if "sequence" in inner.entries:
                return self._words_in_turn(inner.entries["sequence"], slot, path, scope, kinds)
            if any(key in PER_KEYS for key in inner.entries):
                return self._per_repeat(inner, slot, path, scope, kinds)
        self._fault(inner, path, f"{key} holds a list of words, one_of, or a sequence of words in turn")
        return Absent()

    def _words_in_turn(
        self, tree: Tree, slot: Words | Section, path: Path, scope: Scope, kinds: Path
    ) -> Node:
        turns = [item if isinstance(item, Listing) else Listing(item.mark, (item,)) for item in _items(tree)]
        items: dict[str, Node] = {}
        specs: list[Spec] = []
        for turn in turns:
            node = self._words(turn, slot, path, scope, ())
            if isinstance(node, OneOf):
                items |= node.items
                specs.append(node.select)
        if not specs:
            self._fault(tree, path, "a sequence holds a list of words, one for each in turn")
            return Absent()
        return OneOf(self._select_path(path), _for_each(kinds, InTurn(tuple(specs))), items)

    # Mappings: control keys, layer fields for everything inside, and the part itself

    def _mapping(self, tree: Mapping, slot: Words | Section, path: Path, scope: Scope) -> Node:
        own = tuple(slot.table) if isinstance(slot, Words) else tuple(slot.slots)
        holds_items = "one_of" in tree.entries or "sequence" in tree.entries
        known = (*own, *(key for key in CONTROL if self._allowed(key, slot)), *layer_fields())
        for key in tree.entries:
            if key not in known:
                self._unknown(tree, key, known, path)
        inner = scope.inside(self._defaults(tree, slot, path, holds_items))
        if "one_of" in tree.entries:
            node = self._one_of(tree.entries["one_of"], slot, path, inner, ())
        elif "sequence" in tree.entries and slot.repeated:
            node = self._sequence(tree.entries["sequence"], slot, path, inner)
        elif isinstance(slot, Words):
            node = self._word(tree, slot, path, inner)
        else:
            node = self._section(tree, slot, path, inner)
        if "repeat" in tree.entries and slot.repeated:
            count = self._slot(tree.entries["repeat"], COUNT, (*path, "repeat"), scope)
            return Repeat(path, slot.repeated, count, node)
        return node

    def _allowed(self, key: str, slot: Words | Section) -> bool:
        return bool(slot.repeated) or key in ("one_of", "use")

    def _defaults(self, tree: Mapping, slot: Words | Section, path: Path, holds_items: bool) -> list[Written]:
        """What a mapping writes for the parts inside it: layer fields, a stage's filters and strides, and,
        where it holds items, the keys that each item may leave out."""
        own = slot.slots if isinstance(slot, Section) else {}
        found = []
        for key, value in tree.entries.items():
            if (
                key in own
                and not holds_items
                and not (slot.repeated == "stage" and key in ("filters", "strides"))
            ):
                continue
            if key in own or key in layer_fields():
                self.marks[(*path, key)] = tree.marks[key]
                found.append(Written(key, value, (*path, key)))
        self._written += found
        return found

    def _word(self, tree: Mapping, slot: Words, path: Path, scope: Scope) -> Node:
        words = [key for key in tree.entries if key in slot.table]
        if len(words) != 1:
            found = quoted(words) or "no part"
            self._fault(
                tree, path, f"found {found}; expected one of {quoted(slot.table)}, or one_of, sequence"
            )
            return Absent()
        return self._part(words[0], tree.entries[words[0]], slot, path, scope)

    def _part(self, word: str, tree: Tree, slot: Words, path: Path, scope: Scope) -> Node:
        path, model = (*path, word), slot.table[word]
        self.marks.setdefault(path, tree.mark)
        if not isinstance(tree, Mapping):
            self._fault(tree, path, f"found a {kind_of(tree)}; expected fields: {quoted(fields_of(model))}")
            return Absent()
        for key in tree.entries:
            if key not in fields_of(model):
                self._unknown(tree, key, tuple(fields_of(model)), path)
        fields = self._fields(tree, fields_of(model), path, scope, strided=slot.strided)
        if model.model_fields.get("filters") and "filters" not in fields:
            advice = "write it here, or further out for all parts inside"
            self._fault(tree, path, f"{word} has no filters; {advice}")
            return Absent()
        return PartNode(model, tuple(fields.items()), slot.repeated)

    def _fields(
        self, tree: Mapping, slots: Any, path: Path, scope: Scope, strided: bool = False
    ) -> dict[str, Node]:
        """A part's fields: written here, or further out; what is written nowhere is left to the model."""
        fields: dict[str, Node] = {}
        for name, slot in slots.items():
            if name in tree.entries:
                self.marks[(*path, name)] = tree.marks[name]
                fields[name] = self._slot(tree.entries[name], slot, (*path, name), scope)
            elif name != "strides" or strided:
                written = scope.find(name)
                if written is not None:
                    node = self._slot(written.tree, slot, written.path, scope)
                    fields[name] = FirstStrides(node) if name == "strides" else node
        width = scope.find("width") if "filters" in fields else None
        if width is not None:
            slot = layer_fields()["width"]
            fields["filters"] = WidenedNode(
                fields["filters"], self._slot(width.tree, slot, width.path, scope)
            )
        return fields

    def _section(self, tree: Mapping, slot: Section, path: Path, scope: Scope) -> Node:
        """A mapping with keys of its own; a key left out is taken from around a list of such mappings."""
        if slot.model is not None:
            fields = self._fields(tree, slot.slots, path, scope)
            return PartNode(slot.model, tuple(fields.items()))
        nodes = {}
        for name, inner in slot.slots.items():
            if slot.repeated == "stage" and name in ("filters", "strides"):
                continue
            if name in tree.entries:
                self.marks[(*path, name)] = tree.marks[name]
                nodes[name] = self._slot(tree.entries[name], inner, (*path, name), scope)
            elif name not in layer_fields() and (written := scope.find(name)) is not None:
                nodes[name] = self._slot(written.tree, inner, written.path, scope)
        for name in slot.required:
            if name not in nodes:
                self._fault(tree, path, f"has no {name}")
        return PartNode(_maker(slot), tuple(nodes.items()), slot.repeated)

    # Items

    def _one_of(self, tree: Tree, slot: Words | Section, path: Path, scope: Scope, kinds: Path) -> Node:
        items: dict[str, Node] = {}
        for number, item in enumerate(self._listed(tree, "one_of", path)):
            name, rest = self._named(item, path)
            label = name or self._word_of(rest, slot) or str(number)
            if label in items:
                self._fault(item, path, f"two items are called '{label}'; give each a name")
            inside = (*path, Label(label)) if name or isinstance(slot, Section) else path
            items[label] = self._group(rest, slot, inside, scope)
        if not items:
            return Absent()
        return OneOf(self._select_path(path), _for_each(kinds, drawn(list(items))), items)

    def _sequence(self, tree: Tree, slot: Words | Section, path: Path, scope: Scope) -> Node:
        items: list[tuple[Label, Node]] = []
        for number, item in enumerate(self._listed(tree, "sequence", path)):
            name, rest = self._named(item, path)
            label = Label(name or number)
            if label in (known for known, _ in items):
                self._fault(item, path, f"two items are called '{label}'; give each its own name")
            items.append((label, self._group(rest, slot, (*path, label), scope)))
        return Sequence(path, slot.repeated, tuple(items))

    def _listed(self, tree: Tree, key: str, path: Path) -> tuple[Tree, ...]:
        if not isinstance(tree, Listing) or not tree.items:
            self._fault(tree, path, f"{key} holds a list of parts; found a {kind_of(tree)}")
            return ()
        return tree.items

    def _named(self, item: Tree, path: Path) -> tuple[str, Tree]:
        """An item's name, where it has one, and the item without it."""
        if not isinstance(item, Mapping) or "name" not in item.entries:
            return "", item
        name = item.entries["name"]
        if not isinstance(name, Scalar) or not ITEM_NAME.match(name.text):
            found = name.text if isinstance(name, Scalar) else kind_of(name)
            self._fault(
                name, path, f"found the name {found}; expected letters, digits, _ and -, not digits alone"
            )
            return "", item.without("name")
        return name.text, item.without("name")

    def _word_of(self, item: Tree, slot: Words | Section) -> str:
        if isinstance(item, Scalar):
            return str(item.value)
        if isinstance(item, Mapping) and isinstance(slot, Words):
            return next((key for key in item.entries if key in slot.table), "")
        return ""

    # Parts of other spaces

    def _used(self, tree: Mapping, slot: Words | Section, path: Path, scope: Scope) -> Node:
        for key in tree.entries:
            if key != "use":
                self._fault(tree, path, f"found {key} beside use; use stands alone")
        keys = (self._root, *(key for key in path if not isinstance(key, Label)))
        with self._library.following(tree.mark):
            used = self._library.part(tree.entries["use"], keys, self._where(path), self._faults)
            return self._group(used, slot, path, scope) if used is not None else Absent()

    # Messages

    def _select_path(self, path: Path) -> Path:
        return path or (self._root,)

    def _expected(self, slot: Words | Section) -> str:
        none = "none, " if slot.optional else ""
        if isinstance(slot, Words):
            return f"{none}{quoted(slot.table)}"
        return f"{none}or a mapping of {quoted(slot.slots)}"

    def _near(self, word: str, slot: Words | Section) -> str:
        return near(word, (*(slot.table if isinstance(slot, Words) else slot.slots), "none"))

    def _unknown(self, tree: Mapping, key: str, known: tuple[str, ...], path: Path) -> None:
        self._faults.add(
            tree.marks.get(key, tree.mark),
            self._where((*path, key)),
            f"found '{key}'; expected one of {quoted(dict.fromkeys(known))}.{near(key, known)}",
        )


def _items(tree: Tree) -> tuple[Tree, ...]:
    return tree.items if isinstance(tree, Listing) else ()


def _for_each(kinds: Path, spec: Spec) -> Spec:
    for kind in reversed(kinds):
        spec = PerRepeat(kind, spec)
    return spec


def _maker(slot: Section) -> Callable[..., Any]:
    if slot.repeated == "stage":
        return Stage
    return Head if "pooling" in slot.slots else dict
