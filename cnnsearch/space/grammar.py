"""What may stand where in a space. Words, fields, bounds and defaults come from the models of
`architecture.blocks` and `training.plan`; the parser and the JSON Schema both read this grammar."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import BaseModel

from cnnsearch.architecture.analysis import COUNTS
from cnnsearch.architecture.blocks import BLOCKS, HEAD_POOLINGS, NORMALIZATIONS, Conv, Dense
from cnnsearch.architecture.network import Head, Input
from cnnsearch.space.reading import Plain, quoted
from cnnsearch.training.plan import (
    Adam,
    AdamW,
    Constant,
    Cosine,
    EarlyStopping,
    RMSprop,
    Sgd,
    TrainingPlan,
)


@dataclass(frozen=True)
class Value:
    """A slot for one number, word or truth value, or for a domain of them."""

    kind: str
    """integer, number, boolean or string, as JSON Schema says it."""
    low: float | None = None
    high: float | None = None
    exclusive_low: float | None = None
    exclusive_high: float | None = None
    words: tuple[str, ...] = ()
    description: str = ""
    default: Any = None

    @property
    def is_number(self) -> bool:
        """Whether ranges and progressions make sense here."""
        return self.kind in ("integer", "number")

    @property
    def expected(self) -> str:
        """The rule, for a message."""
        if self.words:
            return "one of " + ", ".join(self.words)
        if self.kind == "boolean":
            return "true or false"
        bounds = [
            f"of at least {self.low:g}" if self.low is not None else "",
            f"above {self.exclusive_low:g}" if self.exclusive_low is not None else "",
            f"of at most {self.high:g}" if self.high is not None else "",
            f"below {self.exclusive_high:g}" if self.exclusive_high is not None else "",
        ]
        noun = "a whole number" if self.kind == "integer" else "a number"
        return " ".join([noun, " and ".join(filter(None, bounds))]).strip()

    def accepts(self, value: Plain) -> bool:
        """Whether a value keeps the rule."""
        if not self.is_number:
            right = bool if self.kind == "boolean" else str
            return isinstance(value, right) and (not self.words or value in self.words)
        if isinstance(value, bool | str) or (self.kind == "integer" and not isinstance(value, int)):
            return False
        return (
            (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.exclusive_low is None or value > self.exclusive_low)
            and (self.exclusive_high is None or value < self.exclusive_high)
        )


@dataclass(frozen=True)
class Words:
    """A slot for a part: a word of the table, with that word's fields.

    `repeated` names what a repeat of it is called in `per_...`; such a slot takes `repeat` and `sequence`.
    """

    table: Mapping[str, type[BaseModel]]
    optional: bool = False
    repeated: str = ""
    is_layered: bool = False
    """Whether fields of the layers inside may be written beside the word."""
    takes_strides: bool = False
    """Whether the first part takes its stage's strides."""
    description: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its own that a mapping here can have."""
        return tuple(self.table)

    @property
    def expected(self) -> str:
        """The rule, for a message."""
        return ("none, " if self.optional else "") + quoted(self.table)


@dataclass(frozen=True)
class Section:
    """A slot for a mapping whose keys are slots themselves."""

    slots: Mapping[str, "Slot"]
    model: type[BaseModel] | None = None
    optional: bool = False
    repeated: str = ""
    is_layered: bool = False
    """Whether fields of the layers inside may be written here."""
    title: str = ""
    passed: tuple[str, ...] = ()
    """Keys that the parts inside take, and the section itself does not."""
    required: tuple[str, ...] = ()
    description: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its own that a mapping here can have."""
        return tuple(self.slots)

    @property
    def expected(self) -> str:
        """The rule, for a message."""
        return ("none, or " if self.optional else "") + f"a mapping of {quoted(self.slots)}"

    def scoped(self, key: str) -> str:
        """The name under which items find one of these keys written beside their list. A key that is the
        section's alone, such as the head's dropout, is no default for layers that have one of that name."""
        return key if self.model is not None or key in self.passed else f"{self.title}: {key}"


Slot = Value | Words | Section


