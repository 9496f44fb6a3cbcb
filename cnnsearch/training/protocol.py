"""What the driver and a worker say to each other: one JSON object a line. Imports only pydantic, the plan
and what a value can be.

driver -> worker: train, then one verdict for each epoch reported; shutdown ends the process.
worker -> driver: ready once, then for each trial its epochs and one result; heartbeats all the while.
A hypermodel's network is known only by building it: there the worker asks for each value (suggest, answered
by suggestion) and tells when it stands (built, answered by a verdict). A job that measures has it tell once
how fast its steps are (speeds).
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter

from cnnsearch.architecture.recipe import Plain, Possible
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.base import ClassWeights, Direction
from cnnsearch.training.fidelity import Fidelity

Decision = Literal["continue", "stop", "pause"]
Outcome = Literal["complete", "stopped", "paused", "diverged", "failed", "infeasible"]
Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
MetricValues = dict[str, FiniteFloat]

CHECKPOINT, WEIGHTS = "checkpoint.npz", "weights.npz"
"""What a worker keeps in the folder of a job: its state after an epoch, and the best weights."""


class Message(BaseModel):
    """What every message shares: frozen, and no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Train(Message):
    """A job: train one candidate, from its checkpoint where its folder has one."""

    type: Literal["train"] = "train"
    trial: int = Field(ge=0)
    architecture: dict[str, Any] = Field(description="An Architecture in JSON.")
    plan: TrainingPlan
    data: Path = Field(description="The folder of a stored dataset.")
    directory: Path = Field(description="The trial's folder, for checkpoint.npz and weights.npz.")
    epochs: int = Field(ge=1, description="The full budget, at whose end schedules arrive.")
    fidelity: Fidelity | None = Field(
        default=None,
        description="Rounds in place of epochs; None: an epoch is a pass over the training split.",
    )
    seed: int = Field(ge=0, lt=2**32, description="Every random draw of the trial follows from it.")
    precision: Precision | None = Field(default=None, description="None: as the worker was started.")
    metric: str = Field(description="What the best epoch is chosen by, and early stopping watches.")
    direction: Direction
    class_weights: ClassWeights = Field(default="none", description="How classes count in the training loss.")
    folds: int = Field(default=1, ge=1, description="1: the stored validation split; else cross-validation.")
    asks: bool = Field(default=False, description="Whether a hypermodel asks for values that it has not got.")
    measures: bool = Field(default=False, description="Whether to find out how fast it is on fewer cores.")

    @property
    def first_epochs(self) -> int:
        """The budget before it was changed on the way."""
        return self.fidelity.first_rounds if self.fidelity else self.epochs

    def resized(self, fidelity: Fidelity) -> "Train":
        """This job with another length, of which a part is over."""
        return self.model_copy(update={"epochs": fidelity.rounds, "fidelity": fidelity})


class Verdict(Message):
    """The answer to an epoch: go on, end here, or leave a checkpoint and end for now."""

    type: Literal["verdict"] = "verdict"
    trial: int = Field(ge=0)
    decision: Decision
    fidelity: Fidelity | None = Field(
        default=None, description="The trial's from now on, where its length is changed."
    )


class Suggestion(Message):
    """The answer to a `suggest`: a value, or why there is none."""

    type: Literal["suggestion"] = "suggestion"
    trial: int = Field(ge=0)
    value: Plain | None = None
    refused: str = ""


class Shutdown(Message):
    """Ends the worker's process."""

    type: Literal["shutdown"] = "shutdown"


class Ready(Message):
    """The worker has loaded its backend and takes jobs."""

    type: Literal["ready"] = "ready"
    backend: str
    versions: dict[str, str] = Field(description="Of python, keras, the backend and numpy.")
    devices: tuple[str, ...] = Field(description="As Keras names them, such as cpu:0.")

    @property
    def is_on_cpu(self) -> bool:
        """Whether there is no accelerator."""
        return all(device.startswith("cpu") for device in self.devices)


class Heartbeat(Message):
    """The worker lives; said every few seconds, whatever it does."""

    type: Literal["heartbeat"] = "heartbeat"


class Suggest(Message):
    """A hypermodel asks for a value; the worker waits for the suggestion."""

    type: Literal["suggest"] = "suggest"
    trial: int = Field(ge=0)
    name: str
    possible: Possible


class Built(Message):
    """A hypermodel's network stands; the worker waits for the verdict, to train it or not."""

    type: Literal["built"] = "built"
    trial: int = Field(ge=0)
    counts: dict[str, int]


class Speeds(Message):
    """How fast a job's steps are; nothing waits for an answer."""

    type: Literal["speeds"] = "speeds"
    trial: int = Field(ge=0)
    seconds: dict[int, float] = Field(description="Of a step, by how many cores work on it.")


class EpochReport(Message):
    """One epoch is done; the worker waits for the verdict."""

    type: Literal["epoch"] = "epoch"
    trial: int = Field(ge=0)
    fold: int = Field(default=0, ge=0)
    epoch: int = Field(ge=1, description="Epochs finished, in this fold.")
    is_last: bool = Field(default=False, description="Whether the fold ends with it.")
    time: float = Field(description="Seconds since 1970.")
    metrics: MetricValues
    step_seconds: float | None = Field(
        default=None, description="The mean of a training step; None where too few were clocked."
    )


class JobResult(Message):
    """How a job ended. Complete and stopped ones have left weights.npz in the trial's folder."""

    type: Literal["result"] = "result"
    trial: int = Field(ge=0)
    outcome: Outcome
    epochs: int = Field(
        ge=0, description="Epochs finished, in the last fold, before a checkpoint or after; failed: 0."
    )
    best_epoch: int = Field(ge=0, description="0: no epoch finished.")
    metrics: MetricValues = Field(description="Those of the best epoch, in the last fold.")
    reason: str = Field(description="Why it ended before its epochs were spent; empty when it did not.")
    seconds: float = Field(ge=0, description="How long this job took, waiting for verdicts included.")


DriverMessage = Annotated[Train | Verdict | Suggestion | Shutdown, Field(discriminator="type")]
WorkerMessage = Annotated[
    Ready | Heartbeat | Suggest | Built | Speeds | EpochReport | JobResult, Field(discriminator="type")
]

_DRIVER: TypeAdapter[Train | Verdict | Suggestion | Shutdown] = TypeAdapter(DriverMessage)
_WORKER: TypeAdapter[Ready | Heartbeat | Suggest | Built | Speeds | EpochReport | JobResult] = TypeAdapter(
    WorkerMessage
)


def encode(message: Message) -> str:
    """One message as one line, its end of line included."""
    return message.model_dump_json() + "\n"


def decode_driver_message(line: str) -> Train | Verdict | Suggestion | Shutdown:
    """Reads what a driver wrote.

    Raises:
        pydantic.ValidationError: The line is no message of a driver.
    """
    return _DRIVER.validate_json(line)


def decode_worker_message(
    line: str,
) -> Ready | Heartbeat | Suggest | Built | Speeds | EpochReport | JobResult:
    """Reads what a worker wrote.

    Raises:
        pydantic.ValidationError: The line is no message of a worker.
    """
    return _WORKER.validate_json(line)
