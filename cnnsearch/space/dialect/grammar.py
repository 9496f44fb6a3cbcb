"""The grammar of a space: the values that each key accepts.

Words, fields, bounds and defaults come from the models of `architecture.blocks` and `plan`. The parser and
the JSON Schema use this grammar.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from inspect import get_annotations
from typing import Any

from pydantic import BaseModel

from cnnsearch.architecture.blocks import BLOCKS, HEAD_POOLINGS, NORMALIZATIONS, Conv, Dense
from cnnsearch.architecture.decoder import Decoder
from cnnsearch.architecture.filters import FIXED_FILTERS
from cnnsearch.architecture.network import Head, Input, Spectrogram
from cnnsearch.plan.augmentation import AUGMENTATIONS
from cnnsearch.plan.training_plan import (
    Adam,
    AdamW,
    Constant,
    Cosine,
    EarlyStopping,
    OneCycle,
    RMSprop,
    Sgd,
    TrainingPlan,
)
from cnnsearch.space.costs import COSTS
from cnnsearch.space.slots import PartSlot, SectionSlot, Slot, ValueSlot


@cache
def _schemas_of(model: type[BaseModel]) -> Mapping[str, Any]:
    """Return the JSON Schema of each of a model's fields."""
    fields: dict[str, Any] = model.model_json_schema()["properties"]
    return fields


@cache
def value_slot(model: type[BaseModel], name: str) -> ValueSlot:
    """Return the slot of a model's field, with its bounds.

    A field may take words, numbers and, as text with a pattern, numbers per dimension.
    """
    schema = _schemas_of(model)[name]
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    words = [word for option in options for word in _words_in(option)]
    numbers = [option for option in options if option.get("type") in ("integer", "number")]
    rule = numbers[0] if numbers else options[0]
    return ValueSlot(
        rule.get("type", "string"),
        rule.get("minimum"),
        rule.get("maximum"),
        rule.get("exclusiveMinimum"),
        rule.get("exclusiveMaximum"),
        tuple(words),
        per_dimension=any("pattern" in option for option in options),
        description=schema.get("description", ""),
        default=schema.get("default"),
    )


def _words_in(rule: Mapping[str, Any]) -> list[str]:
    """Return the words that a rule of a JSON Schema allows."""
    words: list[str] = rule.get("enum", [rule["const"]] if "const" in rule else [])
    return words


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, Slot]:
    """Return the slots of a model's fields."""
    own_first = dict.fromkeys(name for base in model.__mro__ for name in get_annotations(base))
    names = (name for name in own_first if name in model.model_fields and name not in ("type", "name"))
    return {name: _part_of(model, name) or value_slot(model, name) for name in names}


def _part_of(model: type[BaseModel], name: str) -> Slot | None:
    """Return the slot of a field that holds a part, with the model's default; None for other fields."""
    slot, default = PARTS.get(name), model.model_fields[name].default
    if isinstance(slot, PartSlot) and hasattr(default, "type"):
        return replace(slot, default=default.type)
    return slot


def _word_of(model: type[BaseModel], name: str) -> str:
    """Return the word of the part that is a field's default."""
    return str(model.model_fields[name].default.type)


OPTIMIZERS: Mapping[str, type[BaseModel]] = {"adam": Adam, "adamw": AdamW, "sgd": Sgd, "rmsprop": RMSprop}
SCHEDULES: Mapping[str, type[BaseModel]] = {"constant": Constant, "cosine": Cosine, "one_cycle": OneCycle}

PARTS: Mapping[str, Slot] = {
    "normalization": PartSlot(
        NORMALIZATIONS,
        optional=True,
        description="Normalization between a convolution and its activation.",
        default="none",
    ),
    "branches": PartSlot(
        BLOCKS,
        repeated="branch",
        is_layered=True,
        takes_strides=True,
        description="Blocks that read the same input.",
    ),
    "blocks": PartSlot(
        BLOCKS,
        repeated="layer",
        is_layered=True,
        takes_strides=True,
        description="Blocks of the series, in order.",
    ),
    "optimizer": PartSlot(
        OPTIMIZERS,
        description="Optimizer.",
        default=_word_of(TrainingPlan, "optimizer"),
    ),
    "schedule": PartSlot(
        SCHEDULES,
        description="Learning rate schedule.",
        default=_word_of(TrainingPlan, "schedule"),
    ),
    "augmentation": PartSlot(
        AUGMENTATIONS,
        optional=True,
        repeated="layer",
        description="Augmentation of the training examples.",
        default="none",
    ),
    "early_stopping": SectionSlot(
        {name: value_slot(EarlyStopping, name) for name in EarlyStopping.model_fields},
        EarlyStopping,
        optional=True,
        description="Rule for stopping a trial that no longer improves.",
        default="none",
    ),
}

