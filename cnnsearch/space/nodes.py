"""The nodes of a parsed space: each builds its part of a candidate and gets its values from a visitor."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from cnnsearch.space.domains import Domain, Plain
from cnnsearch.space.position import Label, Path
from cnnsearch.space.slots import ValueSlot
from cnnsearch.space.visitor import Visitor


class Spec(ABC):
    """The specification of a value: fixed, sampled, per repeat, in order, or a progression."""

    @abstractmethod
    def resolve(self, visitor: Visitor, path: Path, kinds: Path = ()) -> Plain:
        """Return the value at the visitor's position; it is sampled for each of the repeats `kinds`."""


@dataclass(frozen=True)
class Fixed(Spec):
    """A fixed value."""

    value: Plain

    def resolve(self, visitor: Visitor, path: Path, kinds: Path = ()) -> Plain:
        return visitor.fixed(path, kinds, self.value)


@dataclass(frozen=True)
class Sampled(Spec):
    """A value sampled from a domain."""

    domain: Domain

    def resolve(self, visitor: Visitor, path: Path, kinds: Path = ()) -> Plain:
        return visitor.suggest(path, kinds, self.domain)


@dataclass(frozen=True)
class PerRepeat(Spec):
    """One value for each stage, block, layer or branch."""

    kind: str
    inner: Spec

    def resolve(self, visitor: Visitor, path: Path, kinds: Path = ()) -> Plain:
        return self.inner.resolve(visitor, path, (*kinds, self.kind))


@dataclass(frozen=True)
class InTurn(Spec):
    """Values in order; the last one repeats."""

    items: tuple[Spec, ...]

    def resolve(self, visitor: Visitor, path: Path, kinds: Path = ()) -> Plain:
        turn = min(visitor.ordinal(path, kinds[-1]), len(self.items) - 1)
        return self.items[turn].resolve(visitor, path, kinds)


@dataclass(frozen=True)
class Progression(Spec):
    """`first * growth ** stage`, at most `maximum`; `slot` bounds the values."""

    first: Spec
    growth: Spec
    maximum: Spec | None
    slot: ValueSlot

    def resolve(self, visitor: Visitor, path: Path, kinds: Path = ()) -> Plain:
        stage = visitor.ordinal(path, "stage")
        first = self.first.resolve(visitor, (*path, "first"))
        growth = self.growth.resolve(visitor, (*path, "growth"))
        maximum = math.inf if self.maximum is None else self.maximum.resolve(visitor, (*path, "max"))
        value = min(grown(float(first), float(growth), stage), float(maximum))
        if not visitor.accepts(path, value, self.slot):
            return first
        return max(min(1, int(first)), round(value)) if self.slot.kind == "integer" else value


def grown(first: float, growth: float, stage: int) -> float:
    """Return the value of a progression; infinity on overflow."""
    try:
        return float(first * growth**stage)
    except OverflowError:
        return math.inf


class Node(ABC):
    """A node of the tree."""

    @property
    def inside(self) -> "tuple[Node, ...]":
        """The child nodes."""
        return ()

    @abstractmethod
    def build(self, visitor: Visitor) -> Any:
        """Return the part or value at the visitor's position; None if it is omitted."""

    def extend(self, parts: list[Any], visitor: Visitor, kind: str = "") -> None:
        """Append the parts of this node to a list of parts of a kind."""
        part = self.build(visitor)
        if part is not None:
            parts.append(part)
            if kind:
                visitor.position.advance(kind)


@dataclass(frozen=True)
class ValueNode(Node):
    """A number, word or boolean."""

    path: Path
    spec: Spec

    def build(self, visitor: Visitor) -> Plain:
        return self.spec.resolve(visitor, self.path)


@dataclass(frozen=True)
class Settled(Node):
    """A stand-in for a value that the layout of the network sets."""

    value: Plain

    def build(self, visitor: Visitor) -> Plain:
        return self.value


@dataclass(frozen=True)
class WidenedNode(Node):
    """Filters multiplied by a width."""

    filters: Node
    width: Node

    def build(self, visitor: Visitor) -> int:
        return widened(int(self.filters.build(visitor)), float(self.width.build(visitor)))


