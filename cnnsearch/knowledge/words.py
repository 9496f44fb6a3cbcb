"""A network and its training in one line each, for tables."""

from collections.abc import Iterable

from cnnsearch.architecture import Architecture
from cnnsearch.plan.training_plan import TrainingPlan


def network_words(architecture: Architecture) -> str:
    """Return a network in a few words, such as `conv 16, then conv+residual 32-64-128; global_average`."""
    stem = "+".join(_kinds(architecture.stem)) + _sizes([architecture.stem])
    stages = "+".join(_kinds(block for stage in architecture.stages for block in stage.blocks))
    stages += _sizes([stage.blocks for stage in architecture.stages])
    parts = [part for part in (stem, stages) if part]
    if architecture.decoder is not None:
        return f"{', then '.join(parts)}; {architecture.decoder.upsample}, {architecture.decoder.skip}"
    dense = "".join(f", dense {layer.units}" for layer in architecture.head.dense)
    return f"{', then '.join(parts)}; {architecture.head.pooling.type}{dense}"


def training_words(plan: TrainingPlan) -> str:
    """Return a training plan in a few words, such as `adamw 0.006, batch 64, flip+shift`."""
    augmentation = "+".join(part.type for part in plan.augmentation) or "no augmentation"
    optimizer = plan.optimizer
    return f"{optimizer.type} {optimizer.learning_rate:.2g}, batch {plan.batch_size}, {augmentation}"


def _kinds(blocks: Iterable[object]) -> list[str]:
    """Return the types of blocks, each once."""
    return list(dict.fromkeys(str(getattr(block, "type", "")) for block in blocks))


def _sizes(groups: Iterable[Iterable[object]]) -> str:
    """Return the filters of each group's widest block."""
    widest = [max((_width(block) for block in group), default=0) for group in groups]
    known = [str(width) for width in widest if width]
    return f" {'-'.join(known)}" if known else ""


def _width(block: object) -> int:
    return int(getattr(block, "filters", 0) or getattr(block, "growth_rate", 0) or 0)