WIDTH = ValueSlot(
    "number",
    exclusive_low=0,
    description="Factor of all filters inside, rounded to multiples of 8.",
    default=1.0,
)
COUNT = ValueSlot("integer", low=0, high=1000, description="Number of repeats of the part.", default=1)
GROWTH = ValueSlot("number", exclusive_low=0, description="Factor from one stage to the next.")

STEM = PartSlot(
    BLOCKS,
    optional=True,
    repeated="block",
    is_layered=True,
    description="Blocks before the first stage.",
    default="none",
)
STAGE = SectionSlot(
    {
        "filters": replace(value_slot(Conv, "filters"), description="Filters of the stage's convolutions."),
        "strides": replace(value_slot(Conv, "strides"), description="Strides of the stage's first block."),
        "blocks": PartSlot(
            BLOCKS,
            repeated="block",
            is_layered=True,
            takes_strides=True,
            description="Blocks of the stage.",
        ),
        "downsample": PartSlot(
            BLOCKS,
            optional=True,
            repeated="block",
            is_layered=True,
            description="Downsampling after the blocks.",
            default="none",
        ),
    },
    repeated="stage",
    is_layered=True,
    title="stage",
    passed=("filters", "strides"),
    required=("blocks",),
    description="Blocks at one resolution, and the downsampling after them.",
)
DECODER = SectionSlot(
    {
        "upsample": value_slot(Decoder, "upsample"),
        "skip": value_slot(Decoder, "skip"),
        "filters": value_slot(Decoder, "filters"),
        "stride": value_slot(Decoder, "stride"),
        "levels": value_slot(Decoder, "levels"),
        "skip_blocks": PartSlot(
            BLOCKS,
            optional=True,
            repeated="block",
            is_layered=True,
            description="Blocks that the encoder's map passes before it is merged.",
            default="none",
        ),
        "blocks": PartSlot(
            BLOCKS,
            optional=True,
            repeated="block",
            is_layered=True,
            settled=("filters",),
            description="Blocks of each level, with the filters of the level.",
            default="none",
        ),
    },
    optional=True,
    is_layered=True,
    title="decoder",
    description="The way back to an earlier resolution: one level for each resolution of the encoder, whose "
    "filters it has.",
    default="none",
)
HEAD = SectionSlot(
    {
        "blocks": PartSlot(
            BLOCKS,
            optional=True,
            repeated="block",
            is_layered=True,
            description="Blocks after the last stage.",
            default="none",
        ),
        "pooling": PartSlot(
            HEAD_POOLINGS,
            description="Reduction of the last feature map to a vector.",
            default=_word_of(Head, "pooling"),
        ),
        "dense": SectionSlot(
            fields_of(Dense),
            Dense,
            optional=True,
            repeated="layer",
            title="dense",
            description="Fully connected layers before the output.",
            default="none",
        ),
        "dropout": value_slot(Head, "dropout"),
    },
    is_layered=True,
    title="head",
    description="The layers between the last feature map and the output.",
)
INPUT = SectionSlot(
    {
        "scaling": value_slot(Input, "scaling"),
        "size": value_slot(Input, "size"),
        "spectrogram": SectionSlot(
            fields_of(Spectrogram),
            Spectrogram,
            title="spectrogram",
            description="Spectrogram of a signal, computed inside the network.",
        ),
        "fixed_filters": PartSlot(
            FIXED_FILTERS,
            optional=True,
            repeated="layer",
            description="Untrained filters before the first block.",
            default="none",
        ),
        "filtered": value_slot(Input, "filtered"),
    },
    title="input",
    description="Preprocessing of the examples before the first block.",
)
ARCHITECTURE = SectionSlot(
    {"input": INPUT, "stem": STEM, "stages": STAGE, "decoder": DECODER, "head": HEAD},
    is_layered=True,
    title="architecture",
    required=("stages",),
    description="The network.",
)
TRAINING = SectionSlot(
    fields_of(TrainingPlan), TrainingPlan, title="training", description="The training plan."
)

REPEATS = ("stage", "block", "layer", "branch")
"""The kinds of part in `per_stage`, `per_block`, ...: a value can be sampled for each of them."""

CONSTRAINTS = tuple(f"{bound}_{cost}" for cost in COSTS for bound in ("min", "max"))


@cache
def layer_fields() -> Mapping[str, Slot]:
    """Return the fields that may be written at an outer level, as defaults for all parts inside."""
    slots: dict[str, Slot] = {"width": WIDTH}
    for model in (*BLOCKS.values(), Dense):
        for name, slot in fields_of(model).items():
            holds_blocks = not isinstance(slot, ValueSlot) and slot.repeated
            if name != "strides" and not holds_blocks:
                slots.setdefault(name, slot)
    return slots
