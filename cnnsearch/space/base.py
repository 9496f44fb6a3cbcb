"""The interface of a space to a search: its parameters are known in advance, or found by trials."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from cnnsearch.errors import SpaceError
from cnnsearch.space.candidate import AnyCandidate, Baseline, Candidate, HypermodelCandidate, Pixels
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.domains import Domain, Plain, TrialLike
from cnnsearch.space.trials import GivenTrial, RandomTrial
from cnnsearch.suggestions import did_you_mean, listed

if TYPE_CHECKING:
    from cnnsearch.tasks.base import Task

C = TypeVar("C", bound=Candidate | HypermodelCandidate, covariant=True)


@dataclass(frozen=True)
class BaseSpace(ABC, Generic[C]):
    """A set of candidates of one kind.

    Attributes:
        name: Name of the space.
        description: Summary in one sentence.
        constraints: Limits on the costs of a candidate.
        baselines: Known points by name, each with values by parameter name.
    """

    name: str
    description: str
    constraints: Constraints
    baselines: Mapping[str, Baseline]

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, Domain]:
        """All known domains by parameter name."""

    @abstractmethod
    def sample(
        self,
        trial: TrialLike,
        *,
        input_shape: tuple[int, ...],
        num_classes: int | None = None,
        num_outputs: int | None = None,
        task: "Task | None" = None,
        pixels: Pixels | None = None,
    ) -> C:
        """Sample a candidate.

        Args:
            trial: Any object with Optuna's `suggest_*` methods.
            input_shape: `(*spatial, channels)` of one example, with one to three spatial dimensions.
            num_classes: Number of classes, short for a classification task.
            num_outputs: Number of outputs, short for a regression task.
            task: The task of the network.
            pixels: Statistics of the examples' values; by default those of 8-bit images.

        Raises:
            ValueError: Not exactly one of `num_classes`, `num_outputs` and `task` is given.
        """

    @abstractmethod
    def check_dimensions(self, input_shape: tuple[int, ...]) -> None:
        """Check that all parts of the space support examples of a shape.

        Args:
            input_shape: `(*spatial, channels)` of one example.

        Raises:
            SpaceError: A part supports only other dimensions or channels; the message names it.
        """

    @abstractmethod
    def check_task(self, task: "Task") -> None:
        """Check that the networks of the space and their training suit a task.

        Raises:
            SpaceError: They do not; the message names the part or the field.
        """

    @abstractmethod
    def points(self) -> Iterator[dict[str, Plain]]:
        """Yield all points of a finite space, as values by parameter name.

        Raises:
            SpaceError: The space has a continuous range, or its points are not known in advance.
        """

    @abstractmethod
    def learn_from(self, candidate: AnyCandidate) -> None:
        """Add the parameters of a candidate of this space to the known ones."""

    def sample_random(
        self,
        seed: int,
        *,
        input_shape: tuple[int, ...],
        num_classes: int | None = None,
        num_outputs: int | None = None,
        task: "Task | None" = None,
        pixels: Pixels | None = None,
        baseline: str | None = None,
        point: Baseline | None = None,
    ) -> C:
        """Sample a random candidate; with a baseline or another known point, only the parameters without a
        value are random.

        Raises:
            SpaceError: The baseline does not exist.
        """
        trial: TrialLike = RandomTrial(seed)
        if baseline is not None:
            point = self.baseline(baseline)
        if point is not None:
            trial = GivenTrial(self.encoded(point), trial)
        return self.sample(
            trial,
            input_shape=input_shape,
            num_classes=num_classes,
            num_outputs=num_outputs,
            task=task,
            pixels=pixels,
        )

    def baseline(self, name: str) -> Baseline:
        """Return the values of a baseline by parameter name.

        Raises:
            SpaceError: The baseline does not exist; the message suggests similar names.
        """
        if name not in self.baselines:
            known = f"one of {listed(self.baselines)}" if self.baselines else "none"
            raise SpaceError(
                f"{self.name} has no baseline '{name}'; expected {known}.{did_you_mean(name, self.baselines)}"
            )
        return self.baselines[name]

    def encoded(self, params: Mapping[str, Plain]) -> dict[str, Plain]:
        """Return the Optuna values of parameters, without those that are not in the space."""
        known = self.parameters
        return {
            name: known[name].encode(v) for name, v in params.items() if name in known and v in known[name]
        }
