"""What a leg is given and what it leaves; shared by the process that runs the legs and those that are run."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

TOOLS = ("kt-random", "kt-hyperband", "kt-bayesian", "optuna", "cnnsearch")
EARLY_STOPPING_PATIENCE = 5
"""Epochs without a better validation loss, of KerasTuner's guide."""


class Leg(BaseModel):
    """One tool's search.

    Attributes:
        data: An .npz file with the three splits.
        seconds: The time limit.
        epochs: The most epochs of a trial.
        work: A folder of the leg's own.
        began: When its process was started, in seconds since 1970.
        pixels: The numbers in the examples, as `cnnsearch.space.Pixels` has them.
        baselines: What cnnsearch tries first: `all` baselines of the space, `none`, or networks `recommended`
            by the shipped experience without the dataset's origin.
        candidates: Sampled values of the networks to train, in place of a search.
    """

    model_config = ConfigDict(frozen=True)

    tool: str
    data: Path
    space: str
    seed: int
    seconds: float
    epochs: int
    backend: str
    work: Path
    began: float = 0.0
    input_shape: tuple[int, ...]
    num_classes: int
    pixels: dict[str, float | tuple[float, ...]]
    baselines: str = "all"
    candidates: list[dict[str, int | float | bool | str]] = []

    @property
    def deadline(self) -> float:
        """The time limit, in seconds since 1970."""
        return self.began + self.seconds

    @property
    def tool_seed(self) -> int:
        """KerasTuner takes 0 for no seed."""
        return self.seed + 1


class Event(BaseModel):
    """An epoch, or the end of a trial, and the validation accuracy there; `time` is in seconds since 1970."""

    time: float
    kind: str
    value: float | None = None


class Outcome(BaseModel):
    """What a tool has chosen, and how much it tried."""

    validation: float
    test: float
    trials: int
    infeasible: int


class Result(BaseModel):
    """A leg's file.

    Attributes:
        curve: After so many seconds, the best validation accuracy of any epoch so far.
        trials_at: After how many seconds each trial ended.
        wall: Seconds until the process ended.
        peak_mb: The most main memory of the process and its children together (resident sets, added up).
        steps: Seconds spent in training and validation steps; None where that was not measured.
    """

    tool: str
    seed: int
    outcome: Outcome
    curve: list[tuple[float, float]]
    trials_at: list[float]
    wall: float
    peak_mb: float
    steps: float | None = None

    def best_at(self, seconds: float) -> float:
        """The best validation accuracy after so many seconds; 0 before the first epoch."""
        return max((value for time, value in self.curve if time <= seconds), default=0.0)

    def time_to(self, value: float, seconds: float) -> float | None:
        """After how many seconds, within the time limit, a validation accuracy was reached."""
        return next((time for time, found in self.curve if found >= value and time <= seconds), None)


def curve_of(events: list[Event], began: float) -> list[tuple[float, float]]:
    """The best validation accuracy so far, each time that it rose."""
    curve: list[tuple[float, float]] = []
    for event in sorted(events, key=lambda event: event.time):
        if event.value is not None and (not curve or event.value > curve[-1][1]):
            curve.append((round(event.time - began, 3), event.value))
    return curve