@cache
def value_of(model: type[BaseModel], name: str) -> Value:
    """The slot of a model's field, with its bounds."""
    schema = model.model_json_schema()["properties"][name]
    options = schema.get("anyOf", [schema])
    rule = next(option for option in options if option.get("type") != "null")
    words = rule.get("enum", [rule["const"]] if "const" in rule else [])
    return Value(
        rule.get("type", "string"),
        rule.get("minimum"),
        rule.get("maximum"),
        rule.get("exclusiveMinimum"),
        rule.get("exclusiveMaximum"),
        tuple(words),
        schema.get("description", ""),
        schema.get("default"),
    )


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, Slot]:
    """The slots of a word's fields."""
    names = (name for name in model.model_fields if name not in ("type", "name"))
    return {name: PARTS.get(name) or value_of(model, name) for name in names}


OPTIMIZERS: Mapping[str, type[BaseModel]] = {"adam": Adam, "adamw": AdamW, "sgd": Sgd, "rmsprop": RMSprop}
SCHEDULES: Mapping[str, type[BaseModel]] = {"constant": Constant, "cosine": Cosine}

PARTS: Mapping[str, Slot] = {
    "normalization": Words(
        NORMALIZATIONS, optional=True, description="What stands between a convolution and its activation."
    ),
    "optimizer": Words(OPTIMIZERS, description="What turns gradients into steps."),
    "schedule": Words(SCHEDULES, description="How the learning rate changes over a trial."),
    "early_stopping": Section(
        {name: value_of(EarlyStopping, name) for name in EarlyStopping.model_fields},
        EarlyStopping,
        optional=True,
        description="When to end a trial that no longer improves.",
    ),
}

WIDTH = Value(
    "number", exclusive_low=0, description="Multiplies the filters inside, to multiples of 8.", default=1.0
)
COUNT = Value("integer", low=0, high=1000, description="How often the part comes in a row.", default=1)
GROWTH = Value("number", exclusive_low=0, description="Factor from one stage to the next.")

STEM = Words(
    BLOCKS, optional=True, repeated="block", is_layered=True, description="Blocks before the first stage."
)
STAGE = Section(
    {
        "filters": replace(value_of(Conv, "filters"), description="Filters of the stage's convolutions."),
        "strides": replace(value_of(Conv, "strides"), description="Strides of the stage's first block."),
        "blocks": Words(
            BLOCKS,
            repeated="block",
            is_layered=True,
            takes_strides=True,
            description="What a stage is made of.",
        ),
        "downsample": Words(
            BLOCKS, optional=True, repeated="block", is_layered=True, description="What follows the blocks."
        ),
    },
    repeated="stage",
    is_layered=True,
    title="stage",
    passed=("filters", "strides"),
    required=("blocks",),
    description="Blocks at one resolution, and what comes after them.",
)
HEAD = Section(
    {
        "blocks": Words(
            BLOCKS,
            optional=True,
            repeated="block",
            is_layered=True,
            description="Blocks after the last stage.",
        ),
        "pooling": Words(HEAD_POOLINGS, description="How the last feature map becomes a vector."),
        "dense": Section(
            fields_of(Dense),
            Dense,
            optional=True,
            repeated="layer",
            title="dense",
            description="Fully connected layers before the output.",
        ),
        "dropout": value_of(Head, "dropout"),
    },
    is_layered=True,
    title="head",
    description="From the last feature map to the output.",
)
INPUT = Section(
    {"scaling": value_of(Input, "scaling")},
    title="input",
    description="How the numbers that come in are scaled.",
)
ARCHITECTURE = Section(
    {"input": INPUT, "stem": STEM, "stages": STAGE, "head": HEAD},
    is_layered=True,
    title="architecture",
    required=("stages",),
    description="The network.",
)
TRAINING = Section(
    fields_of(TrainingPlan), TrainingPlan, title="training", description="How the network is trained."
)

REPEATS = ("stage", "block", "layer")
"""What a value can be sampled for each of: `per_stage`, ..."""

CONSTRAINTS = tuple(f"{bound}_{count}" for count in COUNTS for bound in ("min", "max"))


@cache
def layer_fields() -> Mapping[str, Slot]:
    """The fields that may be written further out, as a default for every part inside that has them."""
    found: dict[str, Slot] = {"width": WIDTH}
    for model in (*BLOCKS.values(), Dense):
        found.update({name: slot for name, slot in fields_of(model).items() if name != "strides"})
    return found
