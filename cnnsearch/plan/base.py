"""Base class of the parts of a training plan."""

from pydantic import BaseModel, ConfigDict


class PlanPart(BaseModel):
    """A frozen part of a training plan; unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")
