"""What a space is to a search, whether its parameters are known in advance or found by trials."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from cnnsearch.errors import SpaceError
from cnnsearch.space.candidate import AnyCandidate, Baseline, Candidate, HypermodelCandidate, Pixels
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.domains import Domain, Plain, TrialLike
from cnnsearch.space.trials import GivenTrial, RandomTrial
from cnnsearch.suggestions import did_you_mean, listed
from cnnsearch.tasks.base import Task

C = TypeVar("C", bound=Candidate | HypermodelCandidate, covariant=True)


@dataclass(frozen=True)
class BaseSpace(ABC, Generic[C]):
    """A set of candidates of one kind.

    Attributes:
        name: The space's name.
        description: What it is, in a sentence.
        constraints: Limits that a network has to keep.
        baselines: Known points by name, each with values by parameter name.
    """

    name: str
    description: str
    constraints: Constraints
    baselines: Mapping[str, Baseline]

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, Domain]:
        """Everything that can be sampled, by name, as far as it is known."""

    @abstractmethod
    def sample(
        self,
        trial: TrialLike,
        *,
        input_shape: tuple[int, ...],
        num_classes: int | None = None,
        num_outputs: int | None = None,
        task: Task | None = None,
        pixels: Pixels | None = None,
    ) -> C:
        """Sample a candidate.

        Args:
            trial: Anything with Optuna's `suggest_*`.
            input_shape: `(*spatial, channels)` of one example, with one to three spatial dimensions.
            num_classes: Short for a classification of so many classes.
            num_outputs: Short for a regression of so many numbers.
            task: What the network is for.
            pixels: The numbers in the examples; by default those of 8-bit pictures.

        Raises:
            ValueError: Not exactly one of `num_classes`, `num_outputs` and `task` is given.
        """

    @abstractmethod
    def check_dimensions(self, input_shape: tuple[int, ...]) -> None:
        """Check that everything the space could build or do serves examples of a shape.

        Args:
            input_shape: `(*spatial, channels)` of one example.

        Raises:
            SpaceError: Something serves other dimensions or channels only; the message names it.
        """

    @abstractmethod
    def points(self) -> Iterator[dict[str, Plain]]:
        """Yield every point of a finite space, as values by parameter name.

        Raises:
            SpaceError: The space has endlessly many points, or it is not known which.
        """

    @abstractmethod
    def learn_from(self, candidate: AnyCandidate) -> None:
        """Add the parameters that a candidate of this space had and that were not known before."""

    def sample_random(
        self,
        seed: int,
        *,
        input_shape: tuple[int, ...],
        num_classes: int | None = None,
        num_outputs: int | None = None,
        task: Task | None = None,
        pixels: Pixels | None = None,
        baseline: str | None = None,
    ) -> C:
        """Sample a candidate at random; with a baseline, only what that leaves open is random.

        Raises:
            SpaceError: There is no such baseline.
        """
        trial: TrialLike = RandomTrial(seed)
        if baseline is not None:
            trial = GivenTrial(self.encoded(self.baseline(baseline)), trial)
        return self.sample(
            trial,
            input_shape=input_shape,
            num_classes=num_classes,
            num_outputs=num_outputs,
            task=task,
            pixels=pixels,
        )

    def baseline(self, name: str) -> Baseline:
        """Return a baseline's values by parameter name.

        Raises:
            SpaceError: There is no such baseline; the message offers the near names.
        """
        if name not in self.baselines:
            known = listed(self.baselines) or "none"
            raise SpaceError(
                f"{self.name} has no baseline '{name}'; it has {known}.{did_you_mean(name, self.baselines)}"
            )
        return self.baselines[name]

    def encoded(self, params: Mapping[str, Plain]) -> dict[str, Plain]:
        """Return values as a trial is told them; those that are no longer in the space are left out."""
        known = self.parameters
        return {
            name: known[name].encode(v) for name, v in params.items() if name in known and v in known[name]
        }
