"""One sampled point of a space, which a trial trains: an architecture and its training plan, or the network
of a hypermodel with the values that its code requested.

Each kind implements the methods in which the two differ; building and training, which need Keras, are in
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
"""A known point: values by parameter name; parameters without a value are sampled."""


class _Description(BaseModel):
    """Frozen data that round-trip through JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Candidate(_Description):
    """A network, its training plan, and the sampled values that define them."""

    grows: ClassVar[bool] = False
    """Whether values are added during its trial, while the network is built."""

    type: Literal["architecture"] = "architecture"
    architecture: Architecture
    training: TrainingPlan
    params: dict[str, Plain]

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The outputs of the network."""
        return self.architecture.outputs

    @property
    def known_architecture(self) -> Architecture | None:
        """The description of the network; None if only the code that builds it determines its layers."""
        return self.architecture

    def costs(self) -> dict[str, int]:
        """Return the counts that constraints can limit, by name; empty if they are known only after building.

        Raises:
            InfeasibleArchitectureError: The network cannot be built.
        """
        return costs(analyze(self.architecture), self.training)

    def identity(self) -> str:
        """Return a digest: the same if and only if two candidates train the same layers in the same way."""
        graph = layout(self.architecture)
        network = [(node.layer, node.inputs) for node in graph.nodes]
        return _digest(graph.input_shape, self.architecture.input.size, network, self.training)

    def without_early_stopping(self) -> "Candidate":
        """Return the same candidate without early stopping."""
        plan = self.training.model_copy(update={"early_stopping": None})
        return self.model_copy(update={"training": plan})

    def describe_network(self) -> dict[str, Any]:
        """Return the content of architecture.json."""
        return self.architecture.model_dump(mode="json")

    def describe_training(self) -> dict[str, Any] | None:
        """Return the training plan as JSON; None if the code of a hypermodel trains the network."""
        return self.training.model_dump(mode="json")


class Hypermodel(_Description):
    """A hypermodel of KerasTuner: code that builds and compiles a network from hyperparameters.

    Attributes:
        source: `package.module:name` of a function `build(hp)`, or of a `HyperModel`.
        folder: Additional folder to import the module from.
    """

    source: str
    folder: str = ""


class HypermodelCandidate(_Description):
    """A network of a hypermodel and its training, both defined by the values that the code requested.

    Attributes:
        hypermodel: The code.
        input: The input of the network, which is not rescaled.
        outputs: The outputs that the network must have.
        domains: The domain of each value, by name.
        params: The values; other hyperparameters have the defaults of the hypermodel.
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
        """Return the candidate with an additional value."""
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
"""A candidate of either kind."""


class Pixels(BaseModel):
    """Statistics of a dataset's values, for rescaling inside the network.

    `means` and `variances` are per channel, over the training split.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = 0.0
    high: float = 255.0
    means: tuple[float, ...] = (127.5,)
    variances: tuple[float, ...] = (5418.75,)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
