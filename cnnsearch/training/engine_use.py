"""Which engine trained a network, and what its compilation took. Imports pydantic only."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

EngineName = Literal["fit", "compiled"]
EngineChoice = Literal["auto", "fit", "compiled"]


class EngineUse(BaseModel):
    """The engine of one training.

    Attributes:
        engine: Its name.
        group: The number of networks that were trained as one program.
        compile_seconds: The network's share of the time of compilation; `fit` compiles in its first steps,
            which are not measured apart.
        reason: Why it was not trained by the engine that was asked for; empty if it was.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: EngineName = "fit"
    group: int = Field(default=1, ge=1)
    compile_seconds: float = Field(default=0.0, ge=0)
    reason: str = ""
