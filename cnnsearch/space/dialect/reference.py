"""The grammar as Markdown tables of words, fields, defaults and meanings, for the documentation."""

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.space.dialect.grammar import (
    ARCHITECTURE,
    CONSTRAINTS,
    COUNT,
    DECODER,
    INPUT,
    PARTS,
    STAGE,
    TRAINING,
    WIDTH,
    fields_of,
)
from cnnsearch.space.dialect.schema import docstring_summary
from cnnsearch.space.slots import PartSlot, SectionSlot, Slot, ValueSlot

HEADER = "| field | takes | default | meaning |\n| --- | --- | --- | --- |"


def reference() -> str:
    """Return the words and fields of the dialect, with a table for each part."""
    head, blocks = ARCHITECTURE.slots["head"], STAGE.slots["blocks"]
    assert isinstance(head, SectionSlot) and isinstance(blocks, PartSlot)
    dense, pooling = head.slots["dense"], head.slots["pooling"]
    spectrogram, filters = INPUT.slots["spectrogram"], INPUT.slots["fixed_filters"]
    assert isinstance(dense, SectionSlot) and isinstance(pooling, PartSlot)
    assert isinstance(spectrogram, SectionSlot) and isinstance(filters, PartSlot)
    return "\n\n".join(
        [
            _section("architecture", ARCHITECTURE, {"width": WIDTH}),
            _section("architecture.input", INPUT),
            _section("architecture.input.spectrogram", spectrogram),
            *_words(filters, "Fixed filter"),
            _section("architecture.stages", STAGE, {"repeat": COUNT}),
            *_words(blocks, "Block"),
            _section("architecture.decoder", DECODER),
            _section("architecture.head", head),
            *_words(pooling, "Pooling of the head"),
            _section("architecture.head.dense", dense, {"repeat": COUNT}),
            _part("normalization", PARTS["normalization"]),
            _section("training", TRAINING),
            *(_part(name, PARTS[name]) for name in TRAINING.slots if name in PARTS),
            "### `constraints`\n\n" + ", ".join(f"`{name}`" for name in CONSTRAINTS) + ".",
        ]
    )


def _part(name: str, slot: Slot) -> str:
    assert not isinstance(slot, ValueSlot)
    if isinstance(slot, SectionSlot):
        return _section(f"training.{name}", slot)
    return "\n\n".join(_words(slot, name.capitalize()))


def _words(slot: PartSlot, kind: str) -> Iterator[str]:
    for word, model in slot.table.items():
        yield f"### {kind} `{word}`\n\n{docstring_summary(model)}" + _table(fields_of(model))


def _section(path: str, slot: SectionSlot, more: Mapping[str, Slot] | None = None) -> str:
    return f"### `{path}`\n\n{slot.description}" + _table({**slot.slots, **(more or {})})


def _table(slots: Mapping[str, Slot]) -> str:
    rows = [
        f"| `{name}` | {_takes(slot)} | {_default(slot)} | {slot.description} |"
        for name, slot in slots.items()
    ]
    return "\n\n" + "\n".join([HEADER, *rows]) if rows else ""


def _takes(slot: Slot) -> str:
    if isinstance(slot, SectionSlot):
        return "fields of its own" + (", or `none`" if slot.optional else "")
    if isinstance(slot, PartSlot):
        return ", ".join(f"`{word}`" for word in (*slot.table, *(["none"] if slot.optional else [])))
    return ", ".join(f"`{word}`" for word in slot.words) if slot.words else slot.expected


def _default(slot: Slot) -> str:
    return _written(slot.default) if slot.default not in (None, "") else ""


def _written(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
