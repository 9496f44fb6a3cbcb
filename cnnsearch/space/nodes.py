"""A parsed space: a tree whose nodes build what they describe, asking a walk for each value."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from cnnsearch.space.domains import Domain
from cnnsearch.space.reading import Plain
from cnnsearch.space.slots import Value
from cnnsearch.space.walk import Label, Path, Step, Walk


class Spec(ABC):
    """How a value comes about: fixed, drawn, for each repeat, in turn, or by a progression."""

    @abstractmethod
    def resolve(self, walk: Walk, path: Path, kinds: Path = ()) -> Plain:
        """The value at this point of a walk; `kinds` are the repeats it is drawn for each of."""


@dataclass(frozen=True)
class Fixed(Spec):
    """Always the same."""

    value: Plain

    def resolve(self, walk: Walk, path: Path, kinds: Path = ()) -> Plain:
        return walk.given(path, kinds, self.value)


@dataclass(frozen=True)
class Drawn(Spec):
    """A value of a domain."""

    domain: Domain

    def resolve(self, walk: Walk, path: Path, kinds: Path = ()) -> Plain:
        return walk.suggest(path, kinds, self.domain)


@dataclass(frozen=True)
class PerRepeat(Spec):
    """One value for each stage, block or layer."""

    kind: str
    inner: Spec

    def resolve(self, walk: Walk, path: Path, kinds: Path = ()) -> Plain:
        return self.inner.resolve(walk, path, (*kinds, self.kind))


@dataclass(frozen=True)
class InTurn(Spec):
    """Values in turn; the last one goes on."""

    items: tuple[Spec, ...]

    def resolve(self, walk: Walk, path: Path, kinds: Path = ()) -> Plain:
        turn = min(walk.ordinal(kinds[-1], path), len(self.items) - 1)
        return self.items[turn].resolve(walk, path, kinds)


@dataclass(frozen=True)
class Progression(Spec):
    """`first * growth ** stage`, at most `maximum`; `slot` is what the values have to keep."""

    first: Spec
    growth: Spec
    maximum: Spec | None
    slot: Value

    def resolve(self, walk: Walk, path: Path, kinds: Path = ()) -> Plain:
        stage = walk.ordinal("stage", path)
        first = self.first.resolve(walk, (*path, "first"))
        growth = self.growth.resolve(walk, (*path, "growth"))
        maximum = math.inf if self.maximum is None else self.maximum.resolve(walk, (*path, "max"))
        value = min(grown(float(first), float(growth), stage), float(maximum))
        if not walk.keeps(path, value, self.slot):
            return first
        return max(1, round(value)) if self.slot.kind == "integer" else value


def grown(first: float, growth: float, stage: int) -> float:
    """A progression's value; infinite where it is too large for a number."""
    try:
        return float(first * growth**stage)
    except OverflowError:
        return math.inf


class Node(ABC):
    """A place in the tree."""

    @property
    def inside(self) -> "tuple[Node, ...]":
        """The nodes that this one is made of."""
        return ()

    @abstractmethod
    def build(self, walk: Walk) -> Any:
        """What stands here at this point of a walk; None where it is left out."""

    def visit(self, walk: Walk, built: list[Any], kind: str = "") -> None:
        """Adds what stands here to a list of parts of a kind."""
        part = self.build(walk)
        if part is not None:
            built.append(part)
            if kind:
                walk.frames[kind].ordinal += 1


@dataclass(frozen=True)
class ValueNode(Node):
    """A number, word or truth value."""

    path: Path
    spec: Spec

    def build(self, walk: Walk) -> Plain:
        return self.spec.resolve(walk, self.path)


@dataclass(frozen=True)
class WidenedNode(Node):
    """Filters times a width."""

    filters: Node
    width: Node

    def build(self, walk: Walk) -> int:
        return widened(int(self.filters.build(walk)), float(self.width.build(walk)))


def widened(filters: int, width: float) -> int:
    """Filters times a width, to the nearest multiple of 8 that takes no more than a tenth off.

    Widths are Howard et al.'s (2017, MobileNets, section 3.3), the rounding that of the networks
    published with Sandler et al. (2018, MobileNetV2).
    """
    if width == 1.0:
        return filters
    wanted = filters * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * wanted else rounded + 8


@dataclass(frozen=True)
class FirstStrides(Node):
    """A stage's strides, which its first block alone takes, and the first of a series that stands there."""

    strides: Node
    own: int | None
    """What all other blocks take: their own default."""

    def build(self, walk: Walk) -> int | None:
        is_first = all(walk.is_first(kind) for kind in ("block", "layer") if kind in walk.frames)
        return int(self.strides.build(walk)) if is_first else self.own


@dataclass(frozen=True)
class Absent(Node):
    """A part that is left out."""

    def build(self, walk: Walk) -> None:
        return None


@dataclass(frozen=True)
class PartNode(Node):
    """A part with its fields; what is not written is left to the model's defaults."""

    make: Callable[..., Any]
    fields: tuple[tuple[str, Node], ...]
    named: str = ""
    """The kind of repeat whose label becomes the part's name."""

    @property
    def inside(self) -> tuple[Node, ...]:
        return tuple(node for _, node in self.fields)

    def build(self, walk: Walk) -> Any:
        fields = {name: node.build(walk) for name, node in self.fields}
        if self.named:
            fields["name"] = walk.frames[self.named].label
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

    def build(self, walk: Walk) -> Any:
        built: list[Any] = []
        walk.choose(self, built, "")
        return built[-1] if built else None

    def visit(self, walk: Walk, built: list[Any], kind: str = "") -> None:
        walk.choose(self, built, kind)


@dataclass(frozen=True)
class Repeat(Node):
    """A part that comes several times in a row."""

    path: Path
    kind: str
    count: Node
    node: Node

    @property
    def inside(self) -> tuple[Node, ...]:
        return (self.node,)

    def build(self, walk: Walk) -> Any:
        raise AssertionError("a repeat is visited, not built")

    def visit(self, walk: Walk, built: list[Any], kind: str = "") -> None:
        for number in range(int(self.count.build(walk))):
            with walk.step(self.kind, Step(self.path, Label(number), False)):
                self.node.visit(walk, built, self.kind)


@dataclass(frozen=True)
class Sequence(Node):
    """Parts in order."""

    path: Path
    kind: str
    items: tuple[tuple[Label, Node], ...]

    @property
    def inside(self) -> tuple[Node, ...]:
        return tuple(node for _, node in self.items)

    def build(self, walk: Walk) -> Any:
        raise AssertionError("a sequence is visited, not built")

    def visit(self, walk: Walk, built: list[Any], kind: str = "") -> None:
        for label, node in self.items:
            with walk.step(self.kind, Step(self.path, label, True)):
                node.visit(walk, built, self.kind)


@dataclass(frozen=True)
class Many(Node):
    """Where parts of a kind repeat or follow each other: builds a tuple of them."""

    kind: str
    node: Node

    @property
    def inside(self) -> tuple[Node, ...]:
        return (self.node,)

    def build(self, walk: Walk) -> tuple[Any, ...]:
        built: list[Any] = []
        with walk.within(self.kind):
            self.node.visit(walk, built, self.kind)
        return tuple(built)


def models_in(*nodes: Node) -> list[type[BaseModel]]:
    """The models of all parts that could be built below these nodes, each once."""
    found: dict[type[BaseModel], None] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        waiting += node.inside
        if isinstance(node, PartNode) and isinstance(node.make, type) and issubclass(node.make, BaseModel):
            found[node.make] = None
    return list(found)
