"""The base of every part of a training plan. Imports only pydantic."""

from pydantic import BaseModel, ConfigDict


class PlanPart(BaseModel):
    """A frozen part of a training plan; unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")
