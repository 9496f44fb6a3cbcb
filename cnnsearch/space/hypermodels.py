"""The space of a KerasTuner hypermodel: its parameters are those that trials have used so far."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnsearch.architecture import Input
from cnnsearch.errors import SpaceError
from cnnsearch.space.base import BaseSpace
from cnnsearch.space.candidate import AnyCandidate, Hypermodel, HypermodelCandidate, Pixels
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.domains import AnyDomain, Domain, Plain, Range, TrialLike

if TYPE_CHECKING:
    from cnnsearch.tasks.base import Task


@dataclass(frozen=True)
class HypermodelSpace(BaseSpace[HypermodelCandidate]):
    """The networks that a hypermodel builds.

    Attributes:
        hypermodel: The code that requests values.
        found: The domains of the parameters by name; trials add to them.
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
        task: "Task | None" = None,
        pixels: Pixels | None = None,
    ) -> HypermodelCandidate:
        """Return a candidate without values: the code requests them when it builds the network."""
        given = Input(shape=tuple(input_shape), scaling="none")
        from cnnsearch.tasks.registry import short_task  # imports numpy, which validation does not need

        task = short_task(num_classes=num_classes, num_outputs=num_outputs, task=task)
        return HypermodelCandidate(hypermodel=self.hypermodel, input=given, outputs=task.outputs)

    def check_dimensions(self, input_shape: tuple[int, ...]) -> None:
        pass

    def check_task(self, task: "Task") -> None:
        if task.is_dense:
            raise SpaceError(
                f"{self.name}: a hypermodel has one output vector; the task {task.type} needs maps"
            )

    def points(self) -> Iterator[dict[str, Plain]]:
        raise SpaceError(f"{self.name}: the points of a hypermodel are not known in advance")

    def learn_from(self, candidate: AnyCandidate) -> None:
        assert isinstance(candidate, HypermodelCandidate)
        for name, domain in candidate.domains.items():
            self.learn(name, domain)

    def learn(self, name: str, domain: AnyDomain) -> str:
        """Add a parameter, or widen the range of an existing one.

        Returns:
            The error message if an existing parameter of this name has a different domain, else empty.
        """
        known = self.found.get(name)
        merged = domain if known is None else _merged(known, domain)
        if merged is None:
            return f"{name}: found {domain}; expected {known}, as in an earlier trial"
        self.found[name] = merged
        return ""


def hypermodel_space(hypermodel: Hypermodel, known: Iterable[AnyCandidate] = ()) -> HypermodelSpace:
    """Return the space of a hypermodel.

    Args:
        hypermodel: The code.
        known: Candidates of earlier trials, whose parameters are added to the space.
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


def _merged(known: AnyDomain, new: AnyDomain) -> AnyDomain | None:
    if known == new:
        return known
    if not isinstance(known, Range) or not isinstance(new, Range):
        return None
    if (known.is_integer, known.log) != (new.is_integer, new.log):
        return None
    low, high = min(known.low, new.low), max(known.high, new.high)
    return Range(low, high, log=known.log, step=known.step if known.step == new.step else None)
