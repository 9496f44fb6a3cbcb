"""What a search is told beside its space and data; written to runs/STUDY/study.yaml and kept on resume."""

import re
from io import StringIO
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML

from cnnsearch.errors import SettingsError
from cnnsearch.search.files import write_text
from cnnsearch.space.reading import near

SamplerName = Literal["tpe", "random", "grid", "nsga2", "gp", "cmaes"]
PrunerName = Literal["asha", "hyperband", "median", "none"]
Objective = Literal["validation_accuracy", "validation_loss"]
Backend = Literal["tensorflow", "jax"]
Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]

Direction = Literal["maximize", "minimize"]

DIRECTIONS: dict[Objective, Direction] = {"validation_accuracy": "maximize", "validation_loss": "minimize"}


class Settings(BaseModel):
    """The settings of a study.

    Attributes:
        trials: Trials in all, resumed ones included: complete, pruned and failed ones count, infeasible
            ones do not.
        timeout: Seconds that the search may take in all; None for no limit.
        epochs: The most epochs a trial is trained for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    space: str
    data: str
    trials: int | None = Field(20, ge=1)
    timeout: float | None = Field(None, gt=0)
    epochs: int = Field(20, ge=1)
    seed: int = Field(0, ge=0, lt=2**31)
    sampler: SamplerName = "tpe"
    pruner: PrunerName = "asha"
    objective: Objective = "validation_accuracy"
    workers: int = Field(1, ge=1)
    backend: Backend = "tensorflow"
    precision: Precision = "float32"
    image_size: tuple[int, int] | None = None
    baselines: Literal["all", "none"] = "all"
    tracking_uri: str = ""
    overrides: dict[str, str] = {}

    @property
    def direction(self) -> Direction:
        """`maximize` or `minimize`."""
        return DIRECTIONS[self.objective]


def checked_settings(values: dict[str, Any]) -> Settings:
    """Settings from plain values.

    Raises:
        SettingsError: A value is out of its range or unknown; all of them are told at once.
    """
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [_fault(fault["loc"], fault) for fault in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def _fault(place: tuple[int | str, ...], fault: Any) -> str:
    name, found = str(place[0]).replace("_", "-"), fault["input"]
    rule = fault.get("ctx", {})
    if "expected" in rule:
        known = re.findall(r"'([^']+)'", str(rule["expected"]))
        return f"--{name}: found {found}; expected one of {', '.join(known)}.{near(str(found), known)}"
    return f"--{name}: found {found}; {fault['msg'].lower()}"


def dump_yaml(value: Any) -> str:
    """A value as YAML text."""
    text = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.dump(value, text)
    return text.getvalue()


def load_settings(path: Path) -> Settings:
    """The settings in a study's file.

    Raises:
        SettingsError: The file was changed into something that is no setting.
    """
    return checked_settings(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))


def save_settings(settings: Settings, path: Path) -> None:
    """Writes a study's settings."""
    write_text(path, dump_yaml(settings.model_dump(mode="json")))