def widened(filters: int, width: float) -> int:
    """Return filters times a width, rounded to a multiple of 8 that is at most 10 % smaller.

    The width is that of Howard et al. (2017, MobileNets, section 3.3), the rounding that of the networks
    published with Sandler et al. (2018, MobileNetV2).
    """
    if width == 1.0:
        return filters
    exact = filters * width
    rounded = max(8, int(exact + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * exact else rounded + 8


@dataclass(frozen=True)
class FirstStrides(Node):
    """The strides of a stage, used by its first block only, and in a series by the first part only."""

    strides: Node
    own: int | None
    """The strides of all other blocks: the default of the block."""

    def build(self, visitor: Visitor) -> int | str | None:
        is_first = visitor.is_first("block") and visitor.is_first("layer")
        strides: int | str = self.strides.build(visitor)
        return strides if is_first else self.own


@dataclass(frozen=True)
class Absent(Node):
    """A part that is omitted."""

    def build(self, visitor: Visitor) -> None:
        return None


@dataclass(frozen=True)
class PartNode(Node):
    """A part with its fields; other fields take the defaults of the model."""

    make: Callable[..., Any]
    fields: tuple[tuple[str, Node], ...]
    named: str = ""
    """The kind of repeat whose label is the name of the part."""

    @property
    def inside(self) -> tuple[Node, ...]:
        return tuple(node for _, node in self.fields)

    def build(self, visitor: Visitor) -> Any:
        fields = {name: node.build(visitor) for name, node in self.fields}
        if self.named:
            fields["name"] = visitor.position.label(self.named)
        return self.make(**fields)


@dataclass(frozen=True)
class OneOf(Node):
    """A choice between items, by label."""

    path: Path
    select: Spec
    items: Mapping[str, Node]

    @property
    def inside(self) -> tuple[Node, ...]:
        return tuple(self.items.values())

    def build(self, visitor: Visitor) -> Any:
        parts: list[Any] = []
        self.extend(parts, visitor)
        return parts[-1] if parts else None

    def extend(self, parts: list[Any], visitor: Visitor, kind: str = "") -> None:
        chosen = str(self.select.resolve(visitor, self.path))
        for label in visitor.alternatives(chosen, self.items):
            self.items[label].extend(parts, visitor, kind)


@dataclass(frozen=True)
class Repeat(Node):
    """A repeated part."""

    path: Path
    kind: str
    count: Node
    node: Node

    @property
    def inside(self) -> tuple[Node, ...]:
        return (self.node,)

    def build(self, visitor: Visitor) -> Any:
        raise AssertionError("a repeat builds several parts; use extend")

    def extend(self, parts: list[Any], visitor: Visitor, kind: str = "") -> None:
        count = int(self.count.build(visitor))
        for _ in visitor.repeats(self.kind, self.path, count):
            self.node.extend(parts, visitor, self.kind)


@dataclass(frozen=True)
class Sequence(Node):
    """Parts in order."""

    path: Path
    kind: str
    items: Mapping[Label, Node]

    @property
    def inside(self) -> tuple[Node, ...]:
        return tuple(self.items.values())

    def build(self, visitor: Visitor) -> Any:
        raise AssertionError("a sequence builds several parts; use extend")

    def extend(self, parts: list[Any], visitor: Visitor, kind: str = "") -> None:
        for label in visitor.items(self.kind, self.path, self.items):
            self.items[label].extend(parts, visitor, self.kind)


@dataclass(frozen=True)
class PartsNode(Node):
    """All parts of a repeat or sequence, built as a tuple."""

    kind: str
    node: Node

    @property
    def inside(self) -> tuple[Node, ...]:
        return (self.node,)

    def build(self, visitor: Visitor) -> tuple[Any, ...]:
        parts: list[Any] = []
        with visitor.position.within(self.kind):
            self.node.extend(parts, visitor, self.kind)
        return tuple(parts)


def models_in(*nodes: Node) -> list[type[BaseModel]]:
    """Return the models of all parts that these nodes can build, each once."""
    models: dict[type[BaseModel], None] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        waiting += node.inside
        if isinstance(node, PartNode) and isinstance(node.make, type) and issubclass(node.make, BaseModel):
            models[node.make] = None
    return list(models)
