"""The settings of a search beside its space and data; written to runs/STUDY/study.yaml and kept on resume."""

import re
from collections.abc import Collection
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cnnsearch.data.layout import Channels
from cnnsearch.data.reading import OnBad, SplitBy
from cnnsearch.errors import SettingsError
from cnnsearch.files import write_text
from cnnsearch.space import Hypermodel
from cnnsearch.study.credentials import without_credentials
from cnnsearch.study.objectives import COSTS, DIRECTIONS
from cnnsearch.suggestions import did_you_mean
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.metric import Direction, Metric
from cnnsearch.tasks.registry import MEASURED, TASKS
from cnnsearch.tasks.training import ClassWeights
from cnnsearch.training.backend import Backend
from cnnsearch.training.engine_use import EngineChoice, EngineName
from cnnsearch.training.protocol import Precision

SamplerName = Literal["tpe", "random", "grid", "nsga2", "gp", "cmaes"]
PrunerName = Literal["asha", "hyperband", "median", "none"]
Pick = Literal["best", "smallest", "fastest"]


def _auto_or_number(value: Any) -> Any:
    if value == "auto" or (str(value).isdecimal() and int(value) >= 1):
        return value
    raise ValueError("expected a number from 1, or auto")


def _one_of(name: str, known: Collection[str]) -> str:
    if name not in known:
        raise ValueError(f"expected one of {', '.join(known)}.{did_you_mean(name, known)}")
    return name


def _name_or_class(value: Any) -> str:
    """Return whether a sampler or pruner is a name or the class of an instance, which contains a dot."""
    return "class" if "." in str(value) else "name"


ClassPath = Annotated[str, Tag("class")]
"""`module.Class` of an instance given through the Python API."""
Sampler = Annotated[Annotated[SamplerName, Tag("name")] | ClassPath, Discriminator(_name_or_class)]
Pruner = Annotated[Annotated[PrunerName, Tag("name")] | ClassPath, Discriminator(_name_or_class)]
GroupSize = Annotated[Literal["auto"] | Annotated[int, Field(ge=1, le=64)], BeforeValidator(_auto_or_number)]
Workers = Annotated[Literal["auto"] | int, BeforeValidator(_auto_or_number)]

DEFAULT_TRIALS, DEFAULT_EPOCHS = 20, 20


