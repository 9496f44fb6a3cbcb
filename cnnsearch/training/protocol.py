"""The messages between the driver and a worker: one JSON object a line. Imports only pydantic and the
descriptions of a candidate.

A job has one or more members, trials that train side by side. Each has its own reports, verdicts and result.

driver -> worker: train, then one message of verdicts for each message of reports; shutdown ends the process.
worker -> driver: ready once, then for each job the reports of its epochs, and the result of each member when
it ends; heartbeats throughout, with the progress within the epoch.
The network of a hypermodel is known only after it is built: the worker requests each value (suggest, answered
by suggestion) and reports the finished network (built, answered by a verdict). For a job that measures, the
worker reports once how fast its steps are (speeds); for one that compares engines, the faster one
(engine).
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter

from cnnsearch.architecture import Architecture
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.space.candidate import AnyCandidate, Candidate
from cnnsearch.space.domains import AnyDomain, Plain
from cnnsearch.tasks.metric import Direction
from cnnsearch.tasks.training import ClassWeights
from cnnsearch.training.backend import has_accelerator
from cnnsearch.training.engine_use import EngineName, EngineUse
from cnnsearch.training.fidelity import Fidelity

Decision = Literal["continue", "stop", "pause"]
Outcome = Literal["complete", "stopped", "paused", "diverged", "failed", "infeasible"]
Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
MetricValues = dict[str, FiniteFloat]


class Message(BaseModel):
    """The base of all messages: frozen, unknown fields are rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(Message):
    """One trial of a job."""

    trial: int = Field(ge=0)
    candidate: AnyCandidate
    place: str = Field(description="The folder of its files in the worker's store, such as trials/0003.")
    epochs: int = Field(ge=1, description="The full budget, at the end of which schedules end.")
    fidelity: Fidelity | None = Field(
        default=None,
        description="Rounds instead of epochs; None: an epoch is a pass over the training split.",
    )
    seed: int = Field(ge=0, lt=2**32, description="The source of every random draw of the trial.")

    @property
    def architecture(self) -> Architecture:
        """The network of a member whose candidate describes it."""
        return self._described.architecture

    @property
    def plan(self) -> TrainingPlan:
        """How that network is trained."""
        return self._described.training

    @property
    def _described(self) -> Candidate:
        assert isinstance(self.candidate, Candidate), self.candidate.type
        return self.candidate

    @property
    def first_epochs(self) -> int:
        """The budget before any change during the run."""
        return self.fidelity.first_rounds if self.fidelity else self.epochs

    def with_plan(self, plan: TrainingPlan) -> "Member":
        """Return the member with its network trained by another plan."""
        candidate = self._described.model_copy(update={"training": plan})
        return self.model_copy(update={"candidate": candidate})

    def resized(self, fidelity: Fidelity) -> "Member":
        """Return this member, already partly trained, with another length."""
        return self.model_copy(update={"epochs": fidelity.rounds, "fidelity": fidelity})


class Train(Message):
    """A job: train its members side by side, each from its checkpoint if there is one."""

    type: Literal["train"] = "train"
    members: tuple[Member, ...] = Field(min_length=1)
    data: str = Field(description="The name of a dataset in the worker's store.")
    precision: Precision | None = Field(default=None, description="None: the precision of the worker.")
    metric: str = Field(description="The metric that selects the best epoch and controls early stopping.")
    direction: Direction
    class_weights: ClassWeights = Field(default="none", description="Weights of the classes in the loss.")
    folds: int = Field(default=1, ge=1, description="1: the stored validation split; else cross-validation.")
    engine: EngineName = Field(default="fit", description="What trains the members; see training/engines.")
    compares: tuple[EngineName, ...] = Field(
        default=(), description="Engines whose speed is compared first; the fastest trains the members."
    )
    asks: bool = Field(default=False, description="Whether the values that a candidate lacks are requested.")
    measures: bool = Field(default=False, description="Whether to measure its speed on fewer cores.")

    @property
    def trials(self) -> tuple[int, ...]:
        """The numbers of its members."""
        return tuple(member.trial for member in self.members)

    def with_members(self, members: Iterable[Member]) -> "Train":
        """Return the job with other members."""
        return self.model_copy(update={"members": tuple(members)})


class Verdict(Message):
    """What a member does next: continue, stop, or write a checkpoint and pause."""

    trial: int = Field(ge=0)
    decision: Decision
    fidelity: Fidelity | None = Field(
        default=None, description="The trial's new fidelity, if its length is changed."
    )


class Verdicts(Message):
    """The answer to the reports of an epoch, or of a network: a verdict for each member that reported."""

    type: Literal["verdicts"] = "verdicts"
    verdicts: tuple[Verdict, ...]


