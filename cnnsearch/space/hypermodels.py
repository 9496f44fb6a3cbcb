"""A hypermodel's space, whose parameters are those that trials have asked for so far."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cnnsearch.architecture import Input
from cnnsearch.errors import SpaceError
from cnnsearch.space.base import BaseSpace
from cnnsearch.space.candidate import AnyCandidate, Hypermodel, HypermodelCandidate, Pixels
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.domains import AnyDomain, Domain, Plain, Range, TrialLike
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.registry import short_task


@dataclass(frozen=True)
class HypermodelSpace(BaseSpace[HypermodelCandidate]):
    """The networks that a hypermodel builds.

    Attributes:
        hypermodel: The code that asks for values.
        found: What each value can be, by name; it grows with the trials.
    """

    hypermodel: Hypermodel
    found: dict[str, AnyDomain] = field(default_factory=dict)

    @property
    def parameters(self) -> Mapping[str, Domain]:
        return self.found

    def sample(
        self,
        trial: TrialLike,
        *,
        input_shape: tuple[int, ...],
        num_classes: int | None = None,
        num_outputs: int | None = None,
        task: Task | None = None,
        pixels: Pixels | None = None,
    ) -> HypermodelCandidate:
        """Return a candidate without values: the code asks for them when it builds the network."""
        given = Input(shape=tuple(input_shape), scaling="none")
        task = short_task(num_classes=num_classes, num_outputs=num_outputs, task=task)
        return HypermodelCandidate(hypermodel=self.hypermodel, input=given, outputs=task.outputs)

    def check_dimensions(self, input_shape: tuple[int, ...]) -> None:
        pass

    def points(self) -> Iterator[dict[str, Plain]]:
        raise SpaceError(f"{self.name}: the points of a hypermodel are not known in advance")

    def learn_from(self, candidate: AnyCandidate) -> None:
        assert isinstance(candidate, HypermodelCandidate)
        for name, domain in candidate.domains.items():
            self.learn(name, domain)

    def learn(self, name: str, domain: AnyDomain) -> str:
        """Add a parameter, or widen a range that is known.

        Returns:
            Why that cannot be, as it would be another parameter of the same name; empty where it can.
        """
        known = self.found.get(name)
        merged = domain if known is None else _merged(known, domain)
        if merged is None:
            return f"{name}: found {domain}; expected {known}, as it was in another trial"
        self.found[name] = merged
        return ""


def hypermodel_space(hypermodel: Hypermodel, known: Iterable[AnyCandidate] = ()) -> HypermodelSpace:
    """Return the space of a hypermodel.

    Args:
        hypermodel: The code.
        known: Candidates of earlier trials, with what they asked for.
    """
    space = HypermodelSpace(
        name=hypermodel.source.rpartition(":")[2],
        description=f"The hypermodel {hypermodel.source} of KerasTuner.",
        constraints=Constraints(),
        baselines={},
        hypermodel=hypermodel,
    )
    for candidate in known:
        space.learn_from(candidate)
    return space


def _merged(known: AnyDomain, found: AnyDomain) -> AnyDomain | None:
    if known == found:
        return known
    if not isinstance(known, Range) or not isinstance(found, Range):
        return None
    if (known.is_integer, known.log) != (found.is_integer, found.log):
        return None
    low, high = min(known.low, found.low), max(known.high, found.high)
    return Range(low, high, log=known.log, step=known.step if known.step == found.step else None)
