"""One sampled point of a space, which is what a trial trains: an architecture with its training plan, or a
hypermodel's network with the values that its code asked for.

Where the two kinds differ, one has a method of its own; building and training them, which needs Keras, is in
`cnnsearch.interop.candidates`.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from cnnsearch.architecture import Architecture, Input, analyze
from cnnsearch.architecture.network import layout
from cnnsearch.architecture.outputs import Output
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.space.costs import costs
from cnnsearch.space.domains import AnyDomain, Plain

Baseline = Mapping[str, Plain]
"""A known point: values by parameter name; a parameter that is not here is sampled."""


class _Description(BaseModel):
    """Data that are frozen and go to JSON and back."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Candidate(_Description):
    """A network, its training plan, and the sampled values that led to them."""

    grows: ClassVar[bool] = False
    """Whether values are added once its trial has begun."""

    type: Literal["architecture"] = "architecture"
    architecture: Architecture
    training: TrainingPlan
    params: dict[str, Plain]

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What the network gives for an example."""
        return self.architecture.outputs

    @property
    def known_architecture(self) -> Architecture | None:
        """The network's layers; None where they are known to the code that builds them alone."""
        return self.architecture

    def costs(self) -> dict[str, int]:
        """Return what constraints can bound, by name; empty where only the built network shows it.

        Raises:
            InfeasibleArchitectureError: The network cannot be built.
        """
        return costs(analyze(self.architecture), self.training)

    def identity(self) -> str:
        """Return a digest that two candidates share if, and only if, they train the same layers alike."""
        graph = layout(self.architecture)
        network = [(node.layer, node.inputs) for node in graph.nodes]
        return _digest(graph.input_shape, self.architecture.input.size, network, self.training)

    def without_early_stopping(self) -> "Candidate":
        """Return the candidate that trains for all its epochs."""
        plan = self.training.model_copy(update={"early_stopping": None})
        return self.model_copy(update={"training": plan})

    def describe_network(self) -> dict[str, Any]:
        """Return the content of architecture.json."""
        return self.architecture.model_dump(mode="json")

    def describe_training(self) -> dict[str, Any] | None:
        """Return the training plan as JSON; None where the hypermodel's code trains the network."""
        return self.training.model_dump(mode="json")


class Hypermodel(_Description):
    """A hypermodel of KerasTuner, code that builds and compiles a network for given hyperparameters.

    Attributes:
        source: `package.module:name` of a function `build(hp)`, or of a `HyperModel`.
        folder: Where its module is looked for besides the usual places.
    """

    source: str
    folder: str = ""


class HypermodelCandidate(_Description):
    """A hypermodel's network, and how it is trained: known by the values that its code asked for.

    Attributes:
        hypermodel: The code.
        input: What comes in; the network scales it as it likes.
        outputs: What the network has to give for an example.
        domains: What each value could have been, by name.
        params: The values; whatever else the code asks for has the hypermodel's default.
    """

    grows: ClassVar[bool] = True

    type: Literal["hypermodel"] = "hypermodel"
    hypermodel: Hypermodel
    input: Input
    outputs: tuple[Output, ...] = Field(min_length=1, max_length=1)
    domains: dict[str, AnyDomain] = Field({})
    params: dict[str, Plain] = Field({})

    @property
    def known_architecture(self) -> Architecture | None:
        return None

    def with_value(self, name: str, domain: AnyDomain, value: Plain) -> "HypermodelCandidate":
        """Return the candidate with one more value."""
        changes = {"domains": {**self.domains, name: domain}, "params": {**self.params, name: value}}
        return self.model_copy(update=changes)

    def costs(self) -> dict[str, int]:
        return {}

    def identity(self) -> str:
        return _digest(self.hypermodel.source, sorted(self.params.items()))

    def without_early_stopping(self) -> "HypermodelCandidate":
        return self

    def describe_network(self) -> dict[str, Any]:
        return self.model_dump(mode="json")

    def describe_training(self) -> dict[str, Any] | None:
        return None


AnyCandidate: TypeAlias = Annotated[Candidate | HypermodelCandidate, Field(discriminator="type")]
"""What a trial trains, of either kind."""


class Pixels(BaseModel):
    """The numbers that a dataset's examples hold, for scaling them inside the network.

    `means` and `variances` are by channel, over the training split.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = 0.0
    high: float = 255.0
    means: tuple[float, ...] = (127.5,)
    variances: tuple[float, ...] = (5418.75,)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