class Suggestion(Message):
    """The answer to a `suggest`: a value, or the reason for its absence."""

    type: Literal["suggestion"] = "suggestion"
    trial: int = Field(ge=0)
    value: Plain | None = None
    refused: str = ""


class Shutdown(Message):
    """The request to end the worker's process."""

    type: Literal["shutdown"] = "shutdown"


class Ready(Message):
    """The worker has loaded its backend and accepts jobs."""

    type: Literal["ready"] = "ready"
    backend: str
    versions: dict[str, str] = Field(description="The versions of python, keras, the backend and numpy.")
    devices: tuple[str, ...] = Field(description="Device names of Keras, such as cpu:0.")

    @property
    def is_on_cpu(self) -> bool:
        """Whether there is no accelerator."""
        return not has_accelerator(self.devices)


class Heartbeat(Message):
    """The worker is alive; sent every few seconds, also during training."""

    type: Literal["heartbeat"] = "heartbeat"
    trial: int | None = Field(default=None, ge=0, description="The job's first member during its epochs.")
    share: float = Field(default=0.0, ge=0, le=1, description="Finished share of its current epoch.")


class Suggest(Message):
    """The code that builds a network requests a value; the worker waits for the suggestion."""

    type: Literal["suggest"] = "suggest"
    trial: int = Field(ge=0)
    name: str
    domain: AnyDomain


class Built(Message):
    """A network not known in advance is built; the worker waits for the verdict whether to train it."""

    type: Literal["built"] = "built"
    trial: int = Field(ge=0)
    counts: dict[str, int]


class Speeds(Message):
    """How fast a job's steps are; there is no answer."""

    type: Literal["speeds"] = "speeds"
    trial: int = Field(ge=0)
    seconds: dict[int, float] = Field(description="Duration of a step by the number of cores in use.")


class EngineMeasured(Message):
    """The engine that trains a job's networks fastest; there is no answer. The job goes on with it."""

    type: Literal["engine"] = "engine"
    trial: int = Field(ge=0)
    engine: EngineName
    group_size: int = Field(ge=1, description="Trials of one architecture to train together.")
    reason: str


class EpochReport(Message):
    """One epoch of a member."""

    trial: int = Field(ge=0)
    fold: int = Field(default=0, ge=0)
    epoch: int = Field(ge=1, description="Number of epochs finished in this fold.")
    is_last: bool = Field(default=False, description="Whether it is the last epoch of the fold.")
    time: float = Field(description="Seconds since 1970.")
    metrics: MetricValues
    step_seconds: float | None = Field(
        default=None, description="Mean duration of a training step; None: too few steps were measured."
    )


class EpochReports(Message):
    """One epoch of all members still in training is finished; the worker waits for the verdicts."""

    type: Literal["epoch"] = "epoch"
    reports: tuple[EpochReport, ...] = Field(min_length=1)


class MemberResult(Message):
    """The end of a member. Complete and stopped ones have written weights.npz to their place in the store."""

    type: Literal["result"] = "result"
    trial: int = Field(ge=0)
    outcome: Outcome
    epochs: int = Field(
        ge=0, description="Epochs finished in the last fold, including those before a checkpoint; failed: 0."
    )
    best_epoch: int = Field(ge=0, description="0: no epoch finished.")
    metrics: MetricValues = Field(description="The metrics of the best epoch in the last fold.")
    reason: str = Field(description="Why it ended before its last epoch; empty if it did not.")
    seconds: float = Field(
        ge=0, description="Duration since the start of the job, including the wait for verdicts."
    )
    use: EngineUse = Field(default=EngineUse(), description="What trained it.")


AnyDriverMessage = Train | Verdicts | Suggestion | Shutdown
AnyWorkerMessage = Ready | Heartbeat | Suggest | Built | Speeds | EngineMeasured | EpochReports | MemberResult

_DRIVER: TypeAdapter[AnyDriverMessage] = TypeAdapter(Annotated[AnyDriverMessage, Field(discriminator="type")])
_WORKER: TypeAdapter[AnyWorkerMessage] = TypeAdapter(Annotated[AnyWorkerMessage, Field(discriminator="type")])


def encode(message: Message) -> str:
    """Return the message as one line with its line break."""
    return message.model_dump_json() + "\n"


def decode_driver_message(line: str) -> AnyDriverMessage:
    """Read a message of a driver.

    Raises:
        pydantic.ValidationError: The line is not a message of a driver.
    """
    return _DRIVER.validate_json(line)


def decode_worker_message(line: str) -> AnyWorkerMessage:
    """Read a message of a worker.

    Raises:
        pydantic.ValidationError: The line is not a message of a worker.
    """
    return _WORKER.validate_json(line)
