"""Small architectures, and the rows that a block adds to a network's table."""

from cnnsearch.architecture import Architecture, Head, Input, LayerSummary, Stage, analyze
from cnnsearch.architecture.blocks import Block
from cnnsearch.tasks.classification.task import Classification


def of_blocks(*blocks: Block, shape: tuple[int, ...] = (8, 8, 3), **head) -> Architecture:
    """A network of one stage on an input that is not scaled."""
    return Architecture(
        input=Input(shape=shape, scaling="none"),
        stages=(Stage(blocks=blocks),),
        head=Head(**head),
        outputs=Classification.of(10).outputs,
    )


def rows_of(block: Block, *shape: int, **head) -> list[LayerSummary]:
    """The layers of a block that is a network's only one, and so its last."""
    layers = analyze(of_blocks(block, shape=shape, **head)).layers
    return [layer for layer in layers if layer.name.startswith("stage0_block0_")]


def names_of(block: Block, *shape: int) -> list[str]:
    """What those layers are called within the block."""
    return [row.name.removeprefix("stage0_block0_") for row in rows_of(block, *shape)]


def weights_of(block: Block, *shape: int) -> int:
    """How many weights a block holds."""
    return sum(row.num_weights for row in rows_of(block, *shape))


def macs_of(block: Block, *shape: int) -> int:
    """How many multiply-accumulates a block takes."""
    return sum(row.macs for row in rows_of(block, *shape))
