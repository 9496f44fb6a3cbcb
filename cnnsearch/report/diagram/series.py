"""Layers of a graph -> a chain of boxes, branches and repeated chains, for the drawing.

All blocks of the vocabulary are series-parallel graphs; any other graph becomes a single box.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from cnnsearch.architecture.graph import Graph
from cnnsearch.architecture.layers import Shape
from cnnsearch.report.diagram.anatomy import NetworkPart
from cnnsearch.report.diagram.flow import Flow
from cnnsearch.report.diagram.labels import FOLLOWERS, kind_of, label


@dataclass(frozen=True)
class Box:
    """A layer, with the following layers that keep its shape.

    Attributes:
        number: The number of the last node.
        skips: The nodes of other parts that the layer reads.
        is_fed: Whether it also reads a node of its own part, or the one before the part.
    """

    title: str
    detail: str
    kind: str
    shape: Shape
    number: int
    skips: tuple[int, ...] = ()
    is_fed: bool = True

    @property
    def signature(self) -> Hashable:
        """The value that equal boxes share; it excludes the channels, which may grow."""
        return self.title, self.detail, self.shape[:-1], self.skips

    @property
    def begins(self) -> bool:
        """Whether it reads only other parts of the network."""
        return not self.is_fed


@dataclass(frozen=True)
class Branches:
    """Branches side by side, and the layer that joins them; an empty branch is a shortcut."""

    branches: tuple["Chain", ...]
    join: Box

    @property
    def signature(self) -> Hashable:
        """The value that equal items share."""
        return tuple(branch.signature for branch in self.branches), self.join.signature

    @property
    def begins(self) -> bool:
        """Whether all branches read only other parts of the network."""
        return all(branch.begins for branch in self.branches)


@dataclass(frozen=True)
class Chain:
    """Items in sequence; with a title they have a frame."""

    items: tuple["Item", ...]
    title: str = ""

    @property
    def signature(self) -> Hashable:
        """The value that equal items share."""
        return self.title, tuple(item.signature for item in self.items)

    @property
    def begins(self) -> bool:
        """Whether the first item reads only other parts of the network."""
        return bool(self.items) and self.items[0].begins


@dataclass(frozen=True)
class RepeatedChain:
    """A chain that occurs `count` times in a row."""

    body: Chain
    count: int

    @property
    def signature(self) -> Hashable:
        """The value that equal items share."""
        return self.count, self.body.signature

    @property
    def begins(self) -> bool:
        """Whether the first item reads only other parts of the network."""
        return self.body.begins


Item = Box | Branches | Chain | RepeatedChain


def series_of(part: NetworkPart, graph: Graph) -> Chain:
    """Return a part of a network as a chain in which repeated blocks occur once."""
    items: list[Item] = []
    flow = Flow(graph, part.units[0].start)
    for unit in part.units:
        inner = _series(flow, range(unit.start, unit.stop))
        is_framed = bool(unit.title) and (len(inner) > 1 or isinstance(inner[0], Branches))
        items += [Chain(tuple(inner), unit.title)] if is_framed else inner
    return Chain(collapsed(_fused(items)))


def _series(flow: Flow, numbers: Sequence[int]) -> list[Item]:
    """Return a subgraph with one start and one end as items, cut at nodes that all paths pass."""
    items: list[Item] = []
    start = 0
    for place in range(len(numbers)):
        if _is_narrow(flow, numbers, place):
            items.append(_segment(flow, numbers[start : place + 1]))
            start = place + 1
    return list(collapsed(_fused(items)))


def _is_narrow(flow: Flow, numbers: Sequence[int], place: int) -> bool:
    after = numbers[place + 1 :]
    return all(given >= numbers[place] for number in after for given in flow.inputs(number))


def _segment(flow: Flow, numbers: Sequence[int]) -> Item:
    """Return a single layer, or the branches between a fork and the layer that joins them."""
    *inside, last = numbers
    if not inside:
        return _joined(flow, last) if len(flow.inputs(last)) > 1 else _box(flow, last)
    groups = _components(flow, inside)
    direct = [given for given in flow.inputs(last) if given not in inside]
    ends = [sum(given in group for given in flow.inputs(last)) for group in groups]
    if len(groups) + len(direct) < 2 or max(ends) > 1:
        skips = tuple(skip for number in numbers for skip in flow.skips(number))
        return Box(f"{len(numbers)} layers", "", "other", flow.graph.nodes[last].shape, last, skips)
    branches = [Chain(tuple(_series(flow, group))) for group in groups]
    branches.sort(key=lambda branch: not branch.begins)  # a line from another part comes from the left
    return Branches((*branches, *(Chain(()) for _ in direct)), _box(flow, last))


def _joined(flow: Flow, number: int) -> Item:
    """Return a layer that joins the input with itself."""
    return Branches(tuple(Chain(()) for _ in flow.inputs(number)), _box(flow, number))


def _components(flow: Flow, numbers: Sequence[int]) -> list[list[int]]:
    """Return the connected components, each in order."""
    group = {number: number for number in numbers}
    for number in numbers:
        for given in flow.inputs(number):
            if given in group:
                old, new = group[number], group[given]
                group = {n: new if g == old else g for n, g in group.items()}
    roots = dict.fromkeys(group.values())
    return [[number for number in numbers if group[number] == root] for root in roots]


def _box(flow: Flow, number: int) -> Box:
    node = flow.graph.nodes[number]
    kind = "follower" if node.layer.type in FOLLOWERS else kind_of(node.layer)
    skips, is_fed = flow.skips(number), bool(flow.inputs(number))
    return Box(label(node.layer, flow.graph.dimensions), "", kind, node.shape, number, skips, is_fed)


def _fused(items: Iterable[Item]) -> list[Item]:
    """Merge normalization, activation and similar layers into the box of the preceding layer."""
    fused: list[Item] = []
    for item in items:
        last = fused[-1] if fused else None
        is_follower = isinstance(item, Box) and item.kind == "follower" and not item.skips
        if isinstance(item, Box) and is_follower and isinstance(last, Box):
            fused[-1] = replace(_with_words(last, item.title), shape=item.shape, number=item.number)
        else:
            fused.append(item)
    return fused


def _with_words(box: Box, words: str) -> Box:
    """Return a box that also names a following layer."""
    if box.kind == "follower":
        return replace(box, title=f"{box.title}, {words}")
    return replace(box, detail=f"{box.detail}, {words}" if box.detail else words)


def collapsed(items: Sequence[Item]) -> tuple[Item, ...]:
    """Replace runs of equal items by repeats; two equal boxes are kept."""
    result: list[Item] = []
    place = 0
    while place < len(items):
        period, count = _best_run(items, place)
        if count > 1:
            result.append(RepeatedChain(Chain(tuple(items[place + (count - 1) * period :][:period])), count))
        else:
            result.append(items[place])
        place += period * count
    return tuple(result)


def _best_run(items: Sequence[Item], place: int) -> tuple[int, int]:
    """Return the period and count of the longest run that starts at a position."""
    best = (1, 1)
    signatures = [item.signature for item in items[place:]]
    for period in range(1, len(signatures) // 2 + 1):
        count = 1
        while signatures[count * period : (count + 1) * period] == signatures[:period]:
            count += 1
        is_small = period == 1 and isinstance(items[place], Box) and count < 3
        if count > 1 and not is_small and period * count > best[0] * best[1]:
            best = (period, count)
    return best
