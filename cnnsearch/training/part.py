"""What every part of a training plan shares, for plan.py and augmentations.py. Imports only pydantic."""

from pydantic import BaseModel, ConfigDict


class PlanPart(BaseModel):
    """A frozen part of a plan, which refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
