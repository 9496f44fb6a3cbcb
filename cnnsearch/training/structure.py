"""What networks must agree in to be trained as one program. Imports no Keras."""

import json
from typing import Any

from cnnsearch.architecture import Architecture
from cnnsearch.plan.augmentation import AnyAugmentation
from cnnsearch.plan.training_plan import TrainingPlan

_RATES = ("dropout", "spatial_dropout", "stochastic_depth")
"""Fields of blocks that may differ, unless one of them is 0."""
_KINDS = ("type", "clipnorm", "nesterov", "centered")
"""Fields of optimizers that may not differ; the others may, unless one of them is 0."""


def structure(architecture: Architecture, plan: TrainingPlan) -> str:
    """Return all of a network and its training but its numbers: learning rate and schedule, other settings of
    the optimizer, dropout rates, label smoothing, and the strengths of augmentations."""
    optimizer = plan.optimizer.model_dump(mode="json", exclude={"learning_rate"})
    settings = {name: value if name in _KINDS else bool(value) for name, value in optimizer.items()}
    network = _without_rates(architecture.model_dump(mode="json"))
    training = [settings, plan.batch_size, plan.loss, [without_strengths(kind) for kind in plan.augmentation]]
    return json.dumps([network, training], sort_keys=True)


def without_strengths(kind: AnyAugmentation) -> dict[str, Any]:
    """Return the fields of an augmentation that are not numbers."""
    return {name: value for name, value in kind.model_dump().items() if not isinstance(value, float)}


def _without_rates(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: bool(each) if name in _RATES else _without_rates(each) for name, each in part.items()}
    return [_without_rates(each) for each in part] if isinstance(part, list) else part