class Settings(BaseModel):
    """The settings of a study.

    Attributes:
        space: The name or file of a space, or a hypermodel of KerasTuner.
        task: The name of the task; None: determined by the targets of the data.
        trials: The total number of trials, including earlier runs: complete, pruned and failed ones count,
            infeasible ones do not. None: no limit, or 20 if there is no time limit either.
        timeout: The time limit of the search in seconds, over all its runs; None: no limit.
        epochs: The most epochs of a trial. None: 20, or in a planned search the number of examples that the
            plan assigns.
        trial_timeout: The time limit of one trial in seconds; None: no limit.
        worker_memory: Bytes that a worker may allocate; None: no limit.
        sampler: A name, or the class of an instance given through the Python API.
        pruner: A name, or the class of an instance given through the Python API.
        value_range: The smallest and the largest value of the data; None: found in the training split.
        dims: The spatial dimensions of arrays; None: inferred from their axes.
        channels: The place of the channels' axis of arrays; None: inferred from their axes.
        data_root: The folder that a manifest's paths may also be in, and be relative to.
        follow_links: Whether links that lead out of the folder of the data are followed.
        on_bad: Whether an image that cannot be decoded is an error, or skipped with a warning.
        split_by: The rule for the splits; None: determined by the data, otherwise `random`.
        group: The manifest's column whose groups stay within one split.
        columns: The manifest's names of the columns `path`, `label`, `split`, `group`, `time` and `mask`.
        group_duplicates: Whether exact and near duplicates among images stay within one split.
        class_weights: `balanced`: in the training loss, classes are weighted inversely to their size.
        folds: Networks per trial, each trained on one fold of the train and validation splits; the score is
            the mean over folds. 1: one network, on the stored splits.
        objective: The criterion for pruning and for the best trial; by default the task's own.
        more_objectives: Further objectives; the result is then the front of the non-dominated trials.
        start_from: The folder of another study whose trials the sampler also uses.
        pick: The rule for the champion: the best of the finalists, or, among those within one standard error
            of it, the smallest or the one with the lowest latency (`fastest`).
        finalists: Top trials to retrain after the search; 0: none, the best trial is the champion.
        final_seeds: Random seeds per finalist.
        max_latency: The largest allowed median latency of the champion at batch size 1, in seconds.
        refit: Whether to train the champion once more, on train and validation.
        engine: How networks are trained: `fit`, by Keras's own loop; `compiled`, an epoch as one program, on
            JAX; `auto`: `fit` on TensorFlow, on JAX the faster one, measured in the first trial.
        group_size: Trials of one architecture that the compiled engine trains together; `auto`: several where
            that saves at least half of a trial's time, measured in the first trial.
        workers: Concurrent trials; `auto`: the number with the highest throughput, measured in the first
            trial.
        max_weights, max_macs, max_memory: Limits that replace those of the space; memory in bytes.
        warm_start: `recommended`: begin with networks that did best on similar datasets; `auto`: only in
            spaces that the shipped experience covers; `none`; else the name or path of a study, to begin as
            it did.
        tracking_uri: The address of the MLflow server, without a user and password.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    space: str | Hypermodel
    data: str
    task: str | None = None
    trials: int | None = Field(None, ge=1)
    timeout: float | None = Field(None, gt=0)
    epochs: int | None = Field(None, ge=1)
    trial_timeout: float | None = Field(None, gt=0)
    worker_memory: int | None = Field(None, ge=2**28)
    seed: int = Field(0, ge=0, lt=2**31)
    sampler: Sampler = "tpe"
    pruner: Pruner = "asha"
    class_weights: ClassWeights = "none"
    folds: int = Field(1, ge=1, le=100)
    objective: str = "validation_accuracy"
    more_objectives: tuple[str, ...] = ()
    pick: Pick = "best"
    finalists: int = Field(3, ge=0)
    final_seeds: int = Field(3, ge=0)
    max_latency: float | None = Field(None, gt=0)
    refit: bool = False
    workers: Workers = "auto"
    engine: EngineChoice = "auto"
    group_size: GroupSize = "auto"
    backend: Backend = "tensorflow"
    precision: Precision = "float32"
    max_weights: int | None = Field(None, ge=1)
    max_macs: int | None = Field(None, ge=1)
    max_memory: int | None = Field(None, ge=1)
    image_size: tuple[int, int] | None = None
    value_range: tuple[float, float] | None = None
    dims: Literal[1, 2, 3] | None = None
    channels: Channels | None = None
    data_root: str | None = None
    follow_links: bool = False
    on_bad: OnBad = "error"
    split_by: SplitBy | None = None
    group: str | None = None
    columns: dict[str, str] = {}
    group_duplicates: bool = False
    baselines: Literal["all", "none"] = "all"
    warm_start: str = "auto"
    tracking_uri: str = ""
    overrides: dict[str, str] = {}
    start_from: str = ""

    @field_validator("objective")
    @classmethod
    def _trained(cls, name: str) -> str:
        return _one_of(name, MEASURED)

    @field_validator("more_objectives")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_one_of(name, DIRECTIONS) for name in names)

    @field_validator("task")
    @classmethod
    def _registered(cls, name: str | None) -> str | None:
        return None if name is None else _one_of(name, TASKS)

    @field_validator("more_objectives")
    @classmethod
    def _distinct(cls, more: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if len({info.data.get("objective"), *more}) <= len(more):
            raise ValueError("an objective is given twice; name each one once")
        return more

    @field_validator("tracking_uri")
    @classmethod
    def _without_credentials(cls, address: str) -> str:
        return without_credentials(address)

    @model_validator(mode="before")
    @classmethod
    def _bounded(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Set the default number of trials if neither trials nor time are limited."""
        is_endless = values.get("trials") is None and values.get("timeout") is None
        return {**values, "trials": DEFAULT_TRIALS} if is_endless else values

    @model_validator(mode="before")
    @classmethod
    def _with_backend(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Choose JAX for the compiled engine unless a backend is given."""
        return {"backend": "jax", **values} if values.get("engine") == "compiled" else values

    @field_validator("engine")
    @classmethod
    def _can_train(cls, engine: EngineChoice, info: ValidationInfo) -> EngineChoice:
        if engine == "compiled" and isinstance(info.data.get("space"), Hypermodel):
            raise ValueError("a hypermodel trains with its own code; expected auto or fit")
        return engine

    @field_validator("backend")
    @classmethod
    def _fitting_engine(cls, backend: Backend, info: ValidationInfo) -> Backend:
        if info.data.get("engine") == "compiled" and backend != "jax":
            raise ValueError("the compiled engine needs the backend jax")
        return backend

    def for_task(self, task: Task) -> "Settings":
        """Return these settings with their task, and its objective if none was given.

        Raises:
            SettingsError: An objective, or another setting, is not valid for the task.
        """
        if self.task not in (None, task.type):
            raise SettingsError(f"--task: found {self.task} for a dataset whose task is {task.type}")
        known = [*task.objectives, *COSTS]
        given = self.objectives if "objective" in self.model_fields_set else self.more_objectives
        if wrong := [name for name in given if name not in known]:
            raise SettingsError(
                f"--objective: found {wrong[0]} for a {task.type} task; expected one of {', '.join(known)}."
                f"{did_you_mean(wrong[0], known)}"
            )
        if self.class_weights != "none" and not task.has_classes:
            raise SettingsError(
                f"--class-weights: found {self.class_weights} for a {task.type} task, which has no classes"
            )
        changes = {"task": task.type}
        if "objective" not in self.model_fields_set:
            changes["objective"] = task.objectives[0]
        return checked_settings({**self.model_dump(), **changes})

    @property
    def limits(self) -> dict[str, int]:
        """The constraints that were given in addition to the space's."""
        given = {"max_weights": self.max_weights, "max_macs": self.max_macs, "max_memory": self.max_memory}
        return {name: limit for name, limit in given.items() if limit is not None}

    @property
    def direction(self) -> Direction:
        """`maximize` or `minimize`, for the first objective."""
        return DIRECTIONS[self.objective]

    @property
    def main_metric(self) -> Metric:
        """The main metric of the task, or of classification before the task is known."""
        return (TASKS[self.task] if self.task else Classification).main_metric()

    @property
    def is_planned(self) -> bool:
        """Whether a plan divides the time limit, because nothing else determines the length of trials.

        Folds, hypermodels, grids and other pruners train by epochs.
        """
        by_epochs = self.epochs is not None or self.folds > 1 or isinstance(self.space, Hypermodel)
        return self.timeout is not None and not by_epochs and self.pruner == "asha" and self.sampler != "grid"

    @property
    def most_epochs(self) -> int:
        """The epochs of a trial in a search without a plan."""
        return self.epochs or DEFAULT_EPOCHS

    @property
    def engines(self) -> tuple[EngineName, ...]:
        """The engines that may train, of which the first is used until it is known which one is faster."""
        if self.engine != "auto":
            return (self.engine,)
        return ("fit", "compiled") if self.backend == "jax" and self.can_be_compiled else ("fit",)

    @property
    def can_be_compiled(self) -> bool:
        """Whether the compiled engine can train the space's networks; a hypermodel has code of its own."""
        return not isinstance(self.space, Hypermodel)

    @property
    def compared_engines(self) -> tuple[EngineName, ...]:
        """The engines whose speed, alone and in groups, is still to be compared."""
        is_open = len(self.engines) > 1 or (self.engine == "compiled" and self.group_size == "auto")
        return self.engines if is_open else ()

    @property
    def num_workers(self) -> int:
        """The number of concurrent trials; 1 until `auto` is resolved."""
        return 1 if self.workers == "auto" else self.workers

    @property
    def objectives(self) -> tuple[str, ...]:
        """All objectives, first the one for pruning."""
        return (self.objective, *self.more_objectives)

    @property
    def directions(self) -> list[Direction]:
        """The direction of each objective."""
        return [DIRECTIONS[name] for name in self.objectives]


OPTIONS = {"more_objectives": "--objective", "start_from": "--from"}
"""Settings whose options have another name."""
PRIVATE = {"tracking_uri"}
"""Settings whose values are not shown in messages."""


def checked_settings(values: dict[str, Any]) -> Settings:
    """Return settings from plain values.

    Raises:
        SettingsError: Values are out of range or unknown; the message lists all of them.
    """
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [_fault(fault["loc"], fault) for fault in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def _fault(place: tuple[int | str, ...], fault: Any) -> str:
    name, found = str(place[0]), fault["input"]
    option = OPTIONS.get(name, f"--{name.replace('_', '-')}")
    if name in PRIVATE:
        return f"{option}: {fault['msg'].removeprefix('Value error, ')}"
    match fault["type"]:
        case "literal_error":
            known = re.split(", | or ", fault["ctx"]["expected"].replace("'", ""))  # 1, 2 or 3; 'a' or 'b'
            hint = did_you_mean(str(found), known)
            return f"{option}: found {found}; expected one of {', '.join(known)}.{hint}"
        case "extra_forbidden":
            return f"{name}: is not a setting.{did_you_mean(name, Settings.model_fields)}"
        case "missing":
            return f"{name}: is missing"
    return f"{option}: found {found}; {fault['msg'].removeprefix('Value error, ').lower()}"


def dump_yaml(value: Any, *, is_compact: bool = False) -> str:
    """Return a value as YAML text, with its own order of keys.

    Args:
        value: Plain data.
        is_compact: Whether lists and mappings of single values take one line each.
    """
    text = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None if is_compact else False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(value, text)
    return text.getvalue()


def load_settings(path: Path) -> Settings:
    """Return the settings in a study's file.

    Raises:
        SettingsError: The file cannot be read, or contains an invalid setting.
    """
    try:
        values = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise SettingsError("contains no settings; restore the file that the search wrote")
        return checked_settings(values)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise SettingsError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def save_settings(settings: Settings, path: Path) -> None:
    """Write a study's settings."""
    write_text(path, dump_yaml(settings.model_dump(mode="json")))
